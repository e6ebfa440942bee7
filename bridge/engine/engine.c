#include "bridge/engine/engine.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "bridge/api/server.h"
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
#include "bridge/poll/poller.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/store.h"

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
    int r = engine_rest_init(engine);
    r = r ? r : engine_make_parts(engine, reterr);
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

int engine_apply_composed(struct settings *settings, void *userdata)
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
    r = r ? r : engine_apply_composed(composed, engine);
    if (r == 0 && engine->registry) {
        sink_registry_set_file(engine->registry, settings);
    }
    return r;
}

const char *engine_url(const struct engine *engine)
{
    return engine->server ? api_server_url(engine->server) : NULL;
}
