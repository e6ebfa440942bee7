#pragma once
// The daemon put together: store, workers, HTTP client, poller, dispatcher and API listener around
// one libevent loop, under one configuration. Loop thread only.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct clock;
struct delivery_list;
struct drivers;
struct engine;
struct event_base;
struct observer;
struct problem;
struct settings;

struct engine_options {
    const struct clock *clock;       // NULL: the system's
    const struct observer *observer; // NULL: nobody watches; borrowed
    const struct drivers *drivers;   // for sinks that come through the API; NULL: there are none
    bool dry;         // look at the store, write nothing, send nothing, listen nowhere (`test`)
    bool no_listener; // do not open the API listener (`once`)
    // With `dry`: the deliveries that would have been sent; borrowed for the call.
    void (*on_dry_deliveries)(const struct delivery_list *deliveries, void *userdata);
    void *userdata;
};

enum {
    ENGINE_E_STORE = 1, // the store cannot be opened
    ENGINE_E_LISTEN,    // the API listener cannot be opened
    ENGINE_E_CONFIG,    // the configuration contradicts what is in the store
};

// Opens everything, nothing moves yet. Takes a reference on the settings.
int engine_new(struct engine **ret, struct event_base *base, struct settings *settings,
               const struct engine_options *options, struct problem **reterr) MUST_CHECK;
// Closes everything; what is under way is dropped and continues at the next start. Accepts NULL.
struct engine *engine_free(struct engine *engine);
DEFINE_CLEANUP(engine)

int engine_start(struct engine *engine) MUST_CHECK; // polls and deliveries begin
// A new configuration, without losing anything. The store's path and the listener's address stay
// as they are until a restart; a log line says so when the file asks for others.
// -EINVAL with words: it contradicts the sinks of the API; the one before stays in force.
int engine_apply(struct engine *engine, struct settings *settings,
                 struct problem **reterr) MUST_CHECK;

// Stops new polls and attempts, lets those under way finish for at most grace_ms, writes pending
// notes, then calls done (asynchronously), once.
typedef void (*engine_done_fn)(void *userdata);
void engine_drain(struct engine *engine, int64_t grace_ms, engine_done_fn done, void *userdata);

// Polls every source (name NULL) or one of them once, now, and waits for the deliveries of these
// polls to be tried once, for at most grace_ms. -ENOENT: no such source.
int engine_run_once(struct engine *engine, const char *name, int64_t grace_ms, engine_done_fn done,
                    void *userdata) MUST_CHECK;

// "http://127.0.0.1:8080"; NULL without a listener. Borrowed.
const char *engine_url(const struct engine *engine);
