#include "bridge/diff/moves.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "bridge/diff/elements.h"
#include "bridge/diff/script.h"

void moves_deinit(struct moves *moves)
{
    free(moves->to);
    free(moves->from);
    *moves = (struct moves){ 0 };
}

static size_t *nowhere(size_t n)
{
    size_t *v = calloc(n + 1, sizeof(*v));
    for (size_t i = 0; v != NULL && i < n; i++) {
        v[i] = MOVES_NOWHERE;
    }
    return v;
}

static void collect(struct elements *elements, const struct script *script, const struct hash128 *a,
                    size_t n, const struct hash128 *b, size_t m)
{
    for (size_t at = 0; at <= script->n; at++) {
        struct script_gap gap = script_gap(script, at, n, m);
        for (size_t i = gap.a; i < gap.a_end; i++) {
            elements_add(elements, a[i], i, false);
        }
        for (size_t i = gap.b; i < gap.b_end; i++) {
            elements_add(elements, b[i], i, true);
        }
    }
}

// Of equal elements the first of a goes with the first of b, and so on.
static void pair_equal(struct moves *moves, const struct element *v, size_t n)
{
    size_t in_a = 0;
    while (in_a < n && !v[in_a].in_b) {
        in_a++;
    }
    for (size_t i = 0; i < in_a && in_a + i < n; i++) {
        moves->to[v[i].index] = v[in_a + i].index;
        moves->from[v[in_a + i].index] = v[i].index;
        moves->n++;
    }
}

void moves_drop(struct moves *moves, size_t a)
{
    moves->from[moves->to[a]] = MOVES_NOWHERE;
    moves->to[a] = MOVES_NOWHERE;
    moves->n--;
}

// A minimal alignment leaves none of these.
static void drop_within_gaps(struct moves *moves, const struct script *script, size_t n, size_t m)
{
    for (size_t at = 0; at <= script->n; at++) {
        struct script_gap gap = script_gap(script, at, n, m);
        for (size_t i = gap.a; i < gap.a_end; i++) {
            if (moves->to[i] >= gap.b && moves->to[i] < gap.b_end) {
                moves_drop(moves, i);
            }
        }
    }
}

int moves_find(struct moves *ret, const struct script *script, const struct hash128 *a, size_t n,
               const struct hash128 *b, size_t m)
{
    if (script->n == n || script->n == m) {
        return 0; // nothing is left over on one side
    }
    CLEANUP(elements_deinit) struct elements elements = { 0 };
    CLEANUP(moves_deinit) struct moves moves = { .to = nowhere(n), .from = nowhere(m) };
    int r = elements_init(&elements, n + m - 2 * script->n);
    if (r != 0 || moves.to == NULL || moves.from == NULL) {
        return -ENOMEM;
    }
    collect(&elements, script, a, n, b, m);
    elements_sort(&elements);
    for (size_t i = 0; i < elements.n;) {
        size_t end = elements_end_of_equal(&elements, i);
        pair_equal(&moves, &elements.v[i], end - i);
        i = end;
    }
    drop_within_gaps(&moves, script, n, m);
    *ret = moves;
    moves = (struct moves){ 0 };
    return 0;
}
