// Patience alignment: elements that occur exactly once on each side, their longest increasing run,
// and everything equal that touches it.

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "bridge/diff/elements.h"
#include "bridge/diff/script.h"

static int by_a(const void *left, const void *right)
{
    const struct script_pair *x = left;
    const struct script_pair *y = right;
    return (x->a > y->a) - (x->a < y->a);
}

// The pairs of elements that are unique on both sides, in the order of a.
static int unique_pairs(struct script *ret, const struct hash128 *a, size_t n,
                        const struct hash128 *b, size_t m)
{
    CLEANUP(elements_deinit) struct elements elements = { 0 };
    int r = elements_init(&elements, n + m);
    for (size_t i = 0; i < n && r == 0; i++) {
        elements_add(&elements, a[i], i, false);
    }
    for (size_t i = 0; i < m && r == 0; i++) {
        elements_add(&elements, b[i], i, true);
    }
    elements_sort(&elements);
    for (size_t i = 0; i < elements.n && r == 0;) {
        const struct element *v = &elements.v[i];
        size_t end = elements_end_of_equal(&elements, i);
        if (end - i == 2 && !v[0].in_b && v[1].in_b) {
            r = script_add(ret, v[0].index, v[1].index);
        }
        i = end;
    }
    if (ret->n > 0) {
        qsort(ret->v, ret->n, sizeof(*ret->v), by_a);
    }
    return r;
}

// Keeps the longest run of pairs whose b grows.
static int keep_increasing(struct script *script)
{
    AUTO_FREE size_t *tails = calloc(script->n + 1, sizeof(*tails)); // pair that ends a run of len
    AUTO_FREE size_t *before = calloc(script->n + 1, sizeof(*before)); // pair + 1; 0: none
    if (tails == NULL || before == NULL) {
        return -ENOMEM;
    }
    size_t len = 0;
    for (size_t i = 0; i < script->n; i++) {
        size_t low = 0;
        size_t high = len;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (script->v[tails[middle]].b < script->v[i].b) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        before[i] = low == 0 ? 0 : tails[low - 1] + 1;
        tails[low] = i;
        len = low == len ? len + 1 : len;
    }
    // Walk the run back, writing it to the end, then move it to the front.
    size_t at = script->n;
    for (size_t pair = len == 0 ? 0 : tails[len - 1] + 1; pair != 0; pair = before[pair - 1]) {
        script->v[--at] = script->v[pair - 1];
    }
    for (size_t i = 0; i < len; i++) {
        script->v[i] = script->v[at + i];
    }
    script->n = len;
    return 0;
}

struct range {
    const struct hash128 *a;
    const struct hash128 *b;
    size_t a0, a1; // what is open in a
    size_t b0, b1;
};

// Everything equal at the two ends of a gap.
static int fill_gap(struct script *ret, struct range gap)
{
    int r = 0;
    while (gap.a0 < gap.a1 && gap.b0 < gap.b1 && hash128_eq(gap.a[gap.a0], gap.b[gap.b0]) &&
           r == 0) {
        r = script_add(ret, gap.a0++, gap.b0++);
    }
    size_t tail = 0;
    while (gap.a0 < gap.a1 - tail && gap.b0 < gap.b1 - tail &&
           hash128_eq(gap.a[gap.a1 - tail - 1], gap.b[gap.b1 - tail - 1])) {
        tail++;
    }
    for (; tail > 0 && r == 0; tail--) {
        r = script_add(ret, gap.a1 - tail, gap.b1 - tail);
    }
    return r;
}

int script_anchors(struct script *ret, const struct hash128 *a, size_t n, const struct hash128 *b,
                   size_t m)
{
    struct script anchors = { 0 };
    int r = unique_pairs(&anchors, a, n, b, m);
    if (r == 0) {
        r = keep_increasing(&anchors);
    }
    struct range gap = { .a = a, .b = b };
    for (size_t i = 0; i <= anchors.n && r == 0; i++) {
        gap.a1 = i < anchors.n ? anchors.v[i].a : n;
        gap.b1 = i < anchors.n ? anchors.v[i].b : m;
        r = fill_gap(ret, gap);
        if (r == 0 && i < anchors.n) {
            r = script_add(ret, gap.a1, gap.b1);
        }
        gap.a0 = gap.a1 + 1;
        gap.b0 = gap.b1 + 1;
    }
    script_deinit(&anchors);
    return r;
}
