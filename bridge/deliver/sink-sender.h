#pragma once
// One sink at work: which of its deliveries start now, and what follows from their outcomes. Every
// sink is on its own: its window, its limit, its rest.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/deliver/attempt.h"
#include "bridge/deliver/breaker.h"
#include "bridge/deliver/coalescer.h"
#include "bridge/deliver/pacer.h"
#include "bridge/deliver/sink-counters.h"
#include "bridge/deliver/sink-keeper.h"
#include "bridge/deliver/sink-window.h"
#include "bridge/deliver/start-gate.h"

struct dispatcher_parts;
struct event;
struct recovery_outcome;
struct settings;
struct settler;
struct sink_depth;
struct sink_settings;
struct teller;

#define SENDER_IN_FLIGHT_DEFAULT 8
#define SENDER_UNSETTLED_MAX     256 // outcomes that are not durable yet

// What all senders of a dispatcher have in common; owned by it.
struct sender_shared {
    const struct dispatcher_parts *parts;
    struct attempt_means means;
    struct settler *settler;
    struct teller *teller;
    struct phase_counters phases;
    struct start_gate gate;
    struct coalescer_parts coalescer;
    bool is_running;
};

struct sink_sender {
    struct sender_shared *shared; // borrowed
    char *name;
    bool is_active;                   // its sink is in the settings in force
    struct settings *settings;        // a reference
    const struct sink_settings *sink; // in those settings
    struct sink_window window;
    struct sink_counters counters;
    int64_t held; // in the store, counted along
    struct breaker breaker;
    struct pacer pacer;
    struct sink_keeper keeper;
    bool is_disabled; // nothing starts; until what is held was released
    struct event *timer;
    struct start_gate_waiter waiter;
    bool is_woken;                      // the timer fires at once
    struct attempt_run *runs;           // under way
    size_t in_flight;                   // of them
    size_t unsettled;                   // ended, not durable
    struct coalescing_list coalescings; // of lanes whose head is busy meanwhile
    size_t n_coalescings;
    int64_t rest_until_ms;  // monotonic; the sink asked for it
    int64_t pause_until_ms; // monotonic; this process is short of something
};

// The sink is active in these settings (a reference is taken).
int sender_new(struct sink_sender **ret, struct sender_shared *shared, struct settings *settings,
               const struct sink_settings *sink) MUST_CHECK;
// Attempts under way end without a word. Accepts NULL.
struct sink_sender *sender_free(struct sink_sender *sender);
static inline void sender_freep(struct sink_sender **sender)
{
    (void)sender_free(*sender);
}

void sender_apply(struct sink_sender *sender, struct settings *settings,
                  const struct sink_settings *sink);
// The sink is in no settings any more: attempts under way finish, the rest is left to the store.
void sender_retire(struct sink_sender *sender);

// What the store knows of the sink at the start.
void sender_load(struct sink_sender *sender, const struct sink_depth *depth);
// The end of being disabled: what is held is delivered, or (skip) canceled. -EALREADY: it is not
// disabled.
int sender_enable(struct sink_sender *sender, bool skip) MUST_CHECK;
// A person disables it. -EALREADY: it is.
int sender_disable(struct sink_sender *sender) MUST_CHECK;

void sender_take(struct sink_sender *sender, struct delivery *take);
void sender_wake(struct sink_sender *sender); // looks at everything again, soon
// The outcome of one of its attempts is durable; consumed.
void sender_settled(struct attempt_run *take);

// A new durable delivery that is held, because the sink is disabled.
void sender_count_held(struct sink_sender *sender);
// New deliveries that are in the store only.
void sender_added(struct sink_sender *sender, const struct recovery_outcome *added);

bool sender_is_resting(const struct sink_sender *sender);
// Nothing due now and nothing under way.
bool sender_is_idle(const struct sink_sender *sender);
// How long ago the oldest delivery that could go now fell due; 0: none.
int64_t sender_overdue_ms(const struct sink_sender *sender);
