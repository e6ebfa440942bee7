#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "bridge/diff/script.h"

#define WORK_MAX 20000000 // comparisons

struct myers {
    const struct hash128 *a;
    const struct hash128 *b;
    int n;
    int m;
    // For every number of edits d, how far the furthest path came on each diagonal -d, -d+2, … d.
    int32_t *furthest;
    size_t cap;
    size_t work;
};

int script_add(struct script *script, size_t a, size_t b)
{
    if (script->n == script->cap) {
        size_t cap = script->cap == 0 ? 64 : script->cap * 2;
        struct script_pair *v = reallocarray(script->v, cap, sizeof(*v));
        if (v == NULL) {
            return -ENOMEM;
        }
        script->v = v;
        script->cap = cap;
    }
    script->v[script->n++] = (struct script_pair){ a, b };
    return 0;
}

void script_reverse(struct script *script)
{
    for (size_t i = 0; i < script->n / 2; i++) {
        struct script_pair pair = script->v[i];
        script->v[i] = script->v[script->n - 1 - i];
        script->v[script->n - 1 - i] = pair;
    }
}

void script_deinit(struct script *script)
{
    free(script->v);
    *script = (struct script){ 0 };
}

struct script_gap script_gap(const struct script *script, size_t at, size_t n, size_t m)
{
    bool last = at == script->n;
    return (struct script_gap){
        .a = at == 0 ? 0 : script->v[at - 1].a + 1,
        .a_end = last ? n : script->v[at].a,
        .b = at == 0 ? 0 : script->v[at - 1].b + 1,
        .b_end = last ? m : script->v[at].b,
    };
}

static int32_t *place(const struct myers *myers, int d, int k)
{
    return &myers->furthest[(size_t)d * (size_t)(d + 1) / 2 + (size_t)(k + d) / 2];
}

// Does the path to diagonal k with d edits come from above (an insertion)?
static bool is_insertion(const struct myers *myers, int d, int k)
{
    return k == -d || (k != d && *place(myers, d - 1, k - 1) < *place(myers, d - 1, k + 1));
}

static int start_of(const struct myers *myers, int d, int k)
{
    if (d == 0) {
        return 0;
    }
    return is_insertion(myers, d, k) ? *place(myers, d - 1, k + 1)
                                     : *place(myers, d - 1, k - 1) + 1;
}

static int make_room(struct myers *myers, int d)
{
    size_t need = (size_t)(d + 1) * (size_t)(d + 2) / 2;
    if (need <= myers->cap) {
        return 0;
    }
    size_t cap = myers->cap == 0 ? 256 : myers->cap * 2;
    cap = cap < need ? need : cap;
    int32_t *furthest = reallocarray(myers->furthest, cap, sizeof(*furthest));
    if (furthest == NULL) {
        return -ENOMEM;
    }
    myers->furthest = furthest;
    myers->cap = cap;
    return 0;
}

// All diagonals with d edits. True when the end is reached.
static bool advance(struct myers *myers, int d)
{
    for (int k = -d; k <= d; k += 2) {
        int x = start_of(myers, d, k);
        int y = x - k;
        while (x < myers->n && y < myers->m && hash128_eq(myers->a[x], myers->b[y])) {
            x++;
            y++;
            myers->work++;
        }
        myers->work++;
        *place(myers, d, k) = x;
        if (k == myers->n - myers->m && x >= myers->n) {
            return true;
        }
    }
    return false;
}

// From the end back to the start; pairs come out last first.
static int trace_back(const struct myers *myers, int d, struct script *ret)
{
    int k = myers->n - myers->m;
    int r = 0;
    for (; d >= 0 && r == 0; d--) {
        int start = start_of(myers, d, k);
        for (int x = *place(myers, d, k); x > start && r == 0; x--) {
            r = script_add(ret, (size_t)(x - 1), (size_t)(x - 1 - k));
        }
        if (d > 0) {
            k += is_insertion(myers, d, k) ? 1 : -1;
        }
    }
    script_reverse(ret);
    return r;
}

int script_align(struct script *ret, const struct hash128 *a, size_t n, const struct hash128 *b,
                 size_t m)
{
    if (n > INT_MAX / 2 || m > INT_MAX / 2) {
        return script_anchors(ret, a, n, b, m);
    }
    struct myers myers = { .a = a, .b = b, .n = (int)n, .m = (int)m };
    int r = 0;
    bool done = false;
    int d = 0;
    for (; d <= SCRIPT_EDITS_MAX && myers.work <= WORK_MAX; d++) {
        r = make_room(&myers, d);
        if (r != 0) {
            break;
        }
        done = advance(&myers, d);
        if (done) {
            r = trace_back(&myers, d, ret);
            break;
        }
    }
    free(myers.furthest);
    return r != 0 || done ? r : script_anchors(ret, a, n, b, m);
}
