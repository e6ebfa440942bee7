#pragma once
// Fakes for the dispatcher's tests: a store that keeps rows in memory and answers from the loop, a
// network that answers when told to (its http_start and stream_write take the place of bridge/net
// at link time), a clock that is set by hand, and a sink driver.

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/clock.h"
#include "bridge/base/metrics.h"
#include "bridge/deliver/dispatcher.h"
#include "bridge/model/delivery.h"
#include "bridge/model/observer.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/store.h"

struct fake_row {
    int64_t id;
    char *sink;
    char *source;
    char *lane;
    enum delivery_state state;
    unsigned attempts;
    int64_t next_at_ms;
    int64_t event_at_ms;
    char *error_code; // of the last attempt
    int status;
    size_t response_len;
    unsigned settled; // how often an attempt was recorded
};

struct fake_op;

struct fake_store {
    struct store store; // first
    struct event *event;
    struct fake_row *rows; // id - 1 is the index
    size_t n, cap;
    struct fake_op *first, *last;
    bool is_paused;            // answers wait
    int settle_error;          // every settle ends so while set
    int settle_refusals;       // so many settle calls find the mailbox full
    int due_errors;            // so many questions end in -EIO
    int sink_refusals;         // so many questions about sinks find the mailbox full
    int sink_error;            // questions about sinks and commits end so while set
    struct sink_health health; // the last that was noted
    size_t notes, commits;
    char *told; // the body of the last event that was committed
    size_t settle_calls, settle_largest, due_calls, due_largest;
};

enum { NET_HANGS = -1, NET_REFUSES = -2 };

struct fake_transfer;

struct fake_net {
    struct fake_transfer *first, *last;
    struct event *event;
    int (*status_of)(const char *sink, int64_t id); // NULL: everything hangs until answered
    const char *retry_after;                        // header of every answer; NULL: none
    size_t answer_len;                              // of the body of every answer
    size_t in_flight, most_in_flight;
    int64_t *started; // ids in the order of their starts
    size_t n_started, started_cap;
    size_t canceled;
    // Streams:
    struct bytes written;
    int stream_refusals;
    int stream_error;
    bool stream_is_slow; // written, but not answered
};

// There is one network, as in the process.
extern struct fake_net net;

struct sink_spec {
    const char *name;
    int64_t in_flight; // 0: default
    bool is_stream;
    bool no_retry;
    int ordering;
    int64_t rate; // per second
};

struct world {
    struct event_base *base;
    struct clock clock;
    int64_t wall_ms, mono_ms;
    struct fake_store store;
    struct metrics *metrics;
    struct observer observer;
    struct dispatcher *dispatcher;
    teller_make_fn make_deliveries; // for the next dispatcher; NULL: none
    struct sink_depth depth;        // for the next dispatcher; without a name: none
    size_t observed;                // calls of on_attempt
    size_t observed_unstored;
};

#define WORLD_WALL_MS INT64_C(1767225600000)

void world_open(struct world *world); // no dispatcher yet
void world_close(struct world *world);
// One of the test's own, for cmocka's setup and teardown.
int world_setup(void **state);
int world_teardown(void **state);
void world_dispatcher(struct world *world, const struct sink_spec *sinks, size_t n); // started
void world_apply(struct world *world, const struct sink_spec *sinks, size_t n);
void world_end_dispatcher(struct world *world);

// Runs the loop until nothing moves any more; no time passes.
void world_run(struct world *world);
// Time passes on both clocks, then the loop runs.
void world_pass(struct world *world, int64_t ms);

// A durable row; with `tell` the dispatcher hears of it as the poll side would say it. The id.
int64_t world_add(struct world *world, const char *sink, const char *lane, bool tell);
struct fake_row *world_row(struct world *world, int64_t id);
size_t world_count(struct world *world, const char *sink, enum delivery_state state);

bool net_is_under_way(int64_t id);
size_t net_starts_of(int64_t id);
void net_answer(int64_t id, int status); // or NET_REFUSES
// The connection was reset; `reused` as http_response says.
void net_reset(int64_t id, bool reused);
void net_cancel_all(void); // as the client's end does
