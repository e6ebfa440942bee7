#pragma once
// How many attempts may begin at a time, over all sinks: a burst of a thousand that began in one
// round of the loop would hold all of them up until the last one is built, and open a connection
// for each.
//
// Only young attempts count. One that is not answered soon leaves the gate to others, so that a
// sink that hangs costs them nothing and a far one no rate. Senders that found it shut are let in
// one attempt at a time, in turn. Loop thread only.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "bridge/base/cleanup.h"

#define START_GATE_YOUNG_MAX 32
#define START_GATE_YOUNG_MS  5

struct clock;
struct event;
struct event_base;

// Embedded in what is under way.
struct start_gate_pass {
    TAILQ_ENTRY(start_gate_pass) link;
    int64_t until_ms; // monotonic
    bool is_young;    // in the list
};

// Embedded in what begins attempts.
struct start_gate_waiter {
    TAILQ_ENTRY(start_gate_waiter) link;
    void (*enter)(void *userdata); // one may begin; it may wait again from inside
    void *userdata;
    bool is_waiting; // in the list
};

struct start_gate {
    const struct clock *clock; // borrowed
    struct event *timer;
    TAILQ_HEAD(, start_gate_pass) young; // oldest first
    TAILQ_HEAD(start_gate_waiters, start_gate_waiter) waiting;
    size_t n_young;
};

int start_gate_init(struct start_gate *gate, struct event_base *base,
                    const struct clock *clock) MUST_CHECK; // 0 or -ENOMEM
void start_gate_deinit(struct start_gate *gate);

// May one begin that does not come from `enter`? Not while others wait.
bool start_gate_is_open(struct start_gate *gate);
void start_gate_begun(struct start_gate *gate, struct start_gate_pass *pass);
void start_gate_ended(struct start_gate *gate, struct start_gate_pass *pass);

void start_gate_wait(struct start_gate *gate, struct start_gate_waiter *waiter);
void start_gate_kick(struct start_gate *gate); // looks at the clock anew, soon
void start_gate_forget(struct start_gate *gate, struct start_gate_waiter *waiter);
