// Everything that can run out of memory happens when an entry is made: the heap knows every slot
// from then on, so whatever becomes of an entry later never fails.
#include "bridge/deliver/lane-table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "bridge/model/delivery.h"

#define FIRST_BUCKETS   64
#define POOL_KEPT_SLOTS 1024

static size_t id_bucket(int64_t id, size_t buckets)
{
    return (size_t)(((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & (buckets - 1);
}

static size_t key_bucket(struct hash128 key, size_t buckets)
{
    return (size_t)key.low & (buckets - 1);
}

static void rehash(struct lanes *lanes, struct entry **by_id, struct lane **by_key, size_t buckets)
{
    for (struct entry *e = lanes->oldest; e; e = e->newer) {
        struct entry **place = &by_id[id_bucket(e->id, buckets)];
        e->id_next = *place;
        *place = e;
        if (e->lane->head == e) {
            struct lane **lane_place = &by_key[key_bucket(e->lane->key, buckets)];
            e->lane->key_next = *lane_place;
            *lane_place = e->lane;
        }
    }
    free(lanes->by_id);
    free(lanes->by_key);
    lanes->by_id = by_id;
    lanes->by_key = by_key;
    lanes->buckets = buckets;
}

// Longer chains are the only harm of a failure.
void lane_table_grow(struct lanes *lanes)
{
    if (lanes->n < lanes->buckets) {
        return;
    }
    size_t buckets = lanes->buckets * 2;
    AUTO_FREE struct entry **by_id = calloc(buckets, sizeof(*by_id));
    AUTO_FREE struct lane **by_key = calloc(buckets, sizeof(*by_key));
    if (by_id && by_key) {
        struct entry **entries = STEAL(by_id);
        struct lane **keys = STEAL(by_key);
        rehash(lanes, entries, keys, buckets);
    }
}

int lane_table_new_entry(struct lanes *lanes, struct entry **ret)
{
    struct entry *entry = lanes->unused;
    if (entry) {
        lanes->unused = entry->id_next;
        uint32_t slot = entry->slot;
        *entry = (struct entry){ .slot = slot };
        *ret = entry;
        return 0;
    }
    if (lanes->n_slots == lanes->slots_cap) {
        size_t cap = lanes->slots_cap ? lanes->slots_cap * 2 : 64;
        struct entry **slots = reallocarray(lanes->slots, cap, sizeof(struct entry *));
        if (!slots) {
            return -ENOMEM;
        }
        lanes->slots = slots;
        lanes->slots_cap = cap;
    }
    entry = calloc(1, sizeof(*entry));
    if (!entry) {
        return -ENOMEM;
    }
    entry->slot = (uint32_t)lanes->n_slots;
    if (heap_put(&lanes->parked, entry->slot, LANE_NOT_PARKED) < 0) {
        free(entry);
        return -ENOMEM;
    }
    lanes->slots[lanes->n_slots++] = entry;
    *ret = entry;
    return 0;
}

static void free_pool(struct lanes *lanes)
{
    for (size_t i = 0; i < lanes->n_slots; i++) {
        free(lanes->slots[i]);
    }
    free(lanes->slots);
    lanes->slots = NULL;
    lanes->n_slots = lanes->slots_cap = 0;
    lanes->unused = NULL;
    heap_deinit(&lanes->parked);
    lanes->parked = (struct heap){ 0 };
}

void lane_table_recycle(struct lanes *lanes, struct entry *entry)
{
    entry->id_next = lanes->unused;
    lanes->unused = entry;
    if (lanes->n == 0 && lanes->n_slots > POOL_KEPT_SLOTS) {
        free_pool(lanes);
    }
}

int lane_table_get_lane(struct lanes *lanes, struct hash128 key, struct lane **ret)
{
    struct lane **place = &lanes->by_key[key_bucket(key, lanes->buckets)];
    for (struct lane *lane = *place; lane; lane = lane->key_next) {
        if (hash128_eq(lane->key, key)) {
            *ret = lane;
            return 0;
        }
    }
    struct lane *lane = calloc(1, sizeof(*lane));
    if (!lane) {
        return -ENOMEM;
    }
    lane->key = key;
    lane->key_next = *place;
    *place = lane;
    *ret = lane;
    return 0;
}

void lane_table_drop_lane(struct lanes *lanes, struct lane *lane)
{
    struct lane **place = &lanes->by_key[key_bucket(lane->key, lanes->buckets)];
    while (*place != lane) {
        place = &(*place)->key_next;
    }
    *place = lane->key_next;
    free(lane);
}

// Ids grow, so the place is the end of both chains but for what was forgotten and read again.
void lane_table_link(struct lanes *lanes, struct entry *entry, struct lane *lane)
{
    struct entry *older = lanes->newest;
    while (older && older->id > entry->id) {
        older = older->older;
    }
    entry->older = older;
    entry->newer = older ? older->newer : lanes->oldest;
    *(older ? &older->newer : &lanes->oldest) = entry;
    *(entry->newer ? &entry->newer->older : &lanes->newest) = entry;

    entry->lane = lane;
    if (!lane->head) {
        lane->head = lane->tail = entry;
    } else if (lane->tail->id < entry->id) {
        entry->lane_prev = lane->tail;
        lane->tail->lane_next = entry;
        lane->tail = entry;
    } else {
        // Never before the head: it may be under way.
        struct entry *before = lane->head;
        while (before->lane_next && before->lane_next->id < entry->id) {
            before = before->lane_next;
        }
        entry->lane_prev = before;
        entry->lane_next = before->lane_next;
        *(entry->lane_next ? &entry->lane_next->lane_prev : &lane->tail) = entry;
        before->lane_next = entry;
    }
    struct entry **place = &lanes->by_id[id_bucket(entry->id, lanes->buckets)];
    entry->id_next = *place;
    *place = entry;
    lanes->n++;
}

void lane_table_unlink(struct lanes *lanes, struct entry *entry)
{
    *(entry->older ? &entry->older->newer : &lanes->oldest) = entry->newer;
    *(entry->newer ? &entry->newer->older : &lanes->newest) = entry->older;
    struct entry **place = &lanes->by_id[id_bucket(entry->id, lanes->buckets)];
    while (*place != entry) {
        place = &(*place)->id_next;
    }
    *place = entry->id_next;

    struct lane *lane = entry->lane;
    *(entry->lane_prev ? &entry->lane_prev->lane_next : &lane->head) = entry->lane_next;
    *(entry->lane_next ? &entry->lane_next->lane_prev : &lane->tail) = entry->lane_prev;
    lanes->n--;
}

void lane_table_park_at(struct lanes *lanes, const struct entry *entry, int64_t at_ms)
{
    // The slot has been in the heap since the entry was made: a move needs no memory.
    int r = heap_put(&lanes->parked, entry->slot, at_ms);
    assert(r == 0);
    (void)r;
}

int lanes_init(struct lanes *lanes)
{
    *lanes = (struct lanes){ .buckets = FIRST_BUCKETS };
    lanes->by_id = calloc(lanes->buckets, sizeof(*lanes->by_id));
    lanes->by_key = calloc(lanes->buckets, sizeof(*lanes->by_key));
    if (!lanes->by_id || !lanes->by_key) {
        lanes_deinit(lanes);
        return -ENOMEM;
    }
    return 0;
}

void lanes_deinit(struct lanes *lanes)
{
    for (struct entry *e = lanes->oldest; e; e = e->newer) {
        if (e->delivery) {
            delivery_deinit(e->delivery);
            free(e->delivery);
        }
    }
    for (size_t i = 0; lanes->by_key && i < lanes->buckets; i++) {
        while (lanes->by_key[i]) {
            struct lane *lane = lanes->by_key[i];
            lanes->by_key[i] = lane->key_next;
            free(lane);
        }
    }
    free_pool(lanes);
    free(lanes->by_id);
    free(lanes->by_key);
    *lanes = (struct lanes){ 0 };
}

struct entry *lanes_find(const struct lanes *lanes, int64_t id)
{
    struct entry *entry = lanes->by_id[id_bucket(id, lanes->buckets)];
    while (entry && entry->id != id) {
        entry = entry->id_next;
    }
    return entry;
}
