#include "bridge/deliver/lanes.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/deliver/lane-table.h"
#include "bridge/model/delivery.h"
#include "bridge/spi/settings.h"

#define RETRY_SHARE 8

static struct hash128 key_of(const struct lanes *lanes, const struct delivery *delivery)
{
    if (lanes->ordering == SINK_ORDERING_SINK) {
        return hash128_of("", 0);
    }
    if (lanes->ordering == SINK_ORDERING_NONE) {
        return hash128_of(&delivery->id, sizeof(delivery->id));
    }
    const char *source = delivery->source ? delivery->source : "";
    const char *lane = delivery->lane;
    struct hash128 key = hash128_of(source, strlen(source));
    if (!lane) {
        return key;
    }
    return hash128_mix(key, hash128_of(lane, strlen(lane)));
}

static void queue_insert(struct lanes *lanes, struct entry *entry, enum lane_queue which,
                         bool at_front)
{
    struct entry_queue *queue = &lanes->queues[which];
    assert(entry->queue == LANE_QUEUE_NONE);
    entry->queue = which;
    entry->queue_prev = at_front ? NULL : queue->last;
    entry->queue_next = at_front ? queue->first : NULL;
    if (entry->queue_prev) {
        entry->queue_prev->queue_next = entry;
    } else {
        queue->first = entry;
    }
    if (entry->queue_next) {
        entry->queue_next->queue_prev = entry;
    } else {
        queue->last = entry;
    }
    queue->n++;
}

static void queue_remove(struct lanes *lanes, struct entry *entry)
{
    if (entry->queue == LANE_QUEUE_NONE) {
        return;
    }
    struct entry_queue *queue = &lanes->queues[entry->queue];
    if (entry->queue_prev) {
        entry->queue_prev->queue_next = entry->queue_next;
    } else {
        queue->first = entry->queue_next;
    }
    if (entry->queue_next) {
        entry->queue_next->queue_prev = entry->queue_prev;
    } else {
        queue->last = entry->queue_prev;
    }
    queue->n--;
    entry->queue = LANE_QUEUE_NONE;
    entry->queue_prev = entry->queue_next = NULL;
}

static void delivery_free(struct delivery *delivery)
{
    if (delivery) {
        delivery_deinit(delivery);
        free(delivery);
    }
}

static void unload(struct lanes *lanes, struct entry *entry)
{
    if (entry->delivery) {
        lanes->loaded--;
        lanes->bytes -= entry->delivery->encoded.body.len;
        entry->lane->loaded--;
        delivery_free(STEAL(entry->delivery));
    }
}

void lanes_unload(struct lanes *lanes, struct entry *entry)
{
    assert(entry->state == ENTRY_BEHIND);
    unload(lanes, entry);
}

static void make_ready(struct lanes *lanes, struct entry *entry, bool at_front)
{
    entry->state = ENTRY_READY;
    enum lane_queue which = !entry->delivery      ? LANE_QUEUE_FETCH
                            : entry->attempts > 0 ? LANE_QUEUE_RETRY
                                                  : LANE_QUEUE_FIRST;
    queue_insert(lanes, entry, which, at_front);
}

// The entry heads its lane now: it is ready or parked, by its time.
static void lead(struct lanes *lanes, struct entry *entry, int64_t now_ms)
{
    if (entry->due_at_ms <= now_ms) {
        make_ready(lanes, entry, false);
        return;
    }
    entry->state = ENTRY_PARKED;
    lane_table_park_at(lanes, entry, entry->due_at_ms);
    // Nothing of this lane starts soon: others need the room more.
    for (struct entry *e = entry; e; e = e->lane_next) {
        unload(lanes, e);
    }
}

bool lanes_wants(const struct entry *entry)
{
    if (entry->delivery) {
        return false;
    }
    switch (entry->state) {
    case ENTRY_READY: return true;
    case ENTRY_BEHIND:
        return entry->lane->head->state != ENTRY_PARKED && entry->lane->loaded < LANE_LOADED_MAX;
    case ENTRY_PARKED:
    case ENTRY_BUSY: return false;
    }
    return false;
}

int lanes_load(struct lanes *lanes, struct entry *entry, struct delivery *take)
{
    assert(lanes_wants(entry));
    struct delivery *delivery = malloc(sizeof(*delivery));
    if (!delivery) {
        return -ENOMEM;
    }
    *delivery = *take;
    *take = (struct delivery){ 0 };
    entry->delivery = delivery;
    lanes->loaded++;
    lanes->bytes += delivery->encoded.body.len;
    entry->lane->loaded++;
    if (entry->state == ENTRY_READY) {
        queue_remove(lanes, entry);
        make_ready(lanes, entry, false);
    }
    return 0;
}

int lanes_add(struct lanes *lanes, struct delivery *take, int64_t due_at_ms, int64_t now_ms,
              bool has_room)
{
    if (lanes_find(lanes, take->id)) {
        return -EEXIST;
    }
    lane_table_grow(lanes);
    struct lane *lane = NULL;
    int r = lane_table_get_lane(lanes, key_of(lanes, take), &lane);
    if (r < 0) {
        return r;
    }
    struct entry *entry = NULL;
    r = lane_table_new_entry(lanes, &entry);
    if (r < 0) {
        if (!lane->head) {
            lane_table_drop_lane(lanes, lane);
        }
        return r;
    }
    entry->id = take->id;
    entry->due_at_ms = due_at_ms;
    entry->event_at_ms = take->event_at_ms;
    entry->attempts = take->attempts;
    lane_table_link(lanes, entry, lane);
    if (lane->head == entry) {
        lead(lanes, entry, now_ms);
    }
    // Without memory for the body it is read again when its turn comes.
    if (!has_room || !lanes_wants(entry) || lanes_load(lanes, entry, take) < 0) {
        delivery_deinit(take);
        *take = (struct delivery){ 0 };
    }
    return 0;
}

struct entry *lanes_take(struct lanes *lanes)
{
    struct entry *first = lanes->queues[LANE_QUEUE_FIRST].first;
    struct entry *retry = lanes->queues[LANE_QUEUE_RETRY].first;
    struct entry *entry = first;
    if (retry && (!first || ++lanes->turn % RETRY_SHARE == 0)) {
        entry = retry;
    }
    if (entry) {
        queue_remove(lanes, entry);
        entry->state = ENTRY_BUSY;
        lanes->busy++;
    }
    return entry;
}

void lanes_put_back(struct lanes *lanes, struct entry *entry)
{
    assert(entry->state == ENTRY_BUSY);
    lanes->busy--;
    make_ready(lanes, entry, true);
}

void lanes_park(struct lanes *lanes, struct entry *entry, int64_t due_at_ms, unsigned attempts,
                int64_t now_ms)
{
    assert(entry->state == ENTRY_BUSY);
    lanes->busy--;
    entry->due_at_ms = due_at_ms;
    entry->attempts = attempts;
    // The stored delivery has moved on: the next attempt is made from what the store has.
    unload(lanes, entry);
    lead(lanes, entry, now_ms);
}

void lanes_remove(struct lanes *lanes, struct entry *entry, int64_t now_ms)
{
    struct lane *lane = entry->lane;
    bool leads = lane->head == entry;
    if (entry->state == ENTRY_BUSY) {
        lanes->busy--;
    } else if (entry->state == ENTRY_PARKED) {
        lane_table_park_at(lanes, entry, LANE_NOT_PARKED);
    }
    queue_remove(lanes, entry);
    unload(lanes, entry);
    lane_table_unlink(lanes, entry);
    lane_table_recycle(lanes, entry);
    if (!lane->head) {
        lane_table_drop_lane(lanes, lane);
    } else if (leads) {
        lead(lanes, lane->head, now_ms);
    }
}

void lanes_tick(struct lanes *lanes, int64_t now_ms)
{
    const struct heap_entry *top = heap_top(&lanes->parked);
    while (top && top->at_ms <= now_ms && top->at_ms != LANE_NOT_PARKED) {
        struct entry *entry = lanes->slots[top->id];
        lane_table_park_at(lanes, entry, LANE_NOT_PARKED);
        make_ready(lanes, entry, false);
        top = heap_top(&lanes->parked);
    }
}

int64_t lanes_next_due_at_ms(const struct lanes *lanes)
{
    const struct heap_entry *top = heap_top(&lanes->parked);
    return top ? top->at_ms : LANE_NOT_PARKED;
}

const struct entry *lanes_first_unloaded(const struct lanes *lanes)
{
    return lanes->queues[LANE_QUEUE_FETCH].first;
}

bool lanes_has_startable(const struct lanes *lanes)
{
    return lanes->queues[LANE_QUEUE_FIRST].n > 0 || lanes->queues[LANE_QUEUE_RETRY].n > 0;
}

const struct entry *lanes_oldest_due(const struct lanes *lanes)
{
    for (const struct entry *e = lanes->oldest; e; e = e->newer) {
        if (e->lane->head->state != ENTRY_PARKED) {
            return e;
        }
    }
    return NULL;
}
