#pragma once
// The alignment of two sequences of fingerprints: which elements of the one are which elements of
// the other, in order. Minimal (Myers, O(ND)) while the work stays bounded, else by the elements
// that occur once on each side.

#include <stddef.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/hash.h"

#define SCRIPT_EDITS_MAX 1024 // past so many insertions and deletions it is no longer minimal

struct script_pair {
    size_t a;
    size_t b;
};

// Both indexes grow from pair to pair.
struct script {
    struct script_pair *v;
    size_t n;
    size_t cap;
};

// What stands between two pairs: [a, a_end) became [b, b_end).
struct script_gap {
    size_t a, a_end;
    size_t b, b_end;
};
// The gap in front of pair `at`, of sequences of n and m; behind the last one for script->n.
struct script_gap script_gap(const struct script *script, size_t at, size_t n, size_t m);

int script_align(struct script *ret, const struct hash128 *a, size_t n, const struct hash128 *b,
                 size_t m) MUST_CHECK; // 0 or -ENOMEM
void script_deinit(struct script *script);

// For the two ways of it.
int script_add(struct script *script, size_t a, size_t b) MUST_CHECK;
void script_reverse(struct script *script);
// Anchors: the longest common order of the elements that are unique on both sides, and what is
// equal next to them. O(n log n).
int script_anchors(struct script *ret, const struct hash128 *a, size_t n, const struct hash128 *b,
                   size_t m) MUST_CHECK;
