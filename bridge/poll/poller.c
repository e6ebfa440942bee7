#include "bridge/poll/poller.h"

#include <errno.h>
#include <event2/event.h>

#include "bridge/base/clock.h"
#include "bridge/base/heap.h"
#include "bridge/base/log.h"
#include "bridge/base/metrics.h"
#include "bridge/model/observer.h"
#include "bridge/poll/auth-sessions.h"
#include "bridge/poll/backoff.h"
#include "bridge/poll/host-gate.h"
#include "bridge/poll/note-writer.h"
#include "bridge/poll/poll-log.h"
#include "bridge/poll/poll-metrics.h"
#include "bridge/poll/poll-source.h"
#include "bridge/poll/poll.h"
#include "bridge/poll/schedule.h"
#include "bridge/poll/source-list.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/store.h"

#define STARTS_PER_STEP   256 // then the loop sees to its other work
#define NO_MEMORY_WAIT_MS 1000
#define OVERDUE_MS        ((int64_t)60000) // beyond the interval

struct poller {
    struct poller_parts parts;
    struct poll_owner owner;
    struct settings *settings; // a reference
    struct source_list sources;
    struct auth_sessions sessions;
    struct host_gate *gate;
    struct note_writer *notes;
    struct poll_metrics metrics;
    struct heap due; // of sources that are not being polled, by id
    struct event *due_timer;
    struct event *gate_timer;
    size_t in_flight;
    bool running;

    // One run of all or one, without the schedule.
    size_t run_left;
    struct event *run_end;
    void (*run_done)(void *userdata);
    void *run_userdata;
};

static int64_t mono_ms(const struct poller *poller)
{
    return clock_mono_ms(poller->parts.clock);
}

static int64_t wall_ms(const struct poller *poller)
{
    return clock_wall_ms(poller->parts.clock);
}

static void arm(struct event *timer, int64_t wait_ms)
{
    const struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };
    if (evtimer_add(timer, &wait) != 0) {
        log_error("no memory for a timer; polls may come late");
    }
}

// ---- when ----

static struct schedule schedule_of(const struct poll_source *source)
{
    return (struct schedule){
        .hash = source->hash,
        .interval_ms = source->settings->interval_ms,
    };
}

static void arm_due(struct poller *poller)
{
    const struct heap_entry *top = heap_top(&poller->due);
    if (poller->running && top) {
        int64_t wait_ms = top->at_ms - mono_ms(poller);
        arm(poller->due_timer, wait_ms > 0 ? wait_ms : 0);
    }
}

static void put_due(struct poller *poller, struct poll_source *source, int64_t wait_ms)
{
    source->due_ms = schedule_round_up_ms(mono_ms(poller) + wait_ms);
    if (heap_put(&poller->due, source->id, source->due_ms) != 0) {
        log_error("no memory to schedule a source; a reload schedules it again",
                  LOG_STR("source", source->name));
    }
}

// The least distance to the poll before, because of what came of it.
static int64_t least_distance_ms(const struct poll_source *source)
{
    unsigned failures = source->state.failures;
    return failures > 0 ? backoff_interval_ms(source->settings->interval_ms, failures) : 0;
}

static bool has_missed(const struct poller *poller, const struct poll_source *source)
{
    const struct schedule schedule = schedule_of(source);
    return schedule_has_missed(&schedule, wall_ms(poller), source->state.last_poll_at_ms,
                               least_distance_ms(source));
}

// A source without a place: at the start, new in the configuration, or with another interval.
static void place(struct poller *poller, struct poll_source *source, size_t crowd)
{
    const struct schedule schedule = schedule_of(source);
    int64_t wait_ms = has_missed(poller, source) ? schedule_spread_ms(&schedule, crowd)
                                                 : schedule_wait_ms(&schedule, wall_ms(poller), 0);
    put_due(poller, source, wait_ms);
}

static bool needs_place(struct poller *poller, const struct poll_source *source)
{
    if (!source->settings || source->poll) {
        return false;
    }
    bool too_late = source->due_ms > mono_ms(poller) + source->settings->interval_ms &&
                    source->state.failures == 0;
    return !heap_contains(&poller->due, source->id) || too_late;
}

static void place_all(struct poller *poller)
{
    size_t crowd = 0;
    for (size_t i = 0; i < poller->sources.n; i++) {
        struct poll_source *source = poller->sources.v[i];
        if (!source->settings) {
            heap_remove(&poller->due, source->id);
        } else if (needs_place(poller, source) && has_missed(poller, source)) {
            crowd++;
        }
    }
    for (size_t i = 0; i < poller->sources.n; i++) {
        if (needs_place(poller, poller->sources.v[i])) {
            place(poller, poller->sources.v[i], crowd);
        }
    }
    arm_due(poller);
}

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

static int64_t next_wait_ms(struct poller *poller, const struct poll_source *source,
                            const struct poll_end *end)
{
    const struct schedule schedule = schedule_of(source);
    int64_t least_ms = end->wait_ms;
    if (end->pace == POLL_BY_BACKOFF && least_distance_ms(source) > least_ms) {
        least_ms = least_distance_ms(source);
    }
    return schedule_wait_ms(&schedule, wall_ms(poller), least_ms);
}

static void report(struct poller *poller, const struct poll_source *source,
                   const struct poll_end *end, int64_t wait_ms)
{
    const struct observer *observer = poller->parts.observer;
    const struct poll_report whole = {
        .source = source->name,
        .result = end->result,
        .code = end->code,
        .detail = end->detail,
        .status = end->status,
        .duration_ms = end->duration_ms,
        .next_at_ms = wait_ms > 0 ? wall_ms(poller) + wait_ms : 0,
        .next_reason = poll_pace_name(end->pace),
        .events = end->events,
    };
    if (observer && observer->on_poll) {
        observer->on_poll(observer->userdata, &whole);
    }
}

static void leave_run(struct poller *poller, struct poll_source *source)
{
    if (source->is_in_run) {
        source->is_in_run = false;
        if (--poller->run_left == 0) {
            arm(poller->run_end, 0);
        }
    }
}

static void on_end(struct poll_source *source, const struct poll_end *end, void *userdata)
{
    struct poller *poller = userdata;
    int64_t wait_ms = 0;
    poller->in_flight--;
    if (source->settings) { // else a reload took it out meanwhile
        const struct schedule schedule = schedule_of(source);
        uint64_t missed =
            source->due_ms ? schedule_missed_turns(&schedule, source->due_ms, mono_ms(poller)) : 0;
        poll_metrics_count_missed(&poller->metrics, source, missed);
        wait_ms = next_wait_ms(poller, source, end);
    }
    poll_metrics_count(&poller->metrics, source, end);
    poll_log_end(source, end, wait_ms);
    report(poller, source, end, wait_ms);
    if (source->is_noted) {
        note_writer_remind(poller->notes, source);
    }
    if (source->settings && poller->running) {
        put_due(poller, source, wait_ms);
        arm_due(poller);
    }
    leave_run(poller, source);
}

static void on_due(evutil_socket_t fd, short what, void *userdata)
{
    struct poller *poller = userdata;
    int64_t now_ms = mono_ms(poller);
    const struct heap_entry *top;
    (void)fd;
    (void)what;
    for (int i = 0; i < STARTS_PER_STEP; i++) {
        top = heap_top(&poller->due);
        if (!top || top->at_ms > now_ms) {
            break;
        }
        struct poll_source *source = poller->sources.v[top->id];
        heap_remove(&poller->due, source->id);
        if (start_poll(poller, source) != 0) {
            put_due(poller, source, NO_MEMORY_WAIT_MS);
        }
    }
    arm_due(poller);
}

static void wake_gate_after(int64_t wait_ms, void *userdata)
{
    struct poller *poller = userdata;
    arm(poller->gate_timer, wait_ms);
}

static void on_gate(evutil_socket_t fd, short what, void *userdata)
{
    struct poller *poller = userdata;
    (void)fd;
    (void)what;
    host_gate_pump(poller->gate);
}

// ---- a run without the schedule ----

static void on_run_end(evutil_socket_t fd, short what, void *userdata)
{
    struct poller *poller = userdata;
    (void)fd;
    (void)what;
    poller->run_done(poller->run_userdata);
}

static void start_run(struct poller *poller, struct poll_source *source)
{
    if (start_poll(poller, source) != 0) {
        log_error("no memory to poll a source", LOG_STR("source", source->name));
        leave_run(poller, source);
    }
}

int poller_run_once(struct poller *poller, const char *name, void (*done)(void *userdata),
                    void *userdata)
{
    struct source_list *sources = &poller->sources;
    struct poll_source *one = name ? source_list_find(sources, name) : NULL;
    if (name && (!one || !one->settings)) {
        return -ENOENT;
    }
    poller->run_done = done;
    poller->run_userdata = userdata;
    poller->run_left = one ? 1 : sources->active;
    for (size_t i = 0; i < sources->n; i++) {
        sources->v[i]->is_in_run = one ? sources->v[i] == one : sources->v[i]->settings != NULL;
    }
    if (poller->run_left == 0) {
        arm(poller->run_end, 0);
    }
    for (size_t i = 0; i < sources->n; i++) {
        if (sources->v[i]->is_in_run) {
            start_run(poller, sources->v[i]);
        }
    }
    return 0;
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
    poller->due_timer = evtimer_new(base, on_due, poller);
    poller->gate_timer = evtimer_new(base, on_gate, poller);
    poller->run_end = evtimer_new(base, on_run_end, poller);
    if (!poller->due_timer || !poller->gate_timer || !poller->run_end) {
        return -ENOMEM;
    }
    int r = host_gate_new(&poller->gate, &gate);
    return r ? r : note_writer_new(&poller->notes, base, poller->parts.store, &poller->sources);
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
        .on_deliveries = parts->on_deliveries,
        .on_end = on_end,
        .userdata = poller,
    };
    poller->sessions.parts = (struct auth_session_parts){
        .clock = parts->clock,
        .http = parts->http,
        .gate = poller->gate,
    };
    poller->metrics.sources = &poller->sources;
    poller->metrics.gate = poller->gate;
    poller->metrics.clock = parts->clock;
}

static void give_deliveries(struct delivery_list *take, void *userdata)
{
    struct poller *poller = userdata;
    poller->parts.on_deliveries(take, poller->parts.userdata);
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
    poller->owner.on_deliveries = give_deliveries;
    if (parts->metrics) {
        r = metrics_add_collector(parts->metrics, poll_metrics_collect, &poller->metrics);
    }
    if (r == 0) {
        *ret = STEAL(poller);
    }
    return r;
}

static void free_timer(struct event *timer)
{
    if (timer) {
        event_free(timer);
    }
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
    auth_sessions_deinit(&poller->sessions);
    source_list_deinit(&poller->sources);
    (void)host_gate_free(poller->gate);
    heap_deinit(&poller->due);
    free_timer(poller->due_timer);
    free_timer(poller->gate_timer);
    free_timer(poller->run_end);
    (void)settings_unref(poller->settings);
    free(poller);
    return NULL;
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
    if (r == 0 && poller->running) {
        place_all(poller);
    }
    return r;
}

int poller_start(struct poller *poller)
{
    poller->running = true;
    place_all(poller);
    return 0;
}

void poller_stop(struct poller *poller)
{
    poller->running = false;
    (void)event_del(poller->due_timer);
    for (size_t i = 0; i < poller->sources.n; i++) {
        struct poll *poll = poller->sources.v[i]->poll;
        if (poll && !poll_is_answered(poll)) {
            (void)poll_free(poll);
            poller->in_flight--;
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
    int64_t now_ms = mono_ms(poller);
    *ret = (struct poller_health){ .sources = poller->sources.active };
    for (size_t i = 0; i < poller->sources.n; i++) {
        const struct poll_source *source = poller->sources.v[i];
        if (!source->settings || source->due_ms == 0) {
            continue;
        }
        int64_t late_ms = now_ms - source->due_ms - source->settings->interval_ms - OVERDUE_MS;
        ret->failing += source->state.failures > 0;
        ret->overdue += late_ms > 0;
        if (late_ms > ret->oldest_overdue_ms) {
            ret->oldest_overdue_ms = late_ms;
        }
    }
}
