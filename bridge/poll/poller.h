#pragma once
// The poll side: when each source is due, one poll at a time per source, from the request to the
// durable commit. Loop thread only.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct clock;
struct delivery_list;
struct event_base;
struct http_client;
struct metrics;
struct observer;
struct settings;
struct source_notes;
struct store;
struct workers;
struct poller;

struct poller_parts { // all borrowed, all outlive the poller
    struct event_base *base;
    const struct clock *clock;
    struct http_client *http;
    struct workers *workers; // worker context: struct worker (spi/worker.h)
    struct store *store;
    struct metrics *metrics;         // may be NULL
    const struct observer *observer; // may be NULL
    // New deliveries, durable now, in the order of their ids. Take what is wanted out of the list.
    void (*on_deliveries)(struct delivery_list *take, void *userdata);
    void *userdata;
};

int poller_new(struct poller **ret, const struct poller_parts *parts) MUST_CHECK;
// Polls under way are dropped (nothing of them was stored). Accepts NULL.
struct poller *poller_free(struct poller *poller);
DEFINE_CLEANUP(poller)

// Before the loop runs: renewed secrets that the store kept.
int poller_load_renewals(struct poller *poller) MUST_CHECK;

// Puts a configuration in force: at the start (with the store's states, consumed) and at a reload
// (states NULL). Sources that stay keep their state and their place in the schedule; a poll under
// way ends under the settings it began with.
int poller_apply(struct poller *poller, struct settings *settings,
                 struct source_notes *take_states) MUST_CHECK;

int poller_start(struct poller *poller) MUST_CHECK; // polls fall due from now on
// No new polls. Those whose answer is here finish; the others are dropped, for asking anew later
// loses nothing and waiting for a slow API would.
void poller_stop(struct poller *poller);
size_t poller_in_flight(const struct poller *poller);
// Writes pending notes to the store; `done` when durable. For the drain at shutdown.
int poller_flush(struct poller *poller, void (*done)(int result, void *userdata),
                 void *userdata) MUST_CHECK;

// One poll of every source (once) or of one (test), now, without the schedule; done after the last
// commit. name NULL: all. -ENOENT when there is no such source.
int poller_run_once(struct poller *poller, const char *name, void (*done)(void *userdata),
                    void *userdata) MUST_CHECK;

struct poller_health {
    size_t sources;
    size_t failing;
    size_t overdue;            // due longer ago than their interval + 60 s
    int64_t oldest_overdue_ms; // beyond its interval + 60 s
};
void poller_get_health(const struct poller *poller, struct poller_health *ret);
