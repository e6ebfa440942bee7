// A sink as a whole: its order, its rate, its breaker, and its being disabled and enabled.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/deliver/fakes-inside.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static const struct sink_spec shop = { .name = "shop" };

static int always_ok(const char *sink, int64_t id)
{
    (void)sink;
    (void)id;
    return 200;
}

static int always_500(const char *sink, int64_t id)
{
    (void)sink;
    (void)id;
    return 500;
}

static int always_gone(const char *sink, int64_t id)
{
    (void)sink;
    (void)id;
    return 410;
}

static int64_t add_in_own_lane(struct world *world, const char *sink, bool tell)
{
    char lane[24];
    (void)snprintf(lane, sizeof(lane), "key %zu", world->store.n);
    return world_add(world, sink, lane, tell);
}

static void add_many(struct world *world, int n)
{
    for (int i = 0; i < n; i++) {
        (void)add_in_own_lane(world, "shop", true);
    }
}

static void strict_order_lets_one_go_at_a_time(void **state)
{
    struct world *world = *state;
    const struct sink_spec strict = { .name = "shop", .ordering = SINK_ORDERING_SINK };
    for (int i = 0; i < 30; i++) {
        (void)add_in_own_lane(world, "shop", false);
    }
    world_dispatcher(world, &strict, 1);
    add_many(world, 5);
    world_run(world);
    assert_int_equal(net.in_flight, 1);
    net_answer(1, 500);
    world_run(world);
    assert_int_equal(net.in_flight, 0); // all wait for it
    net.status_of = always_ok;
    world_pass(world, 6000);
    assert_int_equal(world_count(world, "shop", DELIVERY_DELIVERED), 35);
    assert_int_equal(net.most_in_flight, 1);
    for (size_t i = 1; i < net.n_started; i++) {
        assert_int_equal(net.started[i], (int64_t)i); // 1 twice, then 2, 3, …
    }
}

static void without_order_nothing_waits_for_another(void **state)
{
    struct world *world = *state;
    const struct sink_spec loose = { .name = "shop", .ordering = SINK_ORDERING_NONE };
    world_dispatcher(world, &loose, 1);
    int64_t first = world_add(world, "shop", "a", true);
    int64_t second = world_add(world, "shop", "a", true);
    world_run(world);
    assert_true(net_is_under_way(first) && net_is_under_way(second));
}

static void a_rate_delays_starts_and_costs_no_attempt(void **state)
{
    struct world *world = *state;
    const struct sink_spec slow = { .name = "shop", .rate = 2 };
    net.status_of = always_ok;
    world_dispatcher(world, &slow, 1);
    add_many(world, 5);
    world_run(world);
    assert_int_equal(net.n_started, 1);
    for (size_t n = 2; n <= 5; n++) {
        world_pass(world, 499);
        assert_int_equal(net.n_started, n - 1);
        world_pass(world, 1);
        assert_int_equal(net.n_started, n);
    }
    for (int64_t id = 1; id <= 5; id++) {
        assert_int_equal(world_row(world, id)->attempts, 1);
    }
}

static void an_open_breaker_tries_one_and_a_success_lets_all_go(void **state)
{
    struct world *world = *state;
    net.status_of = always_500;
    world_dispatcher(world, &shop, 1);
    add_many(world, 200);
    world_run(world);
    size_t tried = net.n_started;
    assert_in_range(tried, 5, 8 + 4);
    assert_int_equal(world_count(world, "shop", DELIVERY_PENDING), 200 - tried);
    int64_t fresh = add_in_own_lane(world, "shop", true);
    world_pass(world, 4999);
    assert_int_equal(net.n_started, tried);
    world_pass(world, 1001);
    assert_int_equal(net.n_started, tried + 1); // the probe
    assert_true(dispatcher_is_idle(world->dispatcher));
    struct dispatcher_health health;
    dispatcher_get_health(world->dispatcher, &health);
    assert_int_equal(health.oldest_waiting_ms, 0); // the receiver's trouble, not ours

    net.status_of = always_ok;
    world_pass(world, 400000);
    assert_int_equal(world_count(world, "shop", DELIVERY_DELIVERED), 201);
    assert_int_equal(world_row(world, fresh)->attempts, 1);
    assert_int_equal(world->store.health.failures, 0);
}

static void an_event_nobody_can_digest_holds_back_its_lane_alone(void **state)
{
    struct world *world = *state;
    world_dispatcher(world, &shop, 1);
    int64_t poison = world_add(world, "shop", "a", true);
    for (int i = 0; i < 3; i++) {
        world_run(world);
        net_answer(poison, 500);
        world_pass(world, DAY_MS);
    }
    int64_t other = world_add(world, "shop", "b", true);
    world_run(world);
    assert_true(net_is_under_way(other));
}

// Fails for six days; with the schedule of three steps deliveries are used up on the way.
static void fail_for_days(struct world *world)
{
    net.status_of = always_500;
    add_many(world, 40);
    world_run(world);
    for (int hour = 0; hour < 6 * 24; hour++) {
        world_pass(world, 3600000);
    }
}

static int deliver_to_nobody(const struct settings *settings, struct expr_context *context,
                             const struct event_list *events, struct delivery_list *ret)
{
    (void)settings;
    (void)context;
    assert_int_equal(events->n, 1);
    *ret = (struct delivery_list){ 0 };
    return 0;
}

static void days_of_failure_hold_what_waits_and_tell_the_operators(void **state)
{
    struct world *world = *state;
    world->make_deliveries = deliver_to_nobody;
    world_dispatcher(world, &shop, 1);
    fail_for_days(world);
    size_t started = net.n_started;
    size_t held = world_count(world, "shop", DELIVERY_HELD);
    assert_true(held > 0);
    assert_int_equal(world_count(world, "shop", DELIVERY_PENDING), 0);
    assert_int_equal(world_count(world, "shop", DELIVERY_RETRYING), 0);
    assert_int_not_equal(world->store.health.disabled_at_ms, 0);
    assert_int_equal(world->store.commits, 1);
    assert_non_null(strstr(world->store.told, "\"type\":\"sink.disabled\""));
    assert_non_null(strstr(world->store.told, "\"source\":\"pollbridge\",\"sequence\":1"));
    assert_non_null(strstr(world->store.told, "\"sink\":\"shop\",\"code\":\"failing\""));

    net.status_of = always_ok;
    world_pass(world, DAY_MS);
    assert_int_equal(net.n_started, started); // it is not tried any more
    assert_int_equal(dispatcher_enable(world->dispatcher, "shop", false), 0);
    world_run(world);
    assert_int_equal(world_count(world, "shop", DELIVERY_HELD), 0);
    assert_int_equal(net.n_started, started + held);
    assert_int_equal(dispatcher_enable(world->dispatcher, "shop", false), -EALREADY);
    assert_int_equal(dispatcher_enable(world->dispatcher, "none", false), -ENOENT);
    int64_t fresh = add_in_own_lane(world, "shop", true);
    world_run(world);
    assert_int_equal(world_row(world, fresh)->state, DELIVERY_DELIVERED);
}

static void enabling_can_skip_to_now(void **state)
{
    struct world *world = *state;
    world_dispatcher(world, &shop, 1);
    fail_for_days(world);
    size_t held = world_count(world, "shop", DELIVERY_HELD);
    size_t started = net.n_started;
    net.status_of = always_ok;
    assert_int_equal(dispatcher_enable(world->dispatcher, "shop", true), 0);
    world_run(world);
    assert_int_equal(world_count(world, "shop", DELIVERY_CANCELED), held);
    assert_int_equal(net.n_started, started);
    (void)add_in_own_lane(world, "shop", true);
    world_run(world);
    assert_int_equal(net.n_started, started + 1);
}

static void the_attempt_that_disables_a_sink_is_held_and_not_failed(void **state)
{
    struct world *world = *state;
    net.status_of = always_gone;
    world_dispatcher(world, &shop, 1);
    int64_t first = add_in_own_lane(world, "shop", true);
    world_run(world);
    assert_int_equal(world_row(world, first)->state, DELIVERY_FAILED);
    world_pass(world, 60000);
    int64_t second = add_in_own_lane(world, "shop", true);
    world_run(world);
    assert_int_equal(world_row(world, second)->state, DELIVERY_HELD);
    assert_int_not_equal(world->store.health.disabled_at_ms, 0);
    assert_int_equal(world->store.health.gone_at_ms, WORLD_WALL_MS);
}

static void a_store_in_trouble_is_asked_again_to_hold(void **state)
{
    struct world *world = *state;
    net.status_of = always_gone;
    world_dispatcher(world, &shop, 1);
    (void)add_in_own_lane(world, "shop", true);
    world_run(world);
    world_pass(world, 60000);
    world->store.sink_error = -ENOSPC;
    int64_t behind = world_add(world, "shop", "b", true);
    (void)world_add(world, "shop", "b", true);
    world_run(world);
    assert_int_equal(world->store.health.disabled_at_ms, 0);
    world->store.sink_error = 0;
    world->store.sink_refusals = 2;
    for (int i = 0; i < 5; i++) {
        world_pass(world, 1000);
    }
    assert_int_not_equal(world->store.health.disabled_at_ms, 0);
    assert_int_equal(world_row(world, behind)->state, DELIVERY_HELD);
    assert_int_equal(world_count(world, "shop", DELIVERY_PENDING), 0);
}

static void a_disabled_sink_stays_so_over_a_restart(void **state)
{
    struct world *world = *state;
    int64_t id = add_in_own_lane(world, "shop", false); // the process ended before it was held
    world->depth = (struct sink_depth){
        .sink = (char *)(uintptr_t) "shop",
        .waiting = 1,
        .health = { .failures = 20, .failing_since_ms = 5, .disabled_at_ms = WORLD_WALL_MS },
    };
    world->make_deliveries = deliver_to_nobody;
    net.status_of = always_ok;
    world_dispatcher(world, &shop, 1);
    assert_int_equal(net.n_started, 0);
    assert_int_equal(world_row(world, id)->state, DELIVERY_HELD);
    assert_int_equal(world->store.commits, 1); // told again, in case it was not
    assert_int_equal(dispatcher_enable(world->dispatcher, "shop", false), 0);
    world_run(world);
    assert_int_equal(world_row(world, id)->state, DELIVERY_DELIVERED);
}

static void an_end_while_the_store_works_harms_nobody(void **state)
{
    struct world *world = *state;
    world->make_deliveries = deliver_to_nobody;
    net.status_of = always_gone;
    world_dispatcher(world, &shop, 1);
    (void)add_in_own_lane(world, "shop", true);
    world_run(world);
    world_pass(world, 60000);
    (void)add_in_own_lane(world, "shop", true);
    world->store.is_paused = true;
    world_run(world); // notes and commits are asked for, not answered
    world_end_dispatcher(world);
    world->store.is_paused = false;
    event_active(world->store.event, EV_TIMEOUT, 0);
    world_run(world);
    assert_int_not_equal(world->store.health.failures, 0);
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(strict_order_lets_one_go_at_a_time),
        WORLD_TEST(without_order_nothing_waits_for_another),
        WORLD_TEST(a_rate_delays_starts_and_costs_no_attempt),
        WORLD_TEST(an_open_breaker_tries_one_and_a_success_lets_all_go),
        WORLD_TEST(an_event_nobody_can_digest_holds_back_its_lane_alone),
        WORLD_TEST(days_of_failure_hold_what_waits_and_tell_the_operators),
        WORLD_TEST(enabling_can_skip_to_now),
        WORLD_TEST(the_attempt_that_disables_a_sink_is_held_and_not_failed),
        WORLD_TEST(a_store_in_trouble_is_asked_again_to_hold),
        WORLD_TEST(a_disabled_sink_stays_so_over_a_restart),
        WORLD_TEST(an_end_while_the_store_works_harms_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
