// The edits of an array some of whose elements went to another place. The indexes of an operation
// are those of the moment it is applied, so the array is followed while it changes: every place
// where an element may stand is a slot, in the final order but for what is removed, and the marked
// slots are those where one stands. What goes to the right is moved when the gap it leaves is
// reached, what goes to the left when its new place is. Everything left of the present place is
// final by then.

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/diff/moves.h"
#include "bridge/diff/pointer.h"
#include "bridge/diff/ranks.h"
#include "bridge/diff/script.h"
#include "bridge/diff/walk-arrays.h"
#include "bridge/diff/walk-state.h"

struct mover {
    struct walk *walk;
    const struct side *a;
    const struct side *b;
    const struct moves *moves;
    const struct pattern_cursor *cursor;
    size_t *home;   // the slot of each element of a
    size_t *coming; // the slot of each element of b that comes from further left
    struct ranks ranks;
    size_t extra; // elements without a slot, all of them left of the present place
};

static void mover_deinit(struct mover *mover)
{
    free(mover->home);
    free(mover->coming);
    ranks_deinit(&mover->ranks);
}

// Of a gap: those of its old elements, then one for each that comes from the left.
static size_t number_gap(struct mover *mover, const struct script_gap *gap, size_t slot)
{
    for (size_t i = gap->a; i < gap->a_end; i++) {
        mover->home[i] = slot++;
    }
    for (size_t i = gap->b; i < gap->b_end; i++) {
        if (mover->moves->from[i] < gap->a) {
            mover->coming[i] = slot++;
        }
    }
    return slot;
}

static int mover_init(struct mover *mover, const struct script *script, size_t n, size_t m)
{
    mover->home = calloc(n + 1, sizeof(*mover->home));
    mover->coming = calloc(m + 1, sizeof(*mover->coming));
    int r = ranks_init(&mover->ranks, n + mover->moves->n);
    if (r != 0 || mover->home == NULL || mover->coming == NULL) {
        return -ENOMEM;
    }
    size_t slot = 0;
    for (size_t at = 0; at <= script->n; at++) {
        struct script_gap gap = script_gap(script, at, n, m);
        slot = number_gap(mover, &gap, slot);
        if (at < script->n) {
            mover->home[gap.a_end] = slot++;
        }
    }
    for (size_t i = 0; i < n; i++) {
        ranks_mark(&mover->ranks, mover->home[i]);
    }
    return 0;
}

static size_t index_of(const struct mover *mover, size_t slot)
{
    return mover->b->from + ranks_before(&mover->ranks, slot) + mover->extra;
}

static int emit(const struct mover *mover, size_t from, size_t to, struct json_object *value)
{
    struct walk *walk = mover->walk;
    size_t len;
    if (from == to) {
        return 0; // what stood between is gone
    }
    int r = pointer_push_index(&walk->path, from, &len);
    AUTO_FREE char *origin = r == 0 ? strdup(buf_str(&walk->path)) : NULL;
    pointer_cut(&walk->path, len);
    if (origin == NULL) {
        return -ENOMEM;
    }
    r = pointer_push_index(&walk->path, to, &len);
    if (r == 0) {
        r = walk_emit_move(walk, STEAL(origin), value);
    }
    pointer_cut(&walk->path, len);
    return r;
}

static int move_right(struct mover *mover, size_t a)
{
    size_t coming = mover->coming[mover->moves->to[a]];
    size_t from = index_of(mover, mover->home[a]);
    ranks_clear(&mover->ranks, mover->home[a]);
    size_t to = index_of(mover, coming);
    ranks_mark(&mover->ranks, coming);
    return emit(mover, from, to, side_element(mover->a, mover->a->from + a));
}

static int move_left(struct mover *mover, size_t a, size_t b)
{
    size_t from = index_of(mover, mover->home[a]);
    ranks_clear(&mover->ranks, mover->home[a]);
    mover->extra++;
    return emit(mover, from, mover->b->from + b, side_element(mover->a, mover->a->from + a));
}

// The first element at or behind `i` that is nowhere in b; gap->a_end: none.
static size_t next_gone(const struct mover *mover, const struct script_gap *gap, size_t i)
{
    while (i < gap->a_end && mover->moves->to[i] != MOVES_NOWHERE) {
        i++;
    }
    return i;
}

static int remove_gone(struct mover *mover, const struct script_gap *gap, size_t *gone, size_t b)
{
    int r = 0;
    for (; *gone < gap->a_end && r == 0; *gone = next_gone(mover, gap, *gone + 1)) {
        ranks_clear(&mover->ranks, mover->home[*gone]);
        r = walk_element_remove(mover->walk, mover->b->from + b,
                                side_element(mover->a, mover->a->from + *gone));
    }
    return r;
}

// An element that is new: in place of one that is gone, where there is one.
static int put_new(struct mover *mover, const struct script_gap *gap, size_t *gone, size_t b)
{
    size_t index = mover->b->from + b;
    if (*gone == gap->a_end) {
        mover->extra++;
        return walk_element_add(mover->walk, index, side_element(mover->b, index));
    }
    int r =
        walk_element(mover->walk, mover->a, mover->a->from + *gone, mover->b, index, mover->cursor);
    *gone = next_gone(mover, gap, *gone + 1);
    return r;
}

static int fill_gap(struct mover *mover, const struct script_gap *gap)
{
    size_t gone = next_gone(mover, gap, gap->a);
    int r = 0;
    for (size_t b = gap->b; b < gap->b_end && r == 0; b++) {
        size_t from = mover->moves->from[b];
        if (from == MOVES_NOWHERE) {
            r = put_new(mover, gap, &gone, b);
        } else if (from >= gap->a_end) {
            r = move_left(mover, from, b);
        } else {
            r = remove_gone(mover, gap, &gone, b); // it is there already, behind these
        }
    }
    return r != 0 ? r : remove_gone(mover, gap, &gone, gap->b_end);
}

static int leave_gap(struct mover *mover, const struct script_gap *gap)
{
    int r = 0;
    for (size_t i = gap->a; i < gap->a_end && r == 0; i++) {
        size_t to = mover->moves->to[i];
        if (to != MOVES_NOWHERE && to >= gap->b_end) {
            r = move_right(mover, i);
        }
    }
    return r;
}

int walk_moves(struct walk *walk, const struct side *a, const struct side *b,
               const struct script *script, const struct moves *moves,
               const struct pattern_cursor *cursor)
{
    CLEANUP(mover_deinit)
    struct mover mover = { .walk = walk, .a = a, .b = b, .moves = moves, .cursor = cursor };
    size_t n = a->to - a->from;
    size_t m = b->to - b->from;
    int r = mover_init(&mover, script, n, m);
    for (size_t at = 0; at <= script->n && r == 0; at++) {
        struct script_gap gap = script_gap(script, at, n, m);
        r = leave_gap(&mover, &gap);
        r = r != 0 ? r : fill_gap(&mover, &gap);
    }
    return r;
}
