// What must survive: a store that cannot write or read, stops, ends, reloads, backlogs.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/deliver/start-gate.h"
#include "tests/unit/deliver/fakes-inside.h"

static const struct sink_spec shop = { .name = "shop" };
static const struct sink_spec two[] = { { .name = "shop" }, { .name = "dead" } };

static int always_ok(const char *sink, int64_t id)
{
    (void)sink;
    (void)id;
    return 200;
}

static int dead_hangs(const char *sink, int64_t id)
{
    (void)id;
    return strcmp(sink, "dead") == 0 ? NET_HANGS : 200;
}

static int dead_refuses(const char *sink, int64_t id)
{
    (void)id;
    return strcmp(sink, "dead") == 0 ? NET_REFUSES : 200;
}

static int64_t add_in_own_lane(struct world *world, const char *sink, bool tell)
{
    char lane[24];
    (void)snprintf(lane, sizeof(lane), "key %zu", world->store.n);
    return world_add(world, sink, lane, tell);
}

static void outcomes_survive_a_full_disk_and_are_recorded_once(void **state)
{
    struct world *world = *state;
    world_dispatcher(world, &shop, 1);
    int64_t first = world_add(world, "shop", "a", true);
    int64_t second = world_add(world, "shop", "a", true);
    world_run(world);
    world->store.settle_error = -ENOSPC;
    net_answer(first, 200);
    world_run(world);
    assert_int_equal(dispatcher_in_flight(world->dispatcher), 1);
    int64_t meanwhile = world_add(world, "shop", "b", true);
    for (int i = 0; i < 5; i++) {
        world_pass(world, 1000); // each pass is one more try
    }
    assert_true(world->store.settle_calls >= 5);
    // Nothing new is begun while its outcome could not be kept, and nothing is sent twice.
    assert_int_equal(net.n_started, 1);
    assert_int_equal(world->observed, 0);

    world->store.settle_error = 0;
    world_pass(world, 1000);
    assert_int_equal(world_row(world, first)->settled, 1);
    assert_int_equal(world_row(world, first)->state, DELIVERY_DELIVERED);
    assert_int_equal(net_starts_of(first), 1);
    assert_true(net_is_under_way(second) && net_is_under_way(meanwhile));
    assert_int_equal(dispatcher_in_flight(world->dispatcher), 2);
}

static void sinks_without_an_outcome_go_on_when_the_disk_works_again(void **state)
{
    struct world *world = *state;
    world_dispatcher(world, two, 2);
    int64_t first = world_add(world, "shop", "a", true);
    world_run(world);
    world->store.settle_error = -EIO;
    net_answer(first, 200);
    world_run(world);
    int64_t other = world_add(world, "dead", "a", true);
    world_run(world);
    assert_false(net_is_under_way(other));
    world->store.settle_error = 0;
    world_pass(world, 1);
    assert_true(net_is_under_way(other));
}

static void a_full_mailbox_delays_an_outcome_only(void **state)
{
    struct world *world = *state;
    net.status_of = always_ok;
    world_dispatcher(world, &shop, 1);
    world->store.settle_refusals = 3;
    int64_t id = world_add(world, "shop", "a", true);
    for (int i = 0; i < 4; i++) {
        world_pass(world, 20);
    }
    assert_int_equal(world_row(world, id)->settled, 1);
    assert_int_equal(net.n_started, 1);
}

static void outcomes_of_one_step_go_to_the_store_together(void **state)
{
    struct world *world = *state;
    const struct sink_spec wide = { .name = "shop", .in_flight = 100 };
    world_dispatcher(world, &wide, 1);
    for (int i = 0; i < 100; i++) {
        (void)add_in_own_lane(world, "shop", true);
    }
    for (int i = 0; i < 100 / START_GATE_YOUNG_MAX + 1; i++) {
        world_pass(world, START_GATE_YOUNG_MS);
    }
    assert_int_equal(net.in_flight, 100);
    net.status_of = always_ok;
    event_active(net.event, EV_TIMEOUT, 0);
    world_run(world);
    assert_int_equal(world->store.settle_calls, 1);
    assert_int_equal(world->store.settle_largest, 100);
    assert_int_equal(world_count(world, "shop", DELIVERY_DELIVERED), 100);
}

static void a_store_that_cannot_read_is_asked_again(void **state)
{
    struct world *world = *state;
    net.status_of = always_ok;
    (void)world_add(world, "shop", "a", false);
    world->store.due_errors = 2;
    world_dispatcher(world, &shop, 1);
    assert_int_equal(net.n_started, 0);
    world_pass(world, 999);
    assert_int_equal(world->store.due_calls, 1); // no storm of questions
    world_pass(world, 1);
    world_pass(world, 1000);
    assert_int_equal(world_count(world, "shop", DELIVERY_DELIVERED), 1);
}

static void what_was_canceled_meanwhile_is_dropped_and_its_lane_goes_on(void **state)
{
    struct world *world = *state;
    world_dispatcher(world, &shop, 1);
    int64_t head = world_add(world, "shop", "a", true);
    int64_t next = world_add(world, "shop", "a", true);
    world_run(world);
    net_answer(head, 500);
    world_run(world);
    world_row(world, head)->state = DELIVERY_CANCELED;
    world_pass(world, 6000);
    assert_int_equal(net_starts_of(head), 1);
    assert_true(net_is_under_way(next));
    struct dispatcher_health health;
    dispatcher_get_health(world->dispatcher, &health);
    assert_int_equal(health.waiting, 1);
}

static void a_canceled_transfer_is_no_attempt(void **state)
{
    struct world *world = *state;
    world_dispatcher(world, &shop, 1);
    int64_t id = world_add(world, "shop", "a", true);
    world_run(world);
    net_cancel_all();
    world_run(world);
    assert_int_equal(world_row(world, id)->attempts, 0);
    assert_int_equal(dispatcher_in_flight(world->dispatcher), 0);
    world_pass(world, 200);
    assert_true(net_is_under_way(id));
}

static void stop_lets_attempts_finish_and_begins_none(void **state)
{
    struct world *world = *state;
    world_dispatcher(world, &shop, 1);
    int64_t first = world_add(world, "shop", "a", true);
    int64_t second = world_add(world, "shop", "a", true);
    world_run(world);
    dispatcher_stop(world->dispatcher);
    int64_t third = world_add(world, "shop", "b", true);
    world_run(world);
    assert_int_equal(dispatcher_in_flight(world->dispatcher), 1);
    net_answer(first, 200);
    world_run(world);
    assert_int_equal(dispatcher_in_flight(world->dispatcher), 0);
    assert_int_equal(world_row(world, first)->state, DELIVERY_DELIVERED);
    assert_int_equal(net.n_started, 1);
    world_pass(world, 0); // starts again
    assert_true(net_is_under_way(second) && net_is_under_way(third));
}

static void an_end_in_the_middle_leaves_everything_waiting_in_the_store(void **state)
{
    struct world *world = *state;
    const struct sink_spec sinks[] = { { .name = "shop" }, { .name = "out", .is_stream = true } };
    world_dispatcher(world, sinks, 2);
    int64_t answered = add_in_own_lane(world, "shop", true);
    int64_t under_way = add_in_own_lane(world, "shop", true);
    world_run(world);
    net.stream_is_slow = true;
    int64_t streaming = add_in_own_lane(world, "out", true);
    world_run(world);
    world->store.is_paused = true;
    net_answer(answered, 200);
    (void)add_in_own_lane(world, "shop", false);
    world_run(world); // the settle is asked for, not answered
    assert_int_equal(dispatcher_in_flight(world->dispatcher), 3);
    world_end_dispatcher(world);
    assert_int_equal(net.canceled, 1);
    assert_int_equal(world_row(world, under_way)->state, DELIVERY_PENDING);
    assert_int_equal(world_row(world, streaming)->state, DELIVERY_PENDING);
    world->store.is_paused = false;
    net.stream_is_slow = false;
    event_active(world->store.event, EV_TIMEOUT, 0);
    event_active(net.event, EV_TIMEOUT, 0);
    world_run(world); // late answers find nobody, and harm nobody

    // The next process finds what is left.
    net.status_of = always_ok;
    world_dispatcher(world, sinks, 2);
    assert_int_equal(world_count(world, "shop", DELIVERY_DELIVERED), 3);
    assert_int_equal(world_count(world, "out", DELIVERY_DELIVERED), 1);
}

static void an_end_before_the_first_answer_of_the_store_is_harmless(void **state)
{
    struct world *world = *state;
    (void)world_add(world, "shop", "a", false);
    world->store.is_paused = true;
    world_dispatcher(world, &shop, 1);
    assert_int_equal(world->store.due_calls, 1);
    world_end_dispatcher(world);
}

static void a_removed_sink_finishes_and_goes_on_when_it_comes_back(void **state)
{
    struct world *world = *state;
    world_dispatcher(world, two, 2);
    int64_t first = world_add(world, "shop", "a", true);
    int64_t second = world_add(world, "shop", "a", true);
    int64_t other = world_add(world, "shop", "b", true);
    world_run(world);
    net_answer(other, 500);
    world_run(world);
    world_apply(world, &two[1], 1);
    assert_true(net_is_under_way(first));
    int64_t late = world_add(world, "shop", "c", true); // of a poll begun before the reload
    world_pass(world, 6000);
    assert_int_equal(net.in_flight, 1);

    // Back while the first attempt is still under way: it is not begun twice.
    world_apply(world, two, 2);
    world_run(world);
    assert_int_equal(net_starts_of(first), 1);
    assert_true(net_is_under_way(late) && net_is_under_way(other));
    assert_false(net_is_under_way(second));
    net_answer(first, 200);
    world_run(world);
    assert_true(net_is_under_way(second));
    assert_int_equal(world_row(world, first)->settled, 1);
}

static void a_removed_sink_is_forgotten_when_done_and_found_again(void **state)
{
    struct world *world = *state;
    world_dispatcher(world, two, 2);
    int64_t first = world_add(world, "shop", "a", true);
    int64_t second = world_add(world, "shop", "a", true);
    world_run(world);
    world_apply(world, &two[1], 1);
    net_answer(first, 500); // settles by the settings it began with
    world_run(world);
    assert_int_equal(world_row(world, first)->state, DELIVERY_RETRYING);
    struct dispatcher_health health;
    world_apply(world, &two[1], 1); // sweeps
    dispatcher_get_health(world->dispatcher, &health);
    assert_int_equal(health.sinks, 1);
    assert_int_equal(health.waiting, 0);
    world_apply(world, two, 2);
    world_pass(world, 6000);
    net_answer(first, 200);
    world_run(world);
    assert_true(net_is_under_way(second));
    dispatcher_get_health(world->dispatcher, &health);
    assert_int_equal(health.sinks, 2);
    assert_int_equal(health.waiting, 1);
}

static void a_reload_puts_new_limits_in_force_at_once(void **state)
{
    struct world *world = *state;
    const struct sink_spec narrow = { .name = "shop", .in_flight = 1, .no_retry = true };
    const struct sink_spec wide = { .name = "shop", .in_flight = 5 };
    world_dispatcher(world, &narrow, 1);
    int64_t first = add_in_own_lane(world, "shop", true);
    for (int i = 0; i < 9; i++) {
        (void)add_in_own_lane(world, "shop", true);
    }
    world_run(world);
    assert_int_equal(net.in_flight, 1);
    world_apply(world, &wide, 1);
    world_run(world);
    assert_int_equal(net.in_flight, 5);
    net_answer(first, 500); // began when nothing was tried again
    net_answer(2, 500);
    world_run(world);
    assert_int_equal(world_row(world, first)->state, DELIVERY_FAILED);
    assert_int_equal(world_row(world, 2)->state, DELIVERY_RETRYING);
}

// A sink that hangs and one that refuses, 10,000 deliveries each, beside one that works.
static void ten_thousand_for_a_dead_sink_do_not_slow_another(void **state)
{
    struct world *world = *state;
    enum { N = 10000 };
    int (*const ways[])(const char *, int64_t) = { dead_hangs, dead_refuses };
    for (size_t way = 0; way < ARRAY_LEN(ways); way++) {
        for (int i = 0; i < N; i++) {
            (void)add_in_own_lane(world, "dead", false);
        }
        for (int i = 0; i < 3000; i++) {
            (void)add_in_own_lane(world, "shop", false);
        }
        net.status_of = ways[way];
        world->depth = (struct sink_depth){ .sink = (char *)(uintptr_t) "dead", .waiting = N };
        world_dispatcher(world, two, 2);
        int64_t fresh = add_in_own_lane(world, "shop", true);
        world_run(world);
        assert_int_equal(world_count(world, "shop", DELIVERY_DELIVERED), 3001 * (way + 1));
        assert_int_equal(world_row(world, fresh)->state, DELIVERY_DELIVERED);
        assert_true(world->store.due_largest <= 1000);
        struct dispatcher_health health;
        dispatcher_get_health(world->dispatcher, &health);
        if (way == 0) {
            assert_int_equal(world_count(world, "dead", DELIVERY_PENDING), N);
            assert_int_equal(net.in_flight, 8);
            for (size_t i = 0; i < world->store.n; i++) { // clear the field for the second way
                world->store.rows[i].state = DELIVERY_DELIVERED;
            }
            (void)world_count(world, "dead", DELIVERY_PENDING);
        } else {
            // The breaker leaves all but those under way at its opening untried.
            assert_in_range(world_count(world, "dead", DELIVERY_RETRYING), 5, 8 + 5);
            assert_int_equal(health.waiting, N);
            // It comes back to life: all of them arrive, each once.
            net.status_of = always_ok;
            world_pass(world, 6000);
            assert_int_equal(world_count(world, "dead", DELIVERY_RETRYING), 0);
            assert_int_equal(world_count(world, "dead", DELIVERY_PENDING), 0);
        }
        world_end_dispatcher(world);
    }
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(outcomes_survive_a_full_disk_and_are_recorded_once),
        WORLD_TEST(sinks_without_an_outcome_go_on_when_the_disk_works_again),
        WORLD_TEST(a_full_mailbox_delays_an_outcome_only),
        WORLD_TEST(outcomes_of_one_step_go_to_the_store_together),
        WORLD_TEST(a_store_that_cannot_read_is_asked_again),
        WORLD_TEST(what_was_canceled_meanwhile_is_dropped_and_its_lane_goes_on),
        WORLD_TEST(a_canceled_transfer_is_no_attempt),
        WORLD_TEST(stop_lets_attempts_finish_and_begins_none),
        WORLD_TEST(an_end_in_the_middle_leaves_everything_waiting_in_the_store),
        WORLD_TEST(an_end_before_the_first_answer_of_the_store_is_harmless),
        WORLD_TEST(a_removed_sink_finishes_and_goes_on_when_it_comes_back),
        WORLD_TEST(a_removed_sink_is_forgotten_when_done_and_found_again),
        WORLD_TEST(a_reload_puts_new_limits_in_force_at_once),
        WORLD_TEST(ten_thousand_for_a_dead_sink_do_not_slow_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
