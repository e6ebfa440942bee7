#include <stdlib.h>
#include <string.h>

#include "bridge/base/log.h"
#include "bridge/spi/sink.h"
#include "tests/unit/deliver/fakes-inside.h"

#define QUIET_PASSES 6

static size_t moves;

void fake_moved(void)
{
    moves++;
}

static int64_t wall(void *ctx)
{
    const struct world *world = ctx;
    return world->wall_ms;
}

static int64_t mono(void *ctx)
{
    const struct world *world = ctx;
    return world->mono_ms;
}

// What an observer hears of is durable already.
static void on_attempt(void *userdata, const struct delivery *delivery,
                       const struct attempt *attempt)
{
    struct world *world = userdata;
    world->observed++;
    const struct fake_row *row = world_row(world, delivery->id);
    if (row->attempts != attempt->number || row->state != attempt->state ||
        delivery->state != attempt->state) {
        world->observed_unstored++;
    }
}

void world_open(struct world *world)
{
    log_init(LOG_LOGFMT, LOG_ERROR, -1);
    *world = (struct world){ .wall_ms = WORLD_WALL_MS, .mono_ms = 1000 };
    world->clock = (struct clock){ .wall_ms = wall, .mono_ms = mono, .ctx = world };
    world->base = event_base_new();
    assert_non_null(world->base);
    assert_int_equal(metrics_new(&world->metrics), 0);
    fake_store_open(&world->store, world->base);
    fake_net_open(world->base);
}

void world_close(struct world *world)
{
    world_end_dispatcher(world);
    fake_net_close();
    fake_store_close(&world->store);
    (void)metrics_free(world->metrics);
    event_base_free(world->base);
    assert_int_equal(world->observed_unstored, 0);
}

int world_setup(void **state)
{
    static struct world world;
    world_open(&world);
    *state = &world;
    return 0;
}

int world_teardown(void **state)
{
    world_close(*state);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct sink_settings *)a)->name, ((const struct sink_settings *)b)->name);
}

static void fill_sink(struct sink_settings *sink, const struct sink_spec *spec)
{
    static const int64_t schedule_ms[] = { 5000, 300000, 1800000 };
    sink->name = strdup(spec->name);
    sink->driver = spec->is_stream ? &fake_stream_driver : &fake_http_driver;
    sink->driver_settings = calloc(1, 1);
    sink->limits.in_flight = spec->in_flight;
    sink->limits.rate = spec->rate;
    sink->limits.per_ms = 1000;
    sink->ordering = spec->ordering;
    sink->disable_after_ms = INT64_C(5) * 24 * 3600 * 1000;
    sink->retry.final_statuses.v = calloc(1, sizeof(struct status_range));
    sink->retry.final_statuses.n = 1;
    sink->retry.final_statuses.v[0] = (struct status_range){ 410, 410 };
    if (!spec->no_retry) {
        sink->retry.schedule.v_ms = malloc(sizeof(schedule_ms));
        memcpy(sink->retry.schedule.v_ms, schedule_ms, sizeof(schedule_ms));
        sink->retry.schedule.n = ARRAY_LEN(schedule_ms);
    }
}

void world_apply(struct world *world, const struct sink_spec *sinks, size_t n)
{
    struct settings *settings = calloc(1, sizeof(*settings));
    assert_non_null(settings);
    settings->refs = 1;
    settings->sinks = calloc(n + 1, sizeof(*settings->sinks));
    settings->sink_count = n;
    for (size_t i = 0; i < n; i++) {
        fill_sink(&settings->sinks[i], &sinks[i]);
    }
    qsort(settings->sinks, n, sizeof(*settings->sinks), by_name);
    assert_int_equal(
        dispatcher_apply(world->dispatcher, settings, &world->depth, world->depth.sink ? 1 : 0), 0);
    world->depth = (struct sink_depth){ 0 };
    (void)settings_unref(settings); // the dispatcher holds its own
}

void world_dispatcher(struct world *world, const struct sink_spec *sinks, size_t n)
{
    world->observer = (struct observer){ .on_attempt = on_attempt, .userdata = world };
    const struct dispatcher_parts parts = {
        .base = world->base,
        .clock = &world->clock,
        .store = &world->store.store,
        .metrics = world->metrics,
        .observer = &world->observer,
        .make_deliveries = world->make_deliveries,
    };
    assert_int_equal(dispatcher_new(&world->dispatcher, &parts), 0);
    world_apply(world, sinks, n);
    assert_int_equal(dispatcher_start(world->dispatcher), 0);
    world_run(world);
}

void world_end_dispatcher(struct world *world)
{
    world->dispatcher = dispatcher_free(world->dispatcher);
}

void world_run(struct world *world)
{
    size_t quiet = 0;
    while (quiet < QUIET_PASSES) {
        size_t before = moves;
        (void)event_base_loop(world->base, EVLOOP_NONBLOCK);
        quiet = moves == before ? quiet + 1 : 0;
    }
}

void world_pass(struct world *world, int64_t ms)
{
    world->wall_ms += ms;
    world->mono_ms += ms;
    // The loop's own timers do not know the clock of the test: starting again looks at it anew.
    if (world->dispatcher) {
        assert_int_equal(dispatcher_start(world->dispatcher), 0);
    }
    world_run(world);
}

int64_t world_add(struct world *world, const char *sink, const char *lane, bool tell)
{
    int64_t id = fake_store_add(&world->store, sink, lane, world->wall_ms);
    if (tell) {
        struct delivery_list list = { .v = calloc(1, sizeof(struct delivery)), .n = 1 };
        assert_non_null(list.v);
        fake_delivery(world_row(world, id), &list.v[0]);
        dispatcher_take(world->dispatcher, &list);
        assert_int_equal(list.n, 0);
    }
    return id;
}

struct fake_row *world_row(struct world *world, int64_t id)
{
    return &world->store.rows[id - 1];
}

size_t world_count(struct world *world, const char *sink, enum delivery_state state)
{
    size_t n = 0;
    for (size_t i = 0; i < world->store.n; i++) {
        const struct fake_row *row = &world->store.rows[i];
        n += row->state == state && strcmp(row->sink, sink) == 0;
    }
    return n;
}
