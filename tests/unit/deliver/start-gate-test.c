// A burst is let in bit by bit, in turn, and sinks that hang hold nobody up.
#include <stdio.h>
#include <string.h>

#include "bridge/deliver/start-gate.h"
#include "tests/unit/deliver/fakes-inside.h"

#define SINKS 40
#define EACH  5

static void start_with_sinks(struct world *world)
{
    static char names[SINKS][16];
    struct sink_spec specs[SINKS];
    for (size_t i = 0; i < SINKS; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "sink-%02zu", i);
        specs[i] = (struct sink_spec){ .name = names[i] };
    }
    world_dispatcher(world, specs, SINKS);
}

// EACH for every sink, each in a lane of its own, as a poll with as many events leaves them.
static void add_burst(struct world *world)
{
    for (int i = 0; i < EACH; i++) {
        for (int sink = 0; sink < SINKS; sink++) {
            char name[16];
            char lane[16];
            (void)snprintf(name, sizeof(name), "sink-%02d", sink);
            (void)snprintf(lane, sizeof(lane), "lane-%d", i);
            (void)world_add(world, name, lane, true);
        }
    }
}

static int always_ok(const char *sink, int64_t id)
{
    (void)sink;
    (void)id;
    return 204;
}

static int first_hangs(const char *sink, int64_t id)
{
    (void)id;
    return strcmp(sink, "sink-00") == 0 ? NET_HANGS : 204;
}

static void a_burst_is_never_under_way_at_once_and_all_of_it_arrives(void **state)
{
    struct world *world = *state;
    net.status_of = always_ok;
    start_with_sinks(world);
    add_burst(world);
    world_run(world);
    assert_int_equal(net.n_started, SINKS * EACH);
    assert_in_range(net.most_in_flight, 1, START_GATE_YOUNG_MAX);
    assert_int_equal(net.in_flight, 0);
}

static void what_is_not_answered_soon_leaves_the_gate_to_others(void **state)
{
    struct world *world = *state;
    start_with_sinks(world); // nobody answers
    add_burst(world);
    world_run(world);
    assert_int_equal(net.in_flight, START_GATE_YOUNG_MAX);
    world_pass(world, START_GATE_YOUNG_MS - 1);
    assert_int_equal(net.in_flight, START_GATE_YOUNG_MAX);
    world_pass(world, 1);
    assert_int_equal(net.in_flight, 2 * START_GATE_YOUNG_MAX);
    for (int i = 0; i < SINKS * EACH / START_GATE_YOUNG_MAX; i++) {
        world_pass(world, START_GATE_YOUNG_MS);
    }
    assert_int_equal(net.in_flight, SINKS * EACH);
}

static void those_that_found_it_shut_are_let_in_in_turn(void **state)
{
    struct world *world = *state;
    start_with_sinks(world);
    add_burst(world);
    for (int i = 0; net.n_started < SINKS + START_GATE_YOUNG_MAX; i++) {
        world_pass(world, START_GATE_YOUNG_MS);
        assert_in_range(i, 0, 10);
    }
    // Those in front took what they liked while it was open; then every other had one before any
    // had two.
    bool has_had[SINKS] = { false };
    for (size_t i = 0; i < SINKS + START_GATE_YOUNG_MAX; i++) {
        has_had[(net.started[i] - 1) % SINKS] = true;
    }
    for (size_t i = 0; i < SINKS; i++) {
        assert_true(has_had[i]);
    }
}

static void a_sink_that_hangs_costs_the_others_nothing(void **state)
{
    struct world *world = *state;
    net.status_of = first_hangs;
    start_with_sinks(world);
    add_burst(world);
    world_run(world); // no time passes
    assert_int_equal(net.in_flight, EACH);
    assert_int_equal(net.n_started, SINKS * EACH);
    for (size_t i = 1; i < SINKS; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "sink-%02zu", i);
        assert_int_equal(world_count(world, name, DELIVERY_DELIVERED), EACH);
    }
}

static void one_that_waits_may_leave(void **state)
{
    struct world *world = *state;
    start_with_sinks(world);
    add_burst(world);
    world_run(world);
    world_apply(world, NULL, 0); // senders that wait are retired
    world_pass(world, START_GATE_YOUNG_MS);
    assert_int_equal(net.n_started, START_GATE_YOUNG_MAX);
    world_end_dispatcher(world);
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_burst_is_never_under_way_at_once_and_all_of_it_arrives),
        WORLD_TEST(what_is_not_answered_soon_leaves_the_gate_to_others),
        WORLD_TEST(those_that_found_it_shut_are_let_in_in_turn),
        WORLD_TEST(a_sink_that_hangs_costs_the_others_nothing),
        WORLD_TEST(one_that_waits_may_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
