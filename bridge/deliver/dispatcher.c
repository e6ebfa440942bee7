#include "bridge/deliver/dispatcher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/clock.h"
#include "bridge/base/metrics.h"
#include "bridge/deliver/attempt-log.h"
#include "bridge/deliver/dispatcher-state.h"
#include "bridge/deliver/settler.h"
#include "bridge/deliver/sink-sender.h"
#include "bridge/model/delivery.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/store.h"

static void on_settled(struct outcome *take, void *userdata)
{
    (void)userdata;
    sender_settled((struct attempt_run *)take);
}

static void outcome_free(struct outcome *outcome)
{
    (void)attempt_run_free((struct attempt_run *)outcome);
}

static void wake_all(void *userdata)
{
    struct dispatcher *dispatcher = userdata;
    for (size_t i = 0; i < dispatcher->senders.n; i++) {
        sender_wake(dispatcher->senders.v[i]);
    }
    start_gate_kick(&dispatcher->shared.gate);
}

static void collect(struct metrics_writer *writer, void *userdata)
{
    const struct dispatcher *dispatcher = userdata;
    size_t n = dispatcher->senders.n;
    AUTO_FREE struct counters_row *rows = calloc(n + 1, sizeof(*rows));
    if (!rows) {
        return;
    }
    int64_t now_ms = clock_wall_ms(dispatcher->parts.clock);
    for (size_t i = 0; i < n; i++) {
        const struct sink_sender *sender = dispatcher->senders.v[i];
        int64_t oldest_at_ms = window_oldest_at_ms(&sender->window);
        rows[i] = (struct counters_row){
            .sink = sender->name,
            .counters = &sender->counters,
            .waiting = sender->window.waiting,
            .held = sender->held,
            .is_disabled = sender->is_disabled,
            .is_open = sender->breaker.is_open,
            .oldest_age_ms = oldest_at_ms > 0 && oldest_at_ms < now_ms ? now_ms - oldest_at_ms : 0,
        };
    }
    counters_write(writer, rows, n);
    phases_write(writer, &dispatcher->shared.phases);
}

static void on_told(struct delivery_list *take, void *userdata)
{
    dispatcher_take(userdata, take);
}

static int make_teller(struct dispatcher *dispatcher)
{
    const struct teller_parts parts = {
        .base = dispatcher->parts.base,
        .clock = dispatcher->parts.clock,
        .store = dispatcher->parts.store,
        .make = dispatcher->parts.make_deliveries,
        .on_deliveries = on_told,
        .userdata = dispatcher,
    };
    return teller_new(&dispatcher->shared.teller, &parts);
}

int dispatcher_new(struct dispatcher **ret, const struct dispatcher_parts *parts)
{
    CLEANUP(dispatcher_freep) struct dispatcher *dispatcher = calloc(1, sizeof(*dispatcher));
    if (!dispatcher) {
        return -ENOMEM;
    }
    dispatcher->parts = *parts;
    dispatcher->shared = (struct sender_shared){
        .parts = &dispatcher->parts,
        .means = { .clock = parts->clock,
                   .http = parts->http,
                   .streams = parts->streams,
                   .brokers = parts->brokers },
        .coalescer = { .store = parts->store, .workers = parts->workers, .look = parts->coalesce },
    };
    const struct settler_parts settler = {
        .base = parts->base,
        .store = parts->store,
        .on_settled = on_settled,
        .on_recovered = wake_all,
        .outcome_free = outcome_free,
        .userdata = dispatcher,
    };
    int r = settler_new(&dispatcher->shared.settler, &settler);
    if (r == 0) {
        r = make_teller(dispatcher);
    }
    if (r == 0) {
        r = start_gate_init(&dispatcher->shared.gate, parts->base, parts->clock);
    }
    if (r == 0 && parts->metrics) {
        r = metrics_add_collector(parts->metrics, collect, dispatcher);
    }
    if (r == 0) {
        *ret = STEAL(dispatcher);
    }
    return r;
}

struct dispatcher *dispatcher_free(struct dispatcher *dispatcher)
{
    if (!dispatcher) {
        return NULL;
    }
    if (dispatcher->parts.metrics) {
        metrics_remove_collector(dispatcher->parts.metrics, collect, dispatcher);
    }
    // Outcomes first: they lead to their senders.
    (void)settler_free(dispatcher->shared.settler);
    (void)teller_free(dispatcher->shared.teller);
    for (size_t i = 0; i < dispatcher->senders.n; i++) {
        (void)sender_free(dispatcher->senders.v[i]);
    }
    free(dispatcher->senders.v);
    start_gate_deinit(&dispatcher->shared.gate);
    free(dispatcher);
    return NULL;
}

static struct sink_sender *find(const struct sender_list *list, const char *name)
{
    size_t from = 0;
    size_t to = list->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = strcmp(name, list->v[middle]->name);
        if (order == 0) {
            return list->v[middle];
        }
        if (order < 0) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    return NULL;
}

static int by_name(const void *a, const void *b)
{
    const struct sink_sender *const *left = a;
    const struct sink_sender *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

// Retired senders with nothing left to do.
static void sweep(struct sender_list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->n; i++) {
        struct sink_sender *sender = list->v[i];
        if (!sender->is_active && sender_is_idle(sender)) {
            (void)sender_free(sender);
        } else {
            list->v[kept++] = sender;
        }
    }
    list->n = kept;
}

// Senders for the sinks that have none yet, all of them or none.
static int make_senders(struct dispatcher *dispatcher, struct settings *settings)
{
    struct sender_list *list = &dispatcher->senders;
    size_t before = list->n;
    struct sink_sender **grown =
        reallocarray(list->v, before + settings->sink_count + 1, sizeof(struct sink_sender *));
    if (!grown) {
        return -ENOMEM;
    }
    list->v = grown;
    struct sender_list known = { .v = list->v, .n = before };
    size_t n = before;
    for (size_t i = 0; i < settings->sink_count; i++) {
        const struct sink_settings *sink = &settings->sinks[i];
        if (find(&known, sink->name)) {
            continue;
        }
        int r = sender_new(&list->v[n], &dispatcher->shared, settings, sink);
        if (r < 0) {
            while (n > before) {
                (void)sender_free(list->v[--n]);
            }
            return r;
        }
        n++;
    }
    list->n = n;
    qsort(list->v, n, sizeof(struct sink_sender *), by_name);
    return 0;
}

static void apply_depths(struct dispatcher *dispatcher, const struct sink_depth *depths, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct sink_sender *sender = find(&dispatcher->senders, depths[i].sink);
        if (sender) {
            sender_load(sender, &depths[i]);
        }
    }
}

int dispatcher_apply(struct dispatcher *dispatcher, struct settings *settings,
                     const struct sink_depth *depths, size_t n)
{
    sweep(&dispatcher->senders);
    int r = make_senders(dispatcher, settings);
    if (r < 0) {
        return r;
    }
    for (size_t i = 0; i < dispatcher->senders.n; i++) {
        struct sink_sender *sender = dispatcher->senders.v[i];
        const struct sink_settings *sink = settings_find_sink(settings, sender->name);
        if (sink) {
            sender_apply(sender, settings, sink);
        } else if (sender->is_active) {
            sender_retire(sender);
        }
    }
    teller_apply(dispatcher->shared.teller, settings);
    apply_depths(dispatcher, depths, n);
    return 0;
}

const struct sink_sender *dispatcher_find(const struct dispatcher *dispatcher, const char *sink)
{
    return find(&dispatcher->senders, sink);
}

int dispatcher_continue_events(struct dispatcher *dispatcher, const struct source_state *state)
{
    return teller_continue(dispatcher->shared.teller, state);
}

int dispatcher_enable(struct dispatcher *dispatcher, const char *sink, bool skip)
{
    struct sink_sender *sender = find(&dispatcher->senders, sink);
    return sender ? sender_enable(sender, skip) : -ENOENT;
}

int dispatcher_disable(struct dispatcher *dispatcher, const char *sink)
{
    struct sink_sender *sender = find(&dispatcher->senders, sink);
    return sender && sender->is_active ? sender_disable(sender) : -ENOENT;
}

int dispatcher_start(struct dispatcher *dispatcher)
{
    dispatcher->shared.is_running = true;
    settler_kick(dispatcher->shared.settler);
    wake_all(dispatcher);
    return 0;
}

void dispatcher_stop(struct dispatcher *dispatcher)
{
    dispatcher->shared.is_running = false;
}

size_t dispatcher_in_flight(const struct dispatcher *dispatcher)
{
    size_t n = settler_pending(dispatcher->shared.settler);
    for (size_t i = 0; i < dispatcher->senders.n; i++) {
        n += dispatcher->senders.v[i]->in_flight;
    }
    return n;
}

void dispatcher_take(struct dispatcher *dispatcher, struct delivery_list *take)
{
    for (size_t i = 0; i < take->n; i++) {
        struct delivery *delivery = &take->v[i];
        if (delivery->state == DELIVERY_FAILED && delivery->encoded.error) {
            attempt_log_born_failed(delivery);
        }
        struct sink_sender *sender = find(&dispatcher->senders, delivery->sink);
        bool is_waiting =
            delivery->state == DELIVERY_PENDING || delivery->state == DELIVERY_RETRYING;
        // A sink that is gone finds its deliveries in the store when it comes back.
        if (sender && sender->is_active && is_waiting) {
            sender_take(sender, delivery);
        } else if (sender && delivery->state == DELIVERY_HELD) {
            sender_count_held(sender);
        }
    }
    delivery_list_deinit(take);
}

void dispatcher_added(struct dispatcher *dispatcher, const char *sink,
                      const struct recovery_outcome *added)
{
    struct sink_sender *sender = find(&dispatcher->senders, sink);
    if (sender) {
        sender_added(sender, added);
    }
}

void dispatcher_get_health(const struct dispatcher *dispatcher, struct dispatcher_health *ret)
{
    *ret = (struct dispatcher_health){ 0 };
    for (size_t i = 0; i < dispatcher->senders.n; i++) {
        const struct sink_sender *sender = dispatcher->senders.v[i];
        if (!sender->is_active) {
            continue;
        }
        ret->sinks++;
        ret->waiting += sender->window.waiting;
        int64_t overdue_ms = sender_overdue_ms(sender);
        if (overdue_ms > ret->oldest_waiting_ms) {
            ret->oldest_waiting_ms = overdue_ms;
        }
    }
}

bool dispatcher_is_idle(const struct dispatcher *dispatcher)
{
    for (size_t i = 0; i < dispatcher->senders.n; i++) {
        if (!sender_is_idle(dispatcher->senders.v[i])) {
            return false;
        }
    }
    return true;
}
