#pragma once
// How struct lanes keeps its entries: by slot, by id, by lane, and all of them in the order of
// their ids. For lanes.c alone.

#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/hash.h"
#include "bridge/deliver/lanes.h"

#define LANE_NOT_PARKED INT64_MAX

struct lane {
    struct hash128 key;
    struct entry *head, *tail;
    struct lane *key_next;
    unsigned loaded;
};

int lane_table_new_entry(struct lanes *lanes, struct entry **ret) MUST_CHECK; // 0 or -ENOMEM
// An entry that is in no list any more.
void lane_table_recycle(struct lanes *lanes, struct entry *entry);
// Finds or makes the lane; a new one has no head yet.
int lane_table_get_lane(struct lanes *lanes, struct hash128 key, struct lane **ret) MUST_CHECK;
void lane_table_drop_lane(struct lanes *lanes, struct lane *lane); // one without entries
void lane_table_link(struct lanes *lanes, struct entry *entry, struct lane *lane);
void lane_table_unlink(struct lanes *lanes, struct entry *entry);
void lane_table_grow(struct lanes *lanes); // more buckets when there are more entries than buckets
void lane_table_park_at(struct lanes *lanes, const struct entry *entry, int64_t at_ms);
