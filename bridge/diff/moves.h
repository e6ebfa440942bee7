#pragma once
// What an alignment of two sequences leaves over on both sides: elements that went to another
// place.

#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/hash.h"

struct script;

#define MOVES_NOWHERE SIZE_MAX

struct moves {
    size_t *to;   // where each element of a is in b; MOVES_NOWHERE: aligned, or gone
    size_t *from; // where each element of b was in a; MOVES_NOWHERE: aligned, or new
    size_t n;     // of pairs
};

// Pairs equal fingerprints; no pair stays within one gap of the alignment. O(k log k) for k
// elements left over. 0 or -ENOMEM.
int moves_find(struct moves *ret, const struct script *script, const struct hash128 *a, size_t n,
               const struct hash128 *b, size_t m) MUST_CHECK;
void moves_drop(struct moves *moves, size_t a); // the pair of this element of a
void moves_deinit(struct moves *moves);
