#include "bridge/engine/engine.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "bridge/api/server.h"
#include "bridge/base/buf.h"
#include "bridge/base/clock.h"
#include "bridge/base/log.h"
#include "bridge/base/metrics.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/base/workers.h"
#include "bridge/deliver/dispatcher.h"
#include "bridge/deliver/recoveries.h"
#include "bridge/deliver/sink-tests.h"
#include "bridge/engine/housekeeping.h"
#include "bridge/engine/sink-actions.h"
#include "bridge/engine/sink-registry.h"
#include "bridge/engine/sink-verify.h"
#include "bridge/net/brokers.h"
#include "bridge/net/http.h"
#include "bridge/net/stream.h"
#include "bridge/poll/digest/coalesce-look.h"
#include "bridge/poll/digest/deliveries.h"
#include "bridge/poll/digest/recovery-look.h"
#include "bridge/poll/poll-worker.h"
#include "bridge/poll/poller.h"
#include "bridge/poll/source-control.h"
#include "bridge/spi/auth.h"
#include "bridge/spi/control.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/sink-control.h"
#include "bridge/spi/store.h"
#include "bridge/store/dry-store.h"
#include "bridge/store/sqlite-store.h"

struct engine {
    struct event_base *base; // borrowed
    struct engine_options options;
    const struct clock *clock;
    struct settings *settings;
    struct store *store;
    struct metrics *metrics;
    struct workers *workers;
    struct http_client *http;
    struct stream_writer *streams;
    struct brokers *brokers;
    struct dispatcher *dispatcher;
    struct poller *poller;
    struct control control; // of the poller, for the API
    struct sink_control sinks;
    struct sink_registry *registry; // NULL: no sinks come through the API
    struct recoveries *recoveries;
    struct sink_tests *sink_tests;
    struct sink_verifies *sink_verifies;
    struct sink_actions sink_actions;
    struct sink_admin sink_admin; // of these, for the API
    struct api_server *server;
    struct housekeeping *housekeeping;

    // One wait at a time: a drain or the end of a single run.
    struct event *wait_timer;
    int64_t wait_until_ms; // monotonic
    bool run_under_way;
    bool draining;
    engine_done_fn done;
    void *done_userdata;
};

// How often a wait looks whether everything came to rest.
#define WAIT_STEP_MS 20

static void on_deliveries(struct delivery_list *take, void *userdata)
{
    struct engine *engine = userdata;

    if (!engine->options.dry) {
        dispatcher_take(engine->dispatcher, take);
        return;
    }
    if (engine->options.on_dry_deliveries) {
        engine->options.on_dry_deliveries(take, engine->options.userdata);
    }
    delivery_list_deinit(take);
}

static int open_store(struct engine *engine, struct problem **reterr)
{
    const char *path = engine->settings->store.path;
    int r = engine->options.dry
                ? dry_store_open(&engine->store, engine->base, path, reterr)
                : sqlite_store_open(&engine->store, engine->base,
                                    &(struct sqlite_store_settings){ .path = path }, reterr);

    return r < 0 && r != -ENOMEM ? ENGINE_E_STORE : r;
}

static int make_workers(struct engine *engine)
{
    const struct workers_settings settings = {
        .ctx_new = poll_worker_new,
        .ctx_free = poll_worker_free,
        .userdata = engine->store,
    };

    return workers_new(&engine->workers, engine->base, &settings);
}

static int make_network(struct engine *engine)
{
    const struct http_client_settings settings = {
        .user_agent = "pollbridge/" POLLBRIDGE_VERSION,
    };
    int r = http_client_new(&engine->http, engine->base, &settings);

    r = r ? r : stream_writer_new(&engine->streams, engine->base);
    r = r ? r : http_client_set_open_ranges(engine->http, &engine->settings->egress.open);
    return r ? r : brokers_new(&engine->brokers, engine->base);
}

static int apply_composed(struct settings *settings, void *userdata);

// The configuration of the file becomes the one in force, with the sinks of the API.
static int make_registry(struct engine *engine, struct problem **reterr)
{
    const struct sink_registry_parts parts = {
        .base = engine->base,
        .clock = engine->clock,
        .store = engine->store,
        .drivers = engine->options.drivers,
        .apply = apply_composed,
        .userdata = engine,
    };
    AUTO_SETTINGS struct settings *file = engine->settings;
    struct settings *composed = NULL;

    if (!engine->options.drivers) {
        file = NULL;
        return 0;
    }
    engine->settings = NULL;
    int r = sink_registry_new(&engine->registry, &parts);
    r = r ? r : sink_registry_load(engine->registry, file);
    r = r ? r : sink_registry_compose(engine->registry, file, &composed, reterr);
    engine->settings = composed;
    return r == -EINVAL ? ENGINE_E_CONFIG : r;
}

static int make_dispatcher(struct engine *engine)
{
    const struct dispatcher_parts parts = {
        .base = engine->base,
        .clock = engine->clock,
        .http = engine->http,
        .streams = engine->streams,
        .brokers = engine->brokers,
        .store = engine->store,
        .metrics = engine->metrics,
        .observer = engine->options.observer,
        .workers = engine->workers,
        .coalesce = coalesce_look,
        .make_deliveries = deliveries_make,
    };
    struct sink_depth *depths = NULL;
    size_t n = 0;
    int r = dispatcher_new(&engine->dispatcher, &parts);

    if (r) {
        return r;
    }
    engine->sinks = dispatcher_control(engine->dispatcher);
    r = engine->store->ops->load_depths(engine->store, &depths, &n);
    if (r == 0) {
        r = dispatcher_apply(engine->dispatcher, engine->settings, depths, n);
    }
    sink_depths_free(depths, n);
    return r;
}

// The daemon's own events about sinks continue where they ended.
static int continue_sink_events(struct engine *engine, const struct source_notes *states)
{
    for (size_t i = 0; i < states->n; i++) {
        if (str_eq(states->v[i].source, TELLER_STORE_NAME)) {
            return dispatcher_continue_events(engine->dispatcher, &states->v[i].state);
        }
    }
    return 0;
}

// Looking at renewed secrets is more than looking where nothing else is written: see dry-store.c.
static bool needs_renewals(const struct engine *engine)
{
    const struct settings *settings = engine->settings;

    for (size_t i = 0; engine->options.dry && i < settings->auth_count; i++) {
        const struct auth_settings *auth = &settings->auths[i];
        if (auth->driver->seed && auth->driver->seed(auth->driver_settings)) {
            return true;
        }
    }
    return !engine->options.dry;
}

static int make_poller(struct engine *engine)
{
    const struct poller_parts parts = {
        .base = engine->base,
        .clock = engine->clock,
        .http = engine->http,
        .workers = engine->workers,
        .store = engine->store,
        .metrics = engine->metrics,
        .observer = engine->options.observer,
        .on_deliveries = on_deliveries,
        .userdata = engine,
    };
    struct source_notes states = { 0 };
    int r = poller_new(&engine->poller, &parts);

    if (r == 0) {
        r = engine->store->ops->load_states(engine->store, &states);
    }
    r = r ? r : continue_sink_events(engine, &states);
    if (r == 0 && needs_renewals(engine)) {
        r = poller_load_renewals(engine->poller);
    }
    if (r) {
        return r;
    }
    engine->control = source_control_of(engine->poller);
    return poller_apply(engine->poller, engine->settings, &states);
}

static void append_reason(struct buf *why, const char *name, long long count, const char *words)
{
    if (buf_printf(why, "%s: %lld %s\n", name, count, words) != 0) {
        log_debug("out of memory while telling readiness");
    }
}

static bool is_ready(struct buf *why, void *userdata)
{
    const struct engine *engine = userdata;
    struct poller_health polls;
    struct dispatcher_health outbox;
    bool ready = true;

    poller_get_health(engine->poller, &polls);
    dispatcher_get_health(engine->dispatcher, &outbox);
    if (engine->draining) {
        append_reason(why, "shutdown", 1, "shutdown under way");
        ready = false;
    }
    if (polls.overdue > 0) {
        append_reason(why, "polls", (long long)polls.overdue,
                      "sources are overdue by more than their interval and a minute");
        ready = false;
    }
    if (outbox.oldest_waiting_ms > HOUSEKEEPING_OUTBOX_OVERDUE_MS) {
        append_reason(why, "outbox", (long long)(outbox.oldest_waiting_ms / 1000),
                      "seconds is how long the oldest due delivery waits");
        ready = false;
    }
    return ready;
}

static const struct settings *settings_in_force(void *userdata)
{
    const struct engine *engine = userdata;

    return engine->settings;
}

static void on_recovered(const char *sink, const struct recovery_outcome *added, void *userdata)
{
    struct engine *engine = userdata;

    dispatcher_added(engine->dispatcher, sink, added);
}

static struct settings *get_settings(void *userdata)
{
    struct engine *engine = userdata;

    return engine->settings;
}

static int load_recoveries(struct engine *engine)
{
    struct recovery_list list = { 0 };
    int r = engine->store->ops->load_recoveries(engine->store, &list);

    r = r ? r : recoveries_load(engine->recoveries, &list);
    recoveries_apply(engine->recoveries, engine->settings);
    return r;
}

static int make_sink_actions(struct engine *engine)
{
    const struct recoveries_parts recoveries = {
        .base = engine->base,
        .clock = engine->clock,
        .store = engine->store,
        .workers = engine->workers,
        .look = recovery_look,
        .on_added = on_recovered,
        .userdata = engine,
    };
    const struct sink_tests_parts tests = {
        .workers = engine->workers,
        .means = { .clock = engine->clock,
                   .http = engine->http,
                   .streams = engine->streams,
                   .brokers = engine->brokers },
        .make = recovery_make,
    };

    if (!engine->registry) {
        return 0;
    }
    int r = recoveries_new(&engine->recoveries, &recoveries);
    r = r ? r : load_recoveries(engine);
    r = r ? r : sink_tests_new(&engine->sink_tests, &tests);
    r = r ? r
          : sink_verifies_new(&engine->sink_verifies,
                              &(struct sink_verifies_parts){ engine->clock, engine->http });
    engine->sink_actions = (struct sink_actions){
        .dispatcher = engine->dispatcher,
        .recoveries = engine->recoveries,
        .registry = engine->registry,
        .tests = engine->sink_tests,
        .verifies = engine->sink_verifies,
        .settings = get_settings,
        .userdata = engine,
    };
    engine->sink_admin = sink_actions_admin(&engine->sink_actions);
    return r;
}

static int make_listener(struct engine *engine, struct problem **reterr)
{
    const char *listen = engine->settings->server.listen;
    const struct api_server_parts parts = {
        .base = engine->base,
        .metrics = engine->metrics,
        .workers = engine->workers,
        .is_ready = is_ready,
        .userdata = engine,
        .store = engine->store,
        .control = &engine->control,
        .sinks = &engine->sinks,
        .sink_admin = &engine->sink_admin,
        .settings = settings_in_force,
    };

    if (engine->options.dry || engine->options.no_listener || str_eq(listen, "off")) {
        return 0;
    }
    int r = api_server_new(&engine->server, listen, &parts, reterr);
    if (r == 0) {
        size_t len = 0;
        const struct sockaddr *own = api_server_address(engine->server, &len);
        http_client_set_own_address(engine->http, own, len);
    }
    return r == 0 || r == -ENOMEM ? r : ENGINE_E_LISTEN;
}

static int make_parts(struct engine *engine, struct problem **reterr)
{
    int r = open_store(engine, reterr);

    r = r ? r : metrics_new(&engine->metrics);
    r = r ? r : make_workers(engine);
    r = r ? r : make_network(engine);
    r = r ? r : make_registry(engine, reterr);
    r = r ? r : make_dispatcher(engine);
    r = r ? r : make_poller(engine);
    r = r ? r : make_sink_actions(engine);
    r = r ? r : make_listener(engine, reterr);
    return r;
}

static void on_wait_step(evutil_socket_t fd, short what, void *userdata);

int engine_new(struct engine **ret, struct event_base *base, struct settings *settings,
               const struct engine_options *options, struct problem **reterr)
{
    CLEANUP(engine_freep) struct engine *engine = calloc(1, sizeof(*engine));

    if (!engine) {
        return -ENOMEM;
    }
    engine->base = base;
    engine->options = *options;
    engine->clock = options->clock ? options->clock : &clock_system;
    engine->settings = settings_ref(settings);
    engine->wait_timer = event_new(base, -1, EV_PERSIST, on_wait_step, engine);
    if (!engine->wait_timer) {
        return -ENOMEM;
    }
    int r = make_parts(engine, reterr);
    if (r) {
        return r;
    }
    *ret = STEAL(engine);
    return 0;
}

struct engine *engine_free(struct engine *engine)
{
    if (!engine) {
        return NULL;
    }
    // Outside in: first nobody can ask, then nothing new is made, then what carries it goes.
    api_server_free(engine->server);
    housekeeping_free(engine->housekeeping);
    sink_verifies_free(engine->sink_verifies);
    sink_tests_free(engine->sink_tests);
    recoveries_free(engine->recoveries);
    sink_registry_free(engine->registry);
    poller_free(engine->poller);
    dispatcher_free(engine->dispatcher);
    http_client_free(engine->http);
    stream_writer_free(engine->streams);
    brokers_free(engine->brokers);
    workers_free(engine->workers);
    if (engine->store) {
        engine->store->ops->close(engine->store);
    }
    metrics_free(engine->metrics);
    if (engine->wait_timer) {
        event_free(engine->wait_timer);
    }
    settings_unref(engine->settings);
    free(engine);
    return NULL;
}

int engine_start(struct engine *engine)
{
    const struct housekeeping_parts parts = {
        .base = engine->base,
        .clock = engine->clock,
        .store = engine->store,
        .metrics = engine->metrics,
        .http = engine->http,
        .retention = &engine->settings->store.retention,
    };
    int r = dispatcher_start(engine->dispatcher);

    r = r ? r : poller_start(engine->poller);
    return r ? r : housekeeping_new(&engine->housekeeping, &parts);
}

static void tell_what_needs_a_restart(const struct settings *old, const struct settings *new)
{
    if (!str_eq(old->store.path, new->store.path)) {
        log_warn("store.path changes at the next restart", LOG_STR("in_use", old->store.path));
    }
    if (!str_eq(old->server.listen, new->server.listen)) {
        log_warn("server.listen changes at the next restart",
                 LOG_STR("in_use", old->server.listen));
    }
}

static int apply_composed(struct settings *settings, void *userdata)
{
    struct engine *engine = userdata;
    int r = dispatcher_apply(engine->dispatcher, settings, NULL, 0);

    r = r ? r : poller_apply(engine->poller, settings, NULL);
    r = r ? r : http_client_set_open_ranges(engine->http, &settings->egress.open);
    if (r) {
        return r;
    }
    if (engine->recoveries) {
        recoveries_apply(engine->recoveries, settings);
    }
    if (engine->housekeeping) {
        housekeeping_set_retention(engine->housekeeping, &settings->store.retention);
    }
    (void)settings_unref(engine->settings);
    engine->settings = settings_ref(settings);
    return 0;
}

int engine_apply(struct engine *engine, struct settings *settings, struct problem **reterr)
{
    AUTO_SETTINGS struct settings *composed = NULL;
    int r = 0;

    tell_what_needs_a_restart(engine->settings, settings);
    if (engine->registry) {
        r = sink_registry_compose(engine->registry, settings, &composed, reterr);
    } else {
        composed = settings_ref(settings);
    }
    r = r ? r : apply_composed(composed, engine);
    if (r == 0 && engine->registry) {
        sink_registry_set_file(engine->registry, settings);
    }
    return r;
}

// ---- waiting for rest ----

static void finish_wait(struct engine *engine)
{
    engine_done_fn done = engine->done;

    engine->done = NULL;
    (void)event_del(engine->wait_timer);
    done(engine->done_userdata);
}

static void on_flushed(int result, void *userdata)
{
    struct engine *engine = userdata;

    if (result) {
        log_warn("the last poll times were not stored; nothing is lost, they are asked anew",
                 LOG_INT("errno", -result));
    }
    finish_wait(engine);
}

static bool is_at_rest(const struct engine *engine)
{
    if (engine->draining) {
        return poller_in_flight(engine->poller) == 0 &&
               dispatcher_in_flight(engine->dispatcher) == 0;
    }
    // A dry engine never starts its dispatcher, which then never learns that nothing waits.
    return !engine->run_under_way &&
           (engine->options.dry || dispatcher_is_idle(engine->dispatcher));
}

static void on_wait_step(evutil_socket_t fd, short what, void *userdata)
{
    struct engine *engine = userdata;

    (void)fd;
    (void)what;
    if (!is_at_rest(engine) && clock_mono_ms(engine->clock) < engine->wait_until_ms) {
        return;
    }
    (void)event_del(engine->wait_timer);
    if (poller_flush(engine->poller, on_flushed, engine) != 0) {
        on_flushed(-ENOMEM, engine);
    }
}

static void begin_wait(struct engine *engine, int64_t grace_ms, engine_done_fn done, void *userdata)
{
    const struct timeval step = { .tv_usec = WAIT_STEP_MS * 1000 };

    engine->done = done;
    engine->done_userdata = userdata;
    engine->wait_until_ms = clock_mono_ms(engine->clock) + grace_ms;
    (void)event_add(engine->wait_timer, &step);
}

void engine_drain(struct engine *engine, int64_t grace_ms, engine_done_fn done, void *userdata)
{
    engine->draining = true;
    poller_stop(engine->poller);
    dispatcher_stop(engine->dispatcher);
    begin_wait(engine, grace_ms, done, userdata);
}

static void on_run_done(void *userdata)
{
    struct engine *engine = userdata;

    engine->run_under_way = false;
}

int engine_run_once(struct engine *engine, const char *name, int64_t grace_ms, engine_done_fn done,
                    void *userdata)
{
    int r = engine->options.dry ? 0 : dispatcher_start(engine->dispatcher);

    r = r ? r : poller_run_once(engine->poller, name, on_run_done, engine);
    if (r) {
        return r;
    }
    engine->run_under_way = true;
    begin_wait(engine, grace_ms, done, userdata);
    return 0;
}

const char *engine_url(const struct engine *engine)
{
    return engine->server ? api_server_url(engine->server) : NULL;
}
