#pragma once
// A binary min-heap of (instant, id) for timers over compact arrays. Ids are dense small numbers.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct heap_entry {
    int64_t at_ms;
    uint32_t id;
};

struct heap {
    struct heap_entry *entries;
    uint32_t *places; // by id: index + 1 into entries; 0 = not in the heap
    size_t n;
    size_t cap;
    size_t places_cap;
};

void heap_deinit(struct heap *heap);
// Inserts or moves. Equal instants leave in order of insertion is NOT promised. 0 or -ENOMEM.
int heap_put(struct heap *heap, uint32_t id, int64_t at_ms) MUST_CHECK;
void heap_remove(struct heap *heap, uint32_t id); // no-op when absent
bool heap_contains(const struct heap *heap, uint32_t id);
const struct heap_entry *heap_top(const struct heap *heap); // NULL when empty; borrowed
