// How the parts of the engine are made and what they are told of each other.

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
#include "bridge/engine/engine-state.h"
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

// The configuration of the file becomes the one in force, with the sinks of the API.
static int make_registry(struct engine *engine, struct problem **reterr)
{
    const struct sink_registry_parts parts = {
        .base = engine->base,
        .clock = engine->clock,
        .store = engine->store,
        .drivers = engine->options.drivers,
        .apply = engine_apply_composed,
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

int engine_make_parts(struct engine *engine, struct problem **reterr)
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
