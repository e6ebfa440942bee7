#pragma once
// The end of a mapping: merge keys resolved, duplicates found. Used by tree.c only.

#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "config/tree.h"

struct mapping_slot {
    struct entry *entry;
    uint32_t order;
};

struct mapping_work { // reused from mapping to mapping
    struct arena *arena;
    struct problem_list *problems;
    struct mapping_slot *v; // owned
    size_t cap;
};
void mapping_work_deinit(struct mapping_work *work);

// Replaces `<<` entries by the entries they name, unless the mapping has the key itself, and drops
// repeated keys with a problem. 0, TREE_E_BROKEN, -ENOMEM.
int mapping_finish(struct mapping_work *work, struct node *mapping) MUST_CHECK;
