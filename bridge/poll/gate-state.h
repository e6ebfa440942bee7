#pragma once
// The inside of the host gate, for the files it is made of.

#include <sys/queue.h>

#include "bridge/base/cleanup.h"
#include "bridge/poll/budget.h"
#include "bridge/poll/host-gate.h"

TAILQ_HEAD(waiter_list, gate_waiter);
TAILQ_HEAD(host_list, host);
LIST_HEAD(lane_list, gate_lane);

enum host_place {
    HOST_NOWHERE,  // nobody waits, or its own concurrency is used up: a leave brings it back
    HOST_HUNGRY,   // somebody waits and may be served
    HOST_SLEEPING, // somebody waits, its budget is spent until sleep_until_ms
};

struct host {
    struct host_gate *gate;
    char *name; // as in `limits`
    size_t concurrency;
    size_t in_flight;
    struct budget budget;
    struct waiter_list waiters;
    struct lane_list lanes;
    enum host_place place;
    int64_t sleep_until_ms;
    TAILQ_ENTRY(host) link; // of hungry or sleeping
    struct host *next;      // in its bucket
};

struct gate_lane {
    struct host *host;
    char *credential; // "" without one
    size_t refs;
    unsigned strikes; // rests in a row
    int64_t rest_until_ms;
    LIST_ENTRY(gate_lane) link;
};

#define HOST_BUCKETS 1024

struct host_gate {
    struct host_gate_parts parts;
    struct host *buckets[HOST_BUCKETS];
    struct host_list hungry;
    struct host_list sleeping;
    struct host_gate_stats stats; // without `resting`
    struct settings *settings;    // whose limits are in force; a reference
};

// ---- host-gate.c ----
void gate_move(struct host *host, enum host_place place);
void gate_look_again(struct host *host); // it may be served now, or sooner than was thought
