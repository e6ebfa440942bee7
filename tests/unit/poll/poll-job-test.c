// What a worker makes of one poll: the digest, the events about the source itself, the deliveries.

#include "tests/unit/poll/support.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/model/instance.h"
#include "bridge/poll/poll-job.h"
#include "bridge/poll/poll-worker.h"
#include "bridge/spi/sink.h"
#include "bridge/spi/store.h"

#define MINUTE INT64_C(60000)

static const struct rules_text by_id = { .items = ".[]", .key = { ".id" } };

// A store that knows what the bench knows.
struct fake_store {
    struct store store; // first
    struct bench *bench;
    unsigned reads;
};

struct store_reader {
    struct fake_store *store;
};

static int reader_snapshot(struct store_reader *reader, const char *source, struct snapshot *ret)
{
    const struct bench *bench = reader->store->bench;
    reader->store->reads++;
    assert_string_equal(source, bench->source.name);
    return bytes_dup(&ret->document, bench->stored.document.data, bench->stored.document.len);
}

static const struct store_ops ops = { .reader_snapshot = reader_snapshot };
static const struct sink_driver sink_driver = { .name = "plain" };
static char sink_name[] = "ops";
static struct sink_settings sinks[] = { { .name = sink_name, .driver = &sink_driver } };

struct world {
    struct bench bench;
    struct instance *instance;
    struct settings settings; // never freed: its last reference stays
    struct fake_store store;
    struct store_reader reader;
    struct worker worker;
    struct poll_job *job;
};

static void world_init(struct world *world)
{
    memset(world, 0, sizeof(*world));
    bench_init(&world->bench, "orders", &by_id);
    assert_int_equal(instance_new(&world->instance, "orders", NULL, NULL), 0);
    world->settings = (struct settings){ .refs = 1, .sinks = sinks, .sink_count = 1 };
    world->store = (struct fake_store){ .store.ops = &ops, .bench = &world->bench };
    world->reader.store = &world->store;
    world->worker = (struct worker){ .expressions = world->bench.context,
                                     .store = &world->store.store,
                                     .reader = &world->reader };
}

static void world_deinit(struct world *world)
{
    (void)poll_job_free(world->job);
    (void)instance_unref(world->instance);
    assert_int_equal(world->settings.refs, 1);
    bench_deinit(&world->bench);
}
#define AUTO_WORLD CLEANUP(world_deinit)

static struct poll_job *job_new(struct world *world, enum poll_job_kind kind)
{
    (void)poll_job_free(STEAL(world->job));
    assert_int_equal(poll_job_new(&world->job, &world->settings, &world->bench.source,
                                  world->instance, &world->bench.state),
                     0);
    world->job->kind = kind;
    world->job->now_ms = world->bench.now_ms;
    return world->job;
}

static void run(struct world *world, const char *events)
{
    poll_job_run(&world->job->work, &world->worker);
    assert_int_equal(world->job->error, 0);
    assert_events(&world->job->outcome, events);
    const struct event_list *told = &world->job->outcome.events;
    assert_int_equal(world->job->deliveries.n, told->n); // one sink, which wants all
    for (size_t i = 0; i < told->n; i++) {
        assert_string_equal(world->job->deliveries.v[i].event_id, told->v[i].id);
        assert_int_equal(told->v[i].sequence, world->bench.state.sequence + 1 + (int64_t)i);
    }
}

static void run_digest(struct world *world, const char *body, const char *events)
{
    struct poll_job *job = job_new(world, POLL_JOB_DIGEST);
    assert_int_equal(bytes_dup(&job->response.body, body, strlen(body)), 0);
    run(world, events);
}

static void run_trouble(struct world *world, bool failed, const char *events)
{
    struct poll_job *job = job_new(world, POLL_JOB_TROUBLE);
    job->failed = failed;
    job->code = strdup("http_status");
    job->detail = strdup("502");
    run(world, events);
    assert_int_equal(job->outcome.result, DIGEST_FAILED);
    assert_string_equal(job->outcome.code, "http_status");
}

static void a_changed_answer_is_compared_with_what_the_store_has(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    run_digest(&world, "[{\"id\":1}]", "");
    assert_int_equal(world.store.reads, 0);
    bench_commit(&world.bench, &world.job->outcome);
    run_digest(&world, "[{\"id\":1},{\"id\":2}]", "item.created 2");
    assert_int_equal(world.store.reads, 1);
    assert_string_equal(world.job->deliveries.v[0].lane, "2");
}

// By status or by content: the third failure in a row is told, the others are not.
static void the_third_failure_is_told_whatever_failed(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    world.bench.state.failures = 1;
    world.bench.state.failing_since_ms = world.bench.now_ms - MINUTE;
    run_trouble(&world, true, "");
    run_digest(&world, "<html>", "");
    world.bench.state.failures = 2;
    run_digest(&world, "<html>", "source.failing");
    assert_in_body(&world.job->outcome.events.v[0], ".data.code", "'json_syntax'");
    run_trouble(&world, true, "source.failing");
    assert_in_body(&world.job->outcome.events.v[0], ".data",
                   "{'code':'http_status','detail':'502','failures':3,"
                   "'since':'2025-12-31T23:59:00.000Z'}");
    world.bench.state.failing_told = true;
    world.bench.state.failures = 3;
    world.bench.state.last_poll_at_ms = world.bench.now_ms - 1;
    run_trouble(&world, true, "");
    run_digest(&world, "<html>", "");
}

static void throttling_is_told_as_silence_and_not_as_one_more_failure(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    world.bench.state.failures = 2;
    world.bench.state.failing_since_ms = world.bench.now_ms - 15 * MINUTE + 1;
    run_trouble(&world, false, "");
    world.bench.state.failing_since_ms--;
    run_trouble(&world, false, "source.failing");
    assert_in_body(&world.job->outcome.events.v[0], ".data.failures", "2");
}

static void recovery_is_told_with_a_304_as_well(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    world.bench.state.failing_told = true;
    world.bench.state.failures = 4;
    (void)job_new(&world, POLL_JOB_UNCHANGED);
    run(&world, "source.recovered");
    assert_int_equal(world.job->outcome.result, DIGEST_UNCHANGED);
    world.bench.state.failing_told = false;
    (void)job_new(&world, POLL_JOB_UNCHANGED);
    run(&world, "");
    // Once, not by the digest and by the job.
    run_digest(&world, "[]", "");
    bench_commit(&world.bench, &world.job->outcome);
    world.bench.state.failing_told = true;
    run_digest(&world, "[]", "source.recovered");
    assert_int_equal(world.job->outcome.result, DIGEST_UNCHANGED);
}

// The first unbelievable answer asks for another poll; only then is it told, and once.
static void a_hold_is_told_once_and_only_when_it_may_be(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    run_digest(&world, "[{\"id\":1},{\"id\":2}]", "");
    bench_commit(&world.bench, &world.job->outcome);
    run_digest(&world, "[]", "");
    assert_int_equal(world.job->outcome.result, DIGEST_HELD);
    struct poll_job *job = job_new(&world, POLL_JOB_DIGEST);
    job->may_tell_held = true;
    assert_int_equal(bytes_dup(&job->response.body, "[]", 2), 0);
    run(&world, "source.held");
    assert_in_body(&job->outcome.events.v[0], ".data.code", "'max_removed'");
    assert_null(job->outcome.snapshot.document.data);
    world.bench.state.held_told = true;
    job = job_new(&world, POLL_JOB_DIGEST);
    job->may_tell_held = true;
    assert_int_equal(bytes_dup(&job->response.body, "[]", 2), 0);
    run(&world, "");
}

static void a_worker_without_a_context_is_trouble_and_tells_nothing(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    struct poll_job *job = job_new(&world, POLL_JOB_DIGEST);
    poll_job_run(&job->work, NULL);
    assert_int_equal(job->error, -EIO);
    assert_int_equal(job->outcome.events.n, 0);
}

static unsigned done_calls;

static void on_done(struct poll_job *job)
{
    done_calls++;
    (void)poll_job_free(job);
}

// A poll that was dropped meanwhile is told nothing; its job frees itself.
static void the_result_of_a_dropped_poll_is_thrown_away(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    struct poll_job *job = job_new(&world, POLL_JOB_UNCHANGED);
    job->done = on_done;
    world.job = NULL;
    poll_job_done(&job->work);
    assert_int_equal(done_calls, 0);
    job = job_new(&world, POLL_JOB_UNCHANGED);
    job->done = on_done;
    job->poll = (struct poll *)&world; // never looked at
    world.job = NULL;
    poll_job_done(&job->work);
    assert_int_equal(done_calls, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_changed_answer_is_compared_with_what_the_store_has),
        cmocka_unit_test(the_third_failure_is_told_whatever_failed),
        cmocka_unit_test(throttling_is_told_as_silence_and_not_as_one_more_failure),
        cmocka_unit_test(recovery_is_told_with_a_304_as_well),
        cmocka_unit_test(a_hold_is_told_once_and_only_when_it_may_be),
        cmocka_unit_test(a_worker_without_a_context_is_trouble_and_tells_nothing),
        cmocka_unit_test(the_result_of_a_dropped_poll_is_thrown_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
