#pragma once
// The waiting deliveries of one sink and the order they may go in. No I/O and no clock: times come
// in as monotonic milliseconds.
//
// An entry is small and may live without its delivery: only what may start soon needs the body in
// memory, the rest is read from the store when its turn comes. Entries of one lane (source and key,
// or what else the sink's ordering says) form a chain by id; only its head may start. A head that
// waits for its next attempt is parked; a head whose time has come is ready.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/heap.h"

struct delivery;
struct lane;

#define LANE_LOADED_MAX 8 // deliveries of one lane with their body in memory

enum entry_state {
    ENTRY_BEHIND, // an earlier delivery of its lane is unsettled
    ENTRY_PARKED, // head, its time has not come
    ENTRY_READY,  // head, may start
    ENTRY_BUSY,   // head, taken: under way or unsettled
};

enum lane_queue {
    LANE_QUEUE_NONE,
    LANE_QUEUE_FIRST, // ready, loaded, first attempt
    LANE_QUEUE_RETRY, // ready, loaded, later attempt
    LANE_QUEUE_FETCH, // ready, its delivery is in the store only
    LANE_QUEUES,
};

// Owned by struct lanes; the pointer is valid until lanes_remove.
struct entry {
    int64_t id;
    int64_t due_at_ms;   // monotonic; of a first attempt: when it could have gone
    int64_t event_at_ms; // wall
    unsigned attempts;   // made so far
    enum entry_state state;
    bool is_alone;             // it is known not to become one with those behind it
    struct delivery *delivery; // owned; NULL: in the store only

    enum lane_queue queue; // this and the rest belong to lanes.c
    uint32_t slot;
    struct lane *lane;
    struct entry *lane_prev, *lane_next;
    struct entry *id_next;
    struct entry *older, *newer;
    struct entry *queue_prev, *queue_next;
};

struct entry_queue {
    struct entry *first, *last;
    size_t n;
};

struct lanes {
    int ordering;         // enum sink_ordering; what is there already keeps its lane
    struct entry **slots; // every entry ever made, by its slot
    size_t n_slots, slots_cap;
    struct entry *unused; // chained by id_next
    struct entry **by_id; // buckets, a power of two of them
    struct lane **by_key;
    size_t buckets;
    struct entry *oldest, *newest; // all entries by id
    struct entry_queue queues[LANE_QUEUES];
    struct heap parked; // holds every slot; INT64_MAX for those that are not parked
    size_t n;           // entries
    size_t loaded;      // of them with their delivery in memory
    size_t bytes;       // of those bodies
    size_t busy;
    unsigned turn;
};

int lanes_init(struct lanes *lanes) MUST_CHECK; // 0 or -ENOMEM
void lanes_deinit(struct lanes *lanes);

// A new entry for a delivery. due_at_ms is monotonic. 0 and `take` is moved from (its body is kept
// when it may start soon and has_room, else freed), -EEXIST when the id is there already, -ENOMEM;
// on failure `take` is untouched.
int lanes_add(struct lanes *lanes, struct delivery *take, int64_t due_at_ms, int64_t now_ms,
              bool has_room) MUST_CHECK;
struct entry *lanes_find(const struct lanes *lanes, int64_t id); // NULL: none

// Would its delivery be of use in memory now?
bool lanes_wants(const struct entry *entry);
// Gives an entry its delivery (moved from `take`). Only when lanes_wants it.
int lanes_load(struct lanes *lanes, struct entry *entry, struct delivery *take) MUST_CHECK;

// The next one to start, now busy; NULL: none. First attempts go before retries, but one start in
// eight is a waiting retry's, so that a busy sink does not starve them.
struct entry *lanes_take(struct lanes *lanes);
// What became of a busy entry:
void lanes_put_back(struct lanes *lanes, struct entry *entry); // not started after all: first again
void lanes_park(struct lanes *lanes, struct entry *entry, int64_t due_at_ms, unsigned attempts,
                int64_t now_ms);
// What it sends has changed in the store. Only behind another.
void lanes_unload(struct lanes *lanes, struct entry *entry);
// Any state: it is settled (or not waiting any more); its lane goes on.
void lanes_remove(struct lanes *lanes, struct entry *entry, int64_t now_ms);

// Parked heads whose time has come get ready.
void lanes_tick(struct lanes *lanes, int64_t now_ms);
int64_t lanes_next_due_at_ms(const struct lanes *lanes);             // INT64_MAX: nothing is parked
const struct entry *lanes_first_unloaded(const struct lanes *lanes); // ready, in the store; NULL
bool lanes_has_startable(const struct lanes *lanes);                 // ready and loaded
// The oldest entry that is not waiting for its time and not behind one that is; NULL: none.
const struct entry *lanes_oldest_due(const struct lanes *lanes);
