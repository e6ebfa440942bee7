#pragma once
// How many marked places stand before another one, while marks come and go (a Fenwick tree):
// O(log n) each.

#include <stddef.h>

#include "bridge/base/cleanup.h"

struct ranks {
    size_t *sums;
    size_t n;
};

int ranks_init(struct ranks *ranks, size_t n) MUST_CHECK; // no marks; 0 or -ENOMEM
void ranks_deinit(struct ranks *ranks);
void ranks_mark(struct ranks *ranks, size_t at);  // was not marked
void ranks_clear(struct ranks *ranks, size_t at); // was marked
size_t ranks_before(const struct ranks *ranks, size_t at);
