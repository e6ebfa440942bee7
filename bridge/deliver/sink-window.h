#pragma once
// What one sink has in memory of its waiting deliveries, and how the rest is read from the store.
//
// Everything that waits with an id up to `cursor` has an entry in the lanes. While nothing waits
// beyond it (caught_up) new deliveries enter directly; when there is no room they are left to the
// store and read later, oldest first, in pages. At most one question is with the store at a time.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/deliver/lanes.h"

struct clock;
struct delivery;
struct retry_settings;
struct store;
struct window_query;

#define WINDOW_LOADED_MAX  1000               // deliveries with their body in memory
#define WINDOW_BYTES_MAX   ((size_t)32 << 20) // of those bodies; one page of the store may go over
#define WINDOW_ENTRIES_MAX 50000              // entries without a body are about 150 bytes

struct sink_window {
    struct lanes lanes;
    struct store *store;                // borrowed
    const struct clock *clock;          // borrowed
    const struct retry_settings *retry; // borrowed; changes with the settings in force
    const char *sink;                   // borrowed
    void (*on_answer)(void *userdata);  // the store answered: look again
    void *userdata;

    int64_t cursor;
    bool caught_up;
    int64_t waiting;            // in the store, counted along
    int64_t oldest_at_ms;       // event time of the oldest, as the store said at the start
    struct window_query *query; // with the store; NULL: none
    int64_t ask_at_ms;          // monotonic: no question before
};

// The members from `store` to `userdata` are set by the caller. 0 or -ENOMEM.
int window_init(struct sink_window *window) MUST_CHECK;
void window_deinit(struct sink_window *window); // a question under way is answered into the void
// Drops all that is not busy and begins again with the oldest in the store.
void window_forget(struct sink_window *window);

// A new durable delivery; moved from when it enters.
void window_take(struct sink_window *window, struct delivery *take);
// New durable deliveries that are in the store only, newer than all before.
void window_missed(struct sink_window *window, int64_t n);
// A busy entry is settled for good; the entry is gone.
void window_settled(struct sink_window *window, struct entry *entry);

// Looks at the time and asks the store for what is missing.
void window_update(struct sink_window *window);
// When window_update has something to do again; INT64_MAX: when something happens.
int64_t window_wake_at_ms(const struct sink_window *window);
// Nothing could start now or after an answer of the store.
bool window_is_quiet(const struct sink_window *window);
// Event time (wall) of the oldest waiting delivery; 0: none.
int64_t window_oldest_at_ms(const struct sink_window *window);
