#include "bridge/base/heap.h"

#include <errno.h>
#include <string.h>

void heap_deinit(struct heap *heap)
{
    free(heap->entries);
    free(heap->places);
    *heap = (struct heap){ 0 };
}

static void place(struct heap *heap, size_t at, struct heap_entry entry)
{
    heap->entries[at] = entry;
    heap->places[entry.id] = (uint32_t)at + 1;
}

static void sift_up(struct heap *heap, size_t at, struct heap_entry entry)
{
    while (at > 0) {
        size_t parent = (at - 1) / 2;
        if (heap->entries[parent].at_ms <= entry.at_ms) {
            break;
        }
        place(heap, at, heap->entries[parent]);
        at = parent;
    }
    place(heap, at, entry);
}

static void sift_down(struct heap *heap, size_t at, struct heap_entry entry)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= heap->n) {
            break;
        }
        if (child + 1 < heap->n && heap->entries[child + 1].at_ms < heap->entries[child].at_ms) {
            child++;
        }
        if (entry.at_ms <= heap->entries[child].at_ms) {
            break;
        }
        place(heap, at, heap->entries[child]);
        at = child;
    }
    place(heap, at, entry);
}

static void settle(struct heap *heap, size_t at, struct heap_entry entry)
{
    if (at > 0 && entry.at_ms < heap->entries[(at - 1) / 2].at_ms) {
        sift_up(heap, at, entry);
    } else {
        sift_down(heap, at, entry);
    }
}

static int reserve_place(struct heap *heap, uint32_t id)
{
    if (id < heap->places_cap) {
        return 0;
    }
    size_t cap = heap->places_cap ? heap->places_cap * 2 : 64;
    if (cap <= id) {
        cap = (size_t)id + 1;
    }
    uint32_t *places = reallocarray(heap->places, cap, sizeof(*places));
    if (!places) {
        return -ENOMEM;
    }
    memset(places + heap->places_cap, 0, (cap - heap->places_cap) * sizeof(*places));
    heap->places = places;
    heap->places_cap = cap;
    return 0;
}

static int reserve_entry(struct heap *heap)
{
    if (heap->n < heap->cap) {
        return 0;
    }
    size_t cap = heap->cap ? heap->cap * 2 : 64;
    struct heap_entry *entries = reallocarray(heap->entries, cap, sizeof(*entries));
    if (!entries) {
        return -ENOMEM;
    }
    heap->entries = entries;
    heap->cap = cap;
    return 0;
}

int heap_put(struct heap *heap, uint32_t id, int64_t at_ms)
{
    struct heap_entry entry = { .at_ms = at_ms, .id = id };
    if (heap_contains(heap, id)) {
        settle(heap, heap->places[id] - 1, entry);
        return 0;
    }
    int error = reserve_place(heap, id);
    if (!error) {
        error = reserve_entry(heap);
    }
    if (error) {
        return error;
    }
    heap->n++;
    sift_up(heap, heap->n - 1, entry);
    return 0;
}

void heap_remove(struct heap *heap, uint32_t id)
{
    if (!heap_contains(heap, id)) {
        return;
    }
    size_t at = heap->places[id] - 1;
    heap->places[id] = 0;
    heap->n--;
    if (at < heap->n) {
        settle(heap, at, heap->entries[heap->n]);
    }
}

bool heap_contains(const struct heap *heap, uint32_t id)
{
    return id < heap->places_cap && heap->places[id] > 0;
}

const struct heap_entry *heap_top(const struct heap *heap)
{
    return heap->n > 0 ? &heap->entries[0] : NULL;
}
