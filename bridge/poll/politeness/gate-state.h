#pragma once
// The inside of the host gate, for the files it is made of.

#include <sys/queue.h>

#include "bridge/base/cleanup.h"
#include "bridge/poll/politeness/budget.h"
#include "bridge/poll/politeness/host-gate.h"
#include "bridge/poll/politeness/quota.h"

TAILQ_HEAD(waiter_list, gate_waiter);
TAILQ_HEAD(lane_queue, gate_lane);
LIST_HEAD(lane_list, gate_lane);

enum lane_place {
    LANE_NOWHERE,  // nobody waits
    LANE_HUNGRY,   // somebody waits and may be served
    LANE_BLOCKED,  // somebody waits, the concurrency of its host is used up: a leave brings it back
    LANE_SLEEPING, // somebody waits, until sleep_until_ms
};

struct host {
    struct host_gate *gate;
    char *name; // as in `limits`
    size_t concurrency;
    size_t in_flight;
    size_t claimants; // lanes that are hungry or blocked
    struct lane_queue blocked;
    struct lane_list lanes;
    struct host *next; // in its bucket
};

struct gate_lane {
    struct host *host;
    char *credential; // "" without one
    size_t refs;
    unsigned strikes; // rests in a row
    int64_t rest_until_ms;
    enum poll_pace rest_by;
    struct quota quota;   // as last said
    int64_t said_at_ms;   // when
    int64_t sent_at_ms;   // the last request
    struct budget budget; // of `limits`
    struct waiter_list waiters;
    enum lane_place place;
    int64_t sleep_until_ms;
    enum poll_pace waits_by;     // while somebody waits
    TAILQ_ENTRY(gate_lane) link; // of hungry, sleeping or blocked
    LIST_ENTRY(gate_lane) sibling;
};

#define HOST_BUCKETS 1024

struct host_gate {
    struct host_gate_parts parts;
    struct host *buckets[HOST_BUCKETS];
    struct lane_queue hungry;
    struct lane_queue sleeping;
    struct host_gate_stats stats; // without `resting`
    struct settings *settings;    // whose limits are in force; a reference
};

// ---- host-gate.c ----
void gate_move(struct gate_lane *lane, enum lane_place place);
void gate_look_again(struct gate_lane *lane); // it may be served now, or sooner than was thought
