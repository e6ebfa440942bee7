#pragma once
// Elements of two sequences, brought together by their fingerprints.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/hash.h"

struct element {
    struct hash128 hash;
    size_t index;
    bool in_b;
};

struct elements {
    struct element *v;
    size_t n;
};

int elements_init(struct elements *elements, size_t most) MUST_CHECK; // 0 or -ENOMEM
void elements_deinit(struct elements *elements);
void elements_add(struct elements *elements, struct hash128 hash, size_t index, bool in_b);
// Equal ones beside each other, those of a first, by index.
void elements_sort(struct elements *elements);
// Behind the last one that is equal to the one at `from`.
size_t elements_end_of_equal(const struct elements *elements, size_t from);
