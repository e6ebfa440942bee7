#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "bridge/base/clock.h"
#include "bridge/base/log.h"
#include "bridge/base/metrics.h"
#include "bridge/base/str.h"
#include "bridge/model/failure.h"
#include "bridge/model/observer.h"
#include "bridge/model/suppression.h"
#include "bridge/poll/auth/renewals.h"
#include "bridge/poll/note-writer.h"
#include "bridge/poll/politeness/host-gate.h"
#include "bridge/poll/poll-log.h"
#include "bridge/poll/poll-source.h"
#include "bridge/poll/poll.h"
#include "bridge/poll/poller-state.h"
#include "bridge/spi/instances.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/store.h"

#define NO_MEMORY_WAIT_MS 1000

// ---- one poll ----

static int start_poll(struct poller *poller, struct poll_source *source)
{
    struct auth_session *session = NULL;
    int r = auth_sessions_find(&poller->sessions, source->settings, &session);
    if (r == 0) {
        poller->in_flight++; // before: it may end at once
        r = poll_start(&poller->owner, source, poller->settings, session);
        poller->in_flight -= r == 0 ? 0 : 1;
    }
    return r;
}

static int start_wake(struct poller *poller, struct poll_source *source)
{
    poller->in_flight++;
    int r = poll_start_wake(&poller->owner, source, poller->settings);
    poller->in_flight -= r == 0 ? 0 : 1;
    return r;
}

static void report(struct poller *poller, const struct poll_source *source,
                   const struct poll_end *end, const struct poll_rest *next)
{
    const struct observer *observer = poller->parts.observer;
    const struct poll_report whole = {
        .source = source->name,
        .result = end->result,
        .code = end->code,
        .detail = end->detail,
        .advice = end->code ? failure_find(end->code)->advice : NULL,
        .status = end->status,
        .duration_ms = end->duration_ms,
        .next_at_ms = next->wait_ms > 0 ? end->at.wall_ms + next->wait_ms : 0,
        .next_reason = poll_pace_name(next->pace),
        .next_words = poll_pace_words(next->pace),
        .events = end->events,
    };
    if (observer && observer->on_poll) {
        observer->on_poll(observer->userdata, &whole);
    }
}

// For people who ask why; what does not fit is missed, not waited for.
static void keep_suppressed(struct poll_source *source, struct suppression_list *take)
{
    if (!take || take->n == 0) {
        return;
    }
    if (!source->suppressed) {
        source->suppressed = calloc(1, sizeof(*source->suppressed));
    }
    if (source->suppressed && suppression_list_move(source->suppressed, take) == 0) {
        source->is_noted = true;
    }
}

static bool had_no_answer(const struct poll_end *end)
{
    return end->result == POLL_FAILED || end->result == POLL_THROTTLED;
}

// Sources may follow the items of this one.
static void tell_followers(struct poller *poller, const char *source)
{
    expansions_tell(&poller->expansions, source);
    if (poller->run.is_open && poller->expansions.pending > 0 && !poller->holds_run) {
        poller->holds_run = true;
        poll_run_hold(&poller->run);
    }
}

static void on_end(struct poll_source *source, const struct poll_end *end, void *userdata)
{
    struct poller *poller = userdata;
    struct poll_rest next = { 0 };
    bool was_asked = source->turn_ms == 0;
    poller->in_flight--;
    if (poll_source_is_scheduled(source) && !was_asked) {
        int64_t left_ms = source->turn_ms - end->at.mono_ms;
        next = (struct poll_rest){ .pace = source->pace, .wait_ms = left_ms > 0 ? left_ms : 0 };
    } else if (poll_source_is_scheduled(source)) { // else a reload or a person took it out
        poll_metrics_count_missed(&poller->metrics, source, due_list_missed(source, end->at));
        next = due_list_wait(source, end);
    }
    poll_metrics_count(&poller->metrics, source, end);
    poll_log_end(source, end, &next);
    source_memory_keep(&source->memory, end);
    keep_suppressed(source, end->suppressed);
    source->is_accepting &= !was_asked || had_no_answer(end);
    source->is_priming &= !was_asked || had_no_answer(end);
    report(poller, source, end, &next);
    if (source->is_noted) {
        note_writer_remind(poller->notes, source);
    }
    if (!poll_source_is_scheduled(source)) {
        source->due_ms = 0;
    } else if (poller->due.running) {
        due_list_put(&poller->due, source, &next, end->at);
    }
    if (source->settings && (end->result == POLL_BASELINE || end->result == POLL_CHANGED)) {
        tell_followers(poller, source->settings->name);
    }
    poll_run_leave(&poller->run, source);
}

static void on_due(struct poll_source *source, void *userdata)
{
    struct poller *poller = userdata;
    const struct poll_rest later = { .pace = source->pace, .wait_ms = NO_MEMORY_WAIT_MS };
    int r = source->turn_ms == 0 ? start_poll(poller, source) : start_wake(poller, source);
    if (r != 0) {
        due_list_put(&poller->due, source, &later, clock_now(poller->parts.clock));
    }
}

static void wake_gate_after(int64_t wait_ms, void *userdata)
{
    struct poller *poller = userdata;
    const struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };
    if (evtimer_add(poller->gate_timer, &wait) != 0) {
        log_error("no memory for a timer; polls may come late");
    }
}

static void on_gate(evutil_socket_t fd, short what, void *userdata)
{
    struct poller *poller = userdata;
    (void)fd;
    (void)what;
    host_gate_pump(poller->gate);
}

// ---- one poll of each ----

static void start_in_run(struct poller *poller, struct poll_source *source)
{
    if (!source->is_in_run || source->poll) { // a poll under way will do
        return;
    }
    due_list_remove(&poller->due, source);
    if (start_poll(poller, source) != 0) {
        log_error("no memory to poll a source", LOG_STR("source", source->name));
        poll_run_leave(&poller->run, source);
    }
}

static void begin_run(struct poller *poller)
{
    AUTO_FREE char *name = STEAL(poller->waiting_run.name);
    void (*done)(void *userdata) = STEAL(poller->waiting_run.done);
    poll_run_begin(&poller->run, &poller->sources, name, done, poller->waiting_run.userdata);
    poll_run_hold(&poller->run); // they may end at once
    for (size_t i = 0; i < poller->sources.n; i++) {
        start_in_run(poller, poller->sources.v[i]);
    }
    poll_run_release(&poller->run);
}

// Is there such a source, or could it be an instance of one?
static bool is_known(const struct poller *poller, const char *name)
{
    const struct poll_source *one = source_list_find(&poller->sources, name);
    AUTO_FREE char *source = strndup(name, strcspn(name, "{"));
    const struct source_settings *settings =
        source ? settings_find_source(poller->settings, source) : NULL;
    bool is_instance = settings && !str_eq(source, name);
    return (one && one->settings) || (settings && !is_instance) ||
           (is_instance && settings->for_each.source);
}

int poller_run_once(struct poller *poller, const char *name, void (*done)(void *userdata),
                    void *userdata)
{
    if (name && !is_known(poller, name)) {
        return -ENOENT;
    }
    poller->waiting_run = (struct run_request){
        .name = name ? strdup(name) : NULL,
        .done = done,
        .userdata = userdata,
    };
    if (name && !poller->waiting_run.name) {
        return -ENOMEM;
    }
    if (poller->expansions.pending == 0) {
        begin_run(poller);
    }
    return 0;
}

// ---- instances that follow the items of another source ----

static void on_instances(const struct source_settings *settings,
                         const struct instance_list *instances, void *userdata)
{
    struct poller *poller = userdata;
    size_t changes = 0;
    if (source_list_set_instances(&poller->sources, settings, instances, &changes) != 0) {
        log_error("no memory for the instances of a source; they stay as they were",
                  LOG_STR("source", settings->name));
        return;
    }
    poll_metrics_apply(&poller->metrics, poller->settings);
    departures_look(&poller->departures, poller->settings);
    if (changes > 0) {
        log_info("instances", LOG_STR("source", settings->name), LOG_INT("instances", instances->n),
                 LOG_INT("changes", changes));
    }
    if (poller->due.running) {
        due_list_place_all(&poller->due);
    }
    size_t from;
    size_t to = source_list_range(&poller->sources, settings->name, &from);
    for (; poller->run.is_open && from < to; from++) {
        struct poll_source *source = poller->sources.by_name[from];
        if (source->settings && source->memory.at_ms == 0) {
            poll_run_join(&poller->run, source);
            start_in_run(poller, source);
        }
    }
    tell_followers(poller, settings->name);
}

static void on_expanded(void *userdata)
{
    struct poller *poller = userdata;
    if (poller->holds_run) {
        poller->holds_run = false;
        poll_run_release(&poller->run);
    }
    if (poller->waiting_run.done) {
        begin_run(poller);
    }
}

// ---- the whole ----

static int make_parts(struct poller *poller)
{
    struct event_base *base = poller->parts.base;
    const struct host_gate_parts gate = {
        .clock = poller->parts.clock,
        .wake_after = wake_gate_after,
        .userdata = poller,
    };
    poller->gate_timer = evtimer_new(base, on_gate, poller);
    int r = poller->gate_timer ? due_list_init(&poller->due, base) : -ENOMEM;
    r = r ? r : poll_run_init(&poller->run, base);
    r = r ? r : expansions_init(&poller->expansions, base);
    r = r ? r : departures_init(&poller->departures, base);
    r = r ? r : poll_watchdog_init(&poller->watchdog, base);
    r = r ? r : host_gate_new(&poller->gate, &gate);
    r = r ? r : renewals_new(&poller->renewals, base, poller->parts.store);
    return r ? r : note_writer_new(&poller->notes, base, poller->parts.store, &poller->sources);
}

static void give_deliveries(struct delivery_list *take, void *userdata)
{
    struct poller *poller = userdata;
    poller->parts.on_deliveries(take, poller->parts.userdata);
}

static void on_clock_set(void *userdata)
{
    struct poller *poller = userdata;
    if (poller->due.running) {
        due_list_place_all(&poller->due);
    }
}

static void connect_parts(struct poller *poller)
{
    const struct poller_parts *parts = &poller->parts;
    poller->owner = (struct poll_owner){
        .base = parts->base,
        .clock = parts->clock,
        .http = parts->http,
        .workers = parts->workers,
        .store = parts->store,
        .gate = poller->gate,
        .observer = parts->observer,
        .on_deliveries = give_deliveries,
        .on_end = on_end,
        .userdata = poller,
    };
    poller->sessions.parts = (struct auth_session_parts){
        .clock = parts->clock,
        .http = parts->http,
        .gate = poller->gate,
        .renewals = poller->renewals,
        .counters = &poller->metrics.tokens,
    };
    poller->departures.clock = parts->clock;
    poller->departures.store = parts->store;
    poller->departures.sources = &poller->sources;
    poller->departures.due = &poller->due;
    poller->departures.expansions = &poller->expansions;
    poller->expansions.workers = parts->workers;
    poller->expansions.sources = &poller->sources;
    poller->expansions.on_instances = on_instances;
    poller->expansions.on_idle = on_expanded;
    poller->expansions.userdata = poller;
    poller->metrics.sources = &poller->sources;
    poller->metrics.gate = poller->gate;
    poller->metrics.clock = parts->clock;
    poller->watchdog.clock = parts->clock;
    poller->watchdog.sources = &poller->sources;
    poller->watchdog.on_clock_set = on_clock_set;
    poller->watchdog.userdata = poller;
    poller->due.clock = parts->clock;
    poller->due.sources = &poller->sources;
    poller->due.on_due = on_due;
    poller->due.userdata = poller;
}

int poller_new(struct poller **ret, const struct poller_parts *parts)
{
    CLEANUP(poller_freep) struct poller *poller = calloc(1, sizeof(*poller));
    if (!poller) {
        return -ENOMEM;
    }
    poller->parts = *parts;
    int r = make_parts(poller);
    if (r) {
        return r;
    }
    connect_parts(poller);
    if (parts->metrics) {
        r = metrics_add_collector(parts->metrics, poll_metrics_collect, &poller->metrics);
    }
    if (r == 0) {
        *ret = STEAL(poller);
    }
    return r;
}

struct poller *poller_free(struct poller *poller)
{
    if (!poller) {
        return NULL;
    }
    for (size_t i = 0; i < poller->sources.n; i++) {
        (void)poll_free(poller->sources.v[i]->poll);
    }
    if (poller->parts.metrics) {
        metrics_remove_collector(poller->parts.metrics, poll_metrics_collect, &poller->metrics);
    }
    (void)note_writer_free(poller->notes);
    expansions_deinit(&poller->expansions);
    departures_deinit(&poller->departures);
    auth_sessions_deinit(&poller->sessions);
    (void)renewals_free(poller->renewals);
    poll_metrics_deinit(&poller->metrics);
    source_list_deinit(&poller->sources);
    (void)host_gate_free(poller->gate);
    due_list_deinit(&poller->due);
    poll_watchdog_deinit(&poller->watchdog);
    poll_run_deinit(&poller->run);
    free(poller->waiting_run.name);
    if (poller->gate_timer) {
        event_free(poller->gate_timer);
    }
    (void)settings_unref(poller->settings);
    free(poller);
    return NULL;
}

int poller_load_renewals(struct poller *poller)
{
    return renewals_load(poller->renewals);
}

int poller_apply(struct poller *poller, struct settings *settings, struct source_notes *take_states)
{
    int r = take_states ? source_list_load(&poller->sources, take_states) : 0;
    r = r ? r : source_list_apply(&poller->sources, settings);
    if (r == 0) {
        struct settings *before = poller->settings;
        poller->settings = settings_ref(settings);
        r = auth_sessions_apply(&poller->sessions, settings);
        (void)settings_unref(before);
    }
    r = r ? r : host_gate_apply(poller->gate, settings);
    r = r ? r : expansions_apply(&poller->expansions, settings);
    if (r == 0) {
        poll_metrics_apply(&poller->metrics, settings);
        departures_look(&poller->departures, settings);
    }
    if (r == 0 && poller->due.running) {
        due_list_place_all(&poller->due);
    }
    return r;
}

// Hosts that rested when the last process ended rest on, also for sources that were not told so.
static void continue_rests(struct poller *poller)
{
    int64_t wall_now_ms = clock_wall_ms(poller->parts.clock);
    for (size_t i = 0; i < poller->sources.n; i++) {
        struct poll_source *source = poller->sources.v[i];
        bool of_lane =
            source->state.rest_by == POLL_BY_RETRY_AFTER || source->state.rest_by == POLL_BY_QUOTA;
        if (!source->settings || !of_lane || source->state.rest_until_ms == 0) {
            continue;
        }
        const struct poll_rest left = due_list_rest_left(source, wall_now_ms);
        if (left.wait_ms > 0 && poll_find_lane(poller->gate, source) == 0) {
            gate_continue_rest(source->lane, &left);
        }
    }
}

int poller_start(struct poller *poller)
{
    continue_rests(poller);
    due_list_place_all(&poller->due);
    due_list_start(&poller->due);
    poll_watchdog_start(&poller->watchdog);
    return 0;
}

void poller_stop(struct poller *poller)
{
    due_list_stop(&poller->due);
    departures_stop(&poller->departures);
    poll_watchdog_stop(&poller->watchdog);
    for (size_t i = 0; i < poller->sources.n; i++) {
        struct poll_source *source = poller->sources.v[i];
        if (source->poll && !poll_is_answered(source->poll)) {
            (void)poll_free(source->poll);
            poller->in_flight--;
            poll_run_leave(&poller->run, source);
        }
    }
}

size_t poller_in_flight(const struct poller *poller)
{
    return poller->in_flight;
}

int poller_flush(struct poller *poller, void (*done)(int result, void *userdata), void *userdata)
{
    note_writer_flush(poller->notes, done, userdata);
    return 0;
}

void poller_get_health(const struct poller *poller, struct poller_health *ret)
{
    int64_t now_ms = clock_mono_ms(poller->parts.clock);
    *ret = (struct poller_health){ .sources = poller->sources.active };
    for (size_t i = 0; i < poller->sources.n; i++) {
        const struct poll_source *source = poller->sources.v[i];
        if (!source->settings) {
            continue;
        }
        ret->failing += source->state.failures > 0;
        int64_t late_ms = poll_overdue_ms(source, now_ms);
        ret->overdue += late_ms > 0;
        if (late_ms > ret->oldest_overdue_ms) {
            ret->oldest_overdue_ms = late_ms;
        }
    }
}
