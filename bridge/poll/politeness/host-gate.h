#pragma once
// Politeness: how many requests go to a host at once; and per host and credential (a lane) how many
// in a stretch of time, who waits (first in, first out; lanes take turns), and what the API says
// about it: rests after a 429, quotas. Loop thread only; does no I/O: it asks its owner to call
// host_gate_pump after a while.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "bridge/base/cleanup.h"
#include "bridge/model/pace.h"

struct clock;
struct gate_lane; // the requests to one host under one credential
struct host_gate;
struct http_response;
struct settings;

#define GATE_CONCURRENCY 4   // per host, unless `limits` says otherwise
#define GATE_IN_FLIGHT   256 // over all hosts

struct host_gate_parts { // borrowed, outlive the gate
    const struct clock *clock;
    // Call host_gate_pump after wait_ms (0: soon, never from inside this call). Each call replaces
    // the one before.
    void (*wake_after)(int64_t wait_ms, void *userdata);
    void *userdata;
};

int host_gate_new(struct host_gate **ret, const struct host_gate_parts *parts) MUST_CHECK;
struct host_gate *host_gate_free(struct host_gate *gate); // no waiter left; accepts NULL
DEFINE_CLEANUP(host_gate)

// The limits in force from now on. 0 or -ENOMEM (then some are as before).
int host_gate_apply(struct host_gate *gate, struct settings *settings) MUST_CHECK;

// `origin` as url_origin gives it; `credential` the name of an auth, NULL without one. A reference.
int host_gate_lane(struct host_gate *gate, const char *origin, const char *credential,
                   struct gate_lane **ret) MUST_CHECK;
struct gate_lane *gate_lane_ref(struct gate_lane *lane);
struct gate_lane *gate_lane_unref(struct gate_lane *lane); // accepts NULL, returns NULL

enum gate_state {
    GATE_OUTSIDE,
    GATE_WAITING,
    GATE_INSIDE,
    GATE_ANSWERED, // the host's place is given back, the process's is kept
};

// Embedded in what waits. admit is called from host_gate_pump, the waiter is then GATE_INSIDE, or
// GATE_OUTSIDE when its lane came to rest meanwhile. It may be freed there.
struct gate_waiter {
    TAILQ_ENTRY(gate_waiter) link;
    struct gate_lane *lane; // kept while not outside: the enterer may give up its reference
    enum gate_state state;
    void (*admit)(struct gate_waiter *waiter);
};

// `mono_now_ms` is now, which the enterer knows. GATE_INSIDE: go at once. GATE_WAITING: admit
// follows. GATE_OUTSIDE: the lane rests.
enum gate_state gate_enter(struct gate_lane *lane, struct gate_waiter *waiter, int64_t mono_now_ms);
// The same for who goes on with what it began (the next page of a list): before those who wait. So
// a host has few polls with pages in memory at once, however many wait to begin.
enum gate_state gate_enter_first(struct gate_lane *lane, struct gate_waiter *waiter,
                                 int64_t mono_now_ms);
// The host has answered: it may be asked by somebody else, while the answer still counts among
// those the process has in memory. No-op unless inside.
void gate_leave_host(struct gate_waiter *waiter);
// Gives up the place or the waiting. No-op when outside.
void gate_leave(struct gate_waiter *waiter);

// What a waiter waits for: POLL_BY_BUDGET, POLL_BY_QUOTA or POLL_BY_CONCURRENCY.
enum poll_pace gate_waits_by(const struct gate_waiter *waiter);

// Does the answer ask for rest: a 429, a 503, or a 403 because the quota is used up?
bool gate_asks_for_rest(const struct http_response *response);
// It does: the lane rests, never shorter than it does already.
void gate_rest(struct gate_lane *lane, const struct http_response *response);
// Any other answer came: its quota counts, and the next rest without a Retry-After starts at the
// shortest again.
void gate_answered(struct gate_lane *lane, const struct http_response *response);
// A rest from before a restart.
void gate_continue_rest(struct gate_lane *lane, const struct poll_rest *rest);
// How long it rests from now, and why; 0: not.
struct poll_rest gate_rest_left(const struct gate_lane *lane);

struct gate_quota {
    bool is_known;
    int64_t limit; // 0: not said
    int64_t remaining;
    int64_t reset_left_ms; // 0: not said
};
// As the last answer said, until its reset has come.
struct gate_quota gate_quota_of(const struct gate_lane *lane);

void host_gate_pump(struct host_gate *gate);

struct host_gate_stats {
    size_t in_flight;
    size_t waiting;
    size_t resting; // lanes
};
void host_gate_get_stats(const struct host_gate *gate, struct host_gate_stats *ret);
