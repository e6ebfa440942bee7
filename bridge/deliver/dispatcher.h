#pragma once
// The delivery side: windows per sink, attempts, verdicts, the retry schedule. Loop thread only.
//
// Every sink has its own bounded window in memory; what does not fit waits in the store and is
// loaded when the window has room. A dead sink costs its window and its in_flight, nothing more.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/deliver/coalescer.h"
#include "bridge/deliver/teller.h"
#include "bridge/spi/sink-control.h"

struct brokers;
struct clock;
struct delivery_list;
struct dispatcher;
struct event_base;
struct http_client;
struct metrics;
struct observer;
struct recovery_outcome;
struct settings;
struct sink_depth;
struct source_state;
struct store;
struct stream_writer;

struct dispatcher_parts { // all borrowed, all outlive the dispatcher
    struct event_base *base;
    const struct clock *clock;
    struct http_client *http;
    struct stream_writer *streams;
    struct brokers *brokers;
    struct store *store;
    struct metrics *metrics;         // may be NULL
    const struct observer *observer; // may be NULL
    struct workers *workers;         // may be NULL: nothing is coalesced
    coalesce_look_fn coalesce;       // on a worker
    teller_make_fn make_deliveries;  // of events about sinks; NULL: nobody is told
};

int dispatcher_new(struct dispatcher **ret, const struct dispatcher_parts *parts) MUST_CHECK;
// Attempts under way are dropped; their deliveries stay pending in the store. Accepts NULL.
struct dispatcher *dispatcher_free(struct dispatcher *dispatcher);
DEFINE_CLEANUP(dispatcher)

// Puts a configuration in force; `depths` (borrowed) says what waits in the store at the start.
// Sinks that went away keep their deliveries in the store.
int dispatcher_apply(struct dispatcher *dispatcher, struct settings *settings,
                     const struct sink_depth *depths, size_t n) MUST_CHECK;

// Where the stored events about sinks end (of the source TELLER_STORE_NAME); before the start.
int dispatcher_continue_events(struct dispatcher *dispatcher,
                               const struct source_state *state) MUST_CHECK;
// Ends a sink's being disabled: what is held is delivered, or (skip) canceled. 0, -ENOENT,
// -EALREADY (it is not disabled).
int dispatcher_enable(struct dispatcher *dispatcher, const char *sink, bool skip) MUST_CHECK;

// A person disables it: its deliveries are held. 0, -ENOENT, -EALREADY.
int dispatcher_disable(struct dispatcher *dispatcher, const char *sink) MUST_CHECK;

int dispatcher_start(struct dispatcher *dispatcher) MUST_CHECK;
void dispatcher_stop(struct dispatcher *dispatcher); // no new attempts; those under way finish
size_t dispatcher_in_flight(const struct dispatcher *dispatcher); // attempts and unsettled outcomes

// New deliveries of a sink that are in the store only.
void dispatcher_added(struct dispatcher *dispatcher, const char *sink,
                      const struct recovery_outcome *added);

// Durable deliveries from the poll side; consumed.
void dispatcher_take(struct dispatcher *dispatcher, struct delivery_list *take);

// What the API may ask about the sinks.
struct sink_control dispatcher_control(struct dispatcher *dispatcher);

struct dispatcher_health {
    size_t sinks;
    int64_t waiting;
    int64_t oldest_waiting_ms; // age of the oldest delivery that is due and not settled
};
void dispatcher_get_health(const struct dispatcher *dispatcher, struct dispatcher_health *ret);
// True when nothing is due now or under way (retries in the future do not count).
bool dispatcher_is_idle(const struct dispatcher *dispatcher);
