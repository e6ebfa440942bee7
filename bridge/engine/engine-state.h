#pragma once
// The inside of the engine, for its own files.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/engine/engine.h"
#include "bridge/engine/sink-actions.h"
#include "bridge/spi/control.h"
#include "bridge/spi/sink-admin.h"
#include "bridge/spi/sink-control.h"

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

// ---- engine-parts.c ----
int engine_make_parts(struct engine *engine, struct problem **reterr) MUST_CHECK;
// A configuration with the sinks of the API in it comes in force.
int engine_apply_composed(struct settings *settings, void *engine) MUST_CHECK;

// ---- engine-rest.c ----
int engine_rest_init(struct engine *engine) MUST_CHECK; // 0 or -ENOMEM
