#include "bridge/deliver/sink-sender.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/clock.h"
#include "bridge/deliver/attempt-log.h"
#include "bridge/deliver/dispatcher.h"
#include "bridge/deliver/settler.h"
#include "bridge/deliver/sink-coalesce.h"
#include "bridge/deliver/sink-trouble.h"
#include "bridge/model/observer.h"
#include "bridge/spi/recovery.h"
#include "bridge/spi/settings.h"

#define PAUSE_MS     200
#define TIMER_MAX_MS (INT64_C(60) * 60 * 1000)

static int64_t now_of(const struct sink_sender *sender)
{
    return clock_mono_ms(sender->shared->means.clock);
}

static void arm(struct sink_sender *sender, int64_t wait_ms)
{
    int64_t ms = wait_ms < TIMER_MAX_MS ? wait_ms : TIMER_MAX_MS;
    struct timeval wait = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
    if (evtimer_add(sender->timer, &wait) < 0) {
        event_active(sender->timer, EV_TIMEOUT, 0); // never wait for a timer that is not set
    }
}

void sender_wake(struct sink_sender *sender)
{
    if (!sender->is_woken) {
        sender->is_woken = true;
        arm(sender, 0);
    }
}

static void unlink_run(struct sink_sender *sender, struct attempt_run *run)
{
    *(run->prev ? &run->prev->next : &sender->runs) = run->next;
    if (run->next) {
        run->next->prev = run->prev;
    }
    run->prev = run->next = NULL;
    start_gate_ended(&sender->shared->gate, &run->pass);
    sender->in_flight--;
}

static void not_started(struct sink_sender *sender, struct attempt_run *run)
{
    lanes_put_back(&sender->window.lanes, run->entry);
    (void)attempt_run_free(run);
    sender->pause_until_ms = now_of(sender) + PAUSE_MS;
}

static void decided(struct sink_sender *sender, struct attempt_run *run)
{
    trouble_judge(sender, run);
    run->times.us[PHASE_TOTAL] = run->outcome.attempt.duration_ms * 1000;
    phases_note(&sender->shared->phases, &run->times);
    counters_note(&sender->counters, run, clock_wall_ms(sender->shared->means.clock));
    attempt_log(run);
    if (run->plan.rest_ms > 0) {
        int64_t until_ms = now_of(sender) + run->plan.rest_ms;
        if (until_ms > sender->rest_until_ms) {
            sender->rest_until_ms = until_ms;
        }
    }
    sender->unsettled++;
    settler_put(sender->shared->settler, &run->outcome);
}

static void on_done(struct attempt_run *run)
{
    struct sink_sender *sender = run->owner;
    unlink_run(sender, run);
    if (run->is_void) {
        not_started(sender, run);
    } else {
        decided(sender, run);
    }
    sender_wake(sender);
}

void sender_settled(struct attempt_run *take)
{
    struct sink_sender *sender = take->owner;
    struct entry *entry = take->entry;
    const struct attempt *attempt = &take->outcome.attempt;
    struct delivery *delivery = entry->delivery;
    delivery->attempts = attempt->number;
    delivery->state = attempt->state;
    delivery->next_at_ms = attempt->next_at_ms;
    const struct observer *observer = sender->shared->parts->observer;
    if (observer && observer->on_attempt) {
        observer->on_attempt(observer->userdata, delivery, attempt);
    }
    sender->unsettled--;
    if (attempt->state == DELIVERY_RETRYING) {
        lanes_park(&sender->window.lanes, entry, take->retry_at_ms, attempt->number,
                   now_of(sender));
    } else {
        sender->held += attempt->state == DELIVERY_HELD;
        window_settled(&sender->window, entry);
    }
    (void)attempt_run_free(take);
    sender_wake(sender);
}

// False when no more should be started for now.
static bool start(struct sink_sender *sender, struct entry *entry)
{
    struct attempt_run *run = calloc(1, sizeof(*run));
    if (!run) {
        lanes_put_back(&sender->window.lanes, entry);
        sender->pause_until_ms = now_of(sender) + PAUSE_MS;
        return false;
    }
    run->owner = sender;
    run->entry = entry;
    run->delivery = entry->delivery;
    run->settings = settings_ref(sender->settings);
    run->sink = sender->sink;
    run->done = on_done;
    pacer_started(&sender->pacer, &sender->sink->limits, now_of(sender));
    int r = attempt_start(run, &sender->shared->means);
    if (r < 0) {
        not_started(sender, run);
        return false;
    }
    if (r == ATTEMPT_E_DECIDED) {
        decided(sender, run);
        return true;
    }
    run->next = sender->runs;
    if (run->next) {
        run->next->prev = run;
    }
    sender->runs = run;
    sender->in_flight++;
    start_gate_begun(&sender->shared->gate, &run->pass);
    return true;
}

static size_t in_flight_max(const struct sink_sender *sender)
{
    int64_t limit = sender->sink->limits.in_flight;
    return limit > 0 ? (size_t)limit : SENDER_IN_FLIGHT_DEFAULT;
}

static int64_t later(int64_t a_ms, int64_t b_ms)
{
    return a_ms > b_ms ? a_ms : b_ms;
}

static int64_t blocked_until_ms(const struct sink_sender *sender, int64_t now_ms)
{
    int64_t until_ms = later(sender->rest_until_ms, sender->pause_until_ms);
    if (sender->breaker.is_open) {
        until_ms = later(until_ms, sender->breaker.probe_at_ms);
    }
    return later(until_ms, pacer_next_at_ms(&sender->pacer, &sender->sink->limits, now_ms));
}

static bool may_start(const struct sink_sender *sender, int64_t now_ms)
{
    if (now_ms < blocked_until_ms(sender, now_ms)) {
        return false;
    }
    if (sender->breaker.is_open) {
        return sender->in_flight == 0 && sender->unsettled == 0 && sender->n_coalescings == 0 &&
               !settler_is_stuck(sender->shared->settler);
    }
    return sender->in_flight + sender->n_coalescings < in_flight_max(sender) &&
           sender->unsettled < SENDER_UNSETTLED_MAX && !settler_is_stuck(sender->shared->settler);
}

// Starts what may start: all that the gate lets in, or one to which it has been opened.
static void start_all(struct sink_sender *sender, int64_t now_ms, bool is_let_in)
{
    while (!sender->is_disabled && lanes_has_startable(&sender->window.lanes) &&
           may_start(sender, now_ms)) {
        if (!is_let_in && !start_gate_is_open(&sender->shared->gate)) {
            start_gate_wait(&sender->shared->gate, &sender->waiter);
            return;
        }
        is_let_in = false;
        struct entry *entry = lanes_take(&sender->window.lanes);
        if (!sender_coalesce(sender, entry) && !start(sender, entry)) {
            return;
        }
    }
}

// When there is something to do again; INT64_MAX: when something happens.
static int64_t deliver(struct sink_sender *sender, int64_t now_ms, bool is_let_in)
{
    window_update(&sender->window);
    start_all(sender, now_ms, is_let_in);
    if (sender->is_disabled) { // also by the start of one
        return INT64_MAX;
    }
    window_update(&sender->window);
    int64_t at_ms = window_wake_at_ms(&sender->window);
    int64_t blocked_ms = blocked_until_ms(sender, now_ms);
    return blocked_ms > now_ms && blocked_ms < at_ms ? blocked_ms : at_ms;
}

static void look(struct sink_sender *sender, bool is_let_in)
{
    sender->is_woken = false;
    int64_t now_ms = now_of(sender);
    keeper_update(&sender->keeper);
    int64_t at_ms = keeper_wake_at_ms(&sender->keeper);
    if (sender->is_active && sender->shared->is_running && !sender->is_disabled) {
        int64_t next_ms = deliver(sender, now_ms, is_let_in);
        keeper_update(&sender->keeper); // an attempt may have ended at once
        at_ms = keeper_wake_at_ms(&sender->keeper);
        at_ms = next_ms < at_ms ? next_ms : at_ms;
    }
    if (at_ms != INT64_MAX) {
        arm(sender, at_ms > now_ms ? at_ms - now_ms : 1);
    }
}

static void on_timer(evutil_socket_t fd, short what, void *userdata)
{
    (void)fd;
    (void)what;
    look(userdata, false);
}

static void enter(void *userdata)
{
    look(userdata, true);
}

static void on_answer(void *userdata)
{
    sender_wake(userdata);
}

int sender_new(struct sink_sender **ret, struct sender_shared *shared, struct settings *settings,
               const struct sink_settings *sink)
{
    CLEANUP(sender_freep) struct sink_sender *sender = calloc(1, sizeof(*sender));
    if (!sender) {
        return -ENOMEM;
    }
    sender->shared = shared;
    sender->name = strdup(sink->name);
    sender->timer = evtimer_new(shared->parts->base, on_timer, sender);
    sender->waiter = (struct start_gate_waiter){ .enter = enter, .userdata = sender };
    sender->window = (struct sink_window){
        .store = shared->parts->store,
        .clock = shared->means.clock,
        .sink = sender->name,
        .on_answer = on_answer,
        .userdata = sender,
    };
    sender->keeper = (struct sink_keeper){
        .store = shared->parts->store,
        .clock = shared->means.clock,
        .sink = sender->name,
        .health = &sender->breaker.kept,
        .on_done = trouble_kept,
        .userdata = sender,
    };
    if (!sender->name || !sender->timer || window_init(&sender->window) < 0) {
        return -ENOMEM;
    }
    sender_apply(sender, settings, sink);
    *ret = STEAL(sender);
    return 0;
}

struct sink_sender *sender_free(struct sink_sender *sender)
{
    if (!sender) {
        return NULL;
    }
    while (sender->runs) {
        struct attempt_run *run = sender->runs;
        unlink_run(sender, run);
        (void)attempt_run_free(run);
    }
    sender_forget_coalescings(sender);
    start_gate_forget(&sender->shared->gate, &sender->waiter);
    keeper_deinit(&sender->keeper);
    window_deinit(&sender->window);
    if (sender->timer) {
        event_free(sender->timer);
    }
    (void)settings_unref(sender->settings);
    free(sender->name);
    free(sender);
    return NULL;
}

void sender_apply(struct sink_sender *sender, struct settings *settings,
                  const struct sink_settings *sink)
{
    struct settings *old = sender->settings;
    sender->settings = settings_ref(settings);
    sender->sink = sink;
    sender->window.retry = &sink->retry;
    sender->window.lanes.ordering = sink->ordering;
    sender->is_active = true;
    (void)settings_unref(old);
    sender_wake(sender);
}

void sender_retire(struct sink_sender *sender)
{
    sender->is_active = false;
    window_forget(&sender->window);
}

void sender_take(struct sink_sender *sender, struct delivery *take)
{
    window_take(&sender->window, take);
    sender_wake(sender);
}

void sender_added(struct sink_sender *sender, const struct recovery_outcome *added)
{
    sender->held += added->held;
    if (sender->is_active && added->added > 0) {
        window_missed(&sender->window, added->added);
        sender_wake(sender);
    }
}

bool sender_is_resting(const struct sink_sender *sender)
{
    int64_t now_ms = now_of(sender);
    return sender->rest_until_ms > now_ms ||
           (sender->breaker.is_open && sender->breaker.probe_at_ms > now_ms);
}

bool sender_is_idle(const struct sink_sender *sender)
{
    if (sender->in_flight > 0 || sender->unsettled > 0 || sender->n_coalescings > 0 ||
        keeper_is_busy(&sender->keeper)) {
        return false;
    }
    return !sender->is_active || sender->is_disabled || sender_is_resting(sender) ||
           window_is_quiet(&sender->window);
}

int64_t sender_overdue_ms(const struct sink_sender *sender)
{
    const struct entry *entry = lanes_oldest_due(&sender->window.lanes);
    if (!entry || !sender->is_active || sender->is_disabled || sender->breaker.is_open ||
        sender_is_resting(sender)) {
        return 0;
    }
    int64_t age_ms = now_of(sender) - entry->due_at_ms;
    return age_ms > 0 ? age_ms : 0;
}
