// Waiting until polls and deliveries came to rest: for a drain, and for a single run.

#include <errno.h>
#include <event2/event.h>

#include "bridge/base/clock.h"
#include "bridge/base/log.h"
#include "bridge/deliver/dispatcher.h"
#include "bridge/engine/engine-state.h"
#include "bridge/poll/poller.h"

// How often a wait looks whether everything came to rest.
#define WAIT_STEP_MS 20

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

int engine_rest_init(struct engine *engine)
{
    engine->wait_timer = event_new(engine->base, -1, EV_PERSIST, on_wait_step, engine);
    return engine->wait_timer ? 0 : -ENOMEM;
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
