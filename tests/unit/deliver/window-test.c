// What one sink may cost in memory, and that the store is asked for the rest.
#include <stdlib.h>
#include <string.h>

#include "bridge/base/str.h"
#include "bridge/deliver/sink-window.h"
#include "tests/unit/deliver/fakes-inside.h"

static int64_t steps_ms[] = { 5000 };
static const struct retry_settings retry = { .schedule = { .v_ms = steps_ms, .n = 1 } };

struct bench {
    struct world world;
    struct sink_window window;
    size_t answers;
};

static void on_answer(void *userdata)
{
    struct bench *bench = userdata;
    bench->answers++;
}

static int open_bench(void **state)
{
    static struct bench bench;
    world_open(&bench.world);
    bench.answers = 0;
    bench.window = (struct sink_window){
        .store = &bench.world.store.store,
        .clock = &bench.world.clock,
        .retry = &retry,
        .sink = "shop",
        .on_answer = on_answer,
        .userdata = &bench,
    };
    assert_int_equal(window_init(&bench.window), 0);
    *state = &bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;
    window_deinit(&bench->window);
    world_close(&bench->world);
    return 0;
}

// Until the window wants nothing more.
static void fill(struct bench *bench)
{
    size_t before;
    do {
        before = bench->answers;
        window_update(&bench->window);
        world_run(&bench->world);
    } while (bench->answers != before);
}

static void add_rows(struct bench *bench, size_t n, bool same_lane)
{
    for (size_t i = 0; i < n; i++) {
        char lane[24];
        (void)snprintf(lane, sizeof(lane), "key %zu", same_lane ? 0 : bench->world.store.n);
        (void)world_add(&bench->world, "shop", lane, false);
    }
}

static void offer(struct bench *bench, int64_t id, size_t body_len)
{
    struct delivery delivery;
    fake_delivery(world_row(&bench->world, id), &delivery);
    if (body_len > 0) {
        bytes_deinit(&delivery.encoded.body);
        delivery.encoded.body.data = calloc(1, body_len + 1);
        delivery.encoded.body.len = body_len;
    }
    window_take(&bench->window, &delivery);
    delivery_deinit(&delivery);
}

static void a_backlog_is_read_in_pages_up_to_the_bound(void **state)
{
    struct bench *bench = *state;
    add_rows(bench, 5000, false);
    fill(bench);
    assert_in_range(bench->window.lanes.loaded, 500, WINDOW_LOADED_MAX);
    assert_false(bench->window.caught_up);
    assert_true(bench->world.store.due_largest <= 250);
    size_t calls = bench->world.store.due_calls;
    fill(bench);
    assert_int_equal(bench->world.store.due_calls, calls); // enough is enough
}

static void new_deliveries_beyond_the_bound_are_left_to_the_store(void **state)
{
    struct bench *bench = *state;
    fill(bench);
    assert_true(bench->window.caught_up);
    size_t calls = bench->world.store.due_calls;
    add_rows(bench, 1500, false);
    for (int64_t id = 1; id <= 1500; id++) {
        offer(bench, id, 0);
    }
    assert_int_equal(bench->window.lanes.n, WINDOW_LOADED_MAX);
    assert_false(bench->window.caught_up);
    assert_int_equal(bench->window.cursor, WINDOW_LOADED_MAX);
    assert_int_equal(bench->window.waiting, 1500);
    // As they go, the rest is read, in order and without a gap.
    for (int64_t id = 1; id <= 1500; id++) {
        fill(bench);
        struct entry *entry = lanes_take(&bench->window.lanes);
        assert_int_equal(entry->id, id);
        world_row(&bench->world, id)->state = DELIVERY_DELIVERED;
        window_settled(&bench->window, entry);
    }
    assert_true(bench->world.store.due_calls > calls);
    fill(bench);
    assert_true(bench->window.caught_up);
    assert_int_equal(bench->window.waiting, 0);
    assert_true(window_is_quiet(&bench->window));
}

static void large_bodies_fill_the_window_sooner(void **state)
{
    struct bench *bench = *state;
    fill(bench);
    add_rows(bench, 100, false);
    for (int64_t id = 1; id <= 100; id++) {
        offer(bench, id, (size_t)4 << 20);
    }
    assert_in_range(bench->window.lanes.bytes, 1, WINDOW_BYTES_MAX + ((size_t)4 << 20));
    assert_int_equal(bench->window.lanes.n, 8);
    assert_int_equal(bench->window.waiting, 100);
}

static void entries_without_a_body_are_bounded_too(void **state)
{
    struct bench *bench = *state;
    add_rows(bench, WINDOW_ENTRIES_MAX + 500, false);
    for (size_t i = 0; i < bench->world.store.n; i++) { // all of them wait for their retry
        bench->world.store.rows[i].state = DELIVERY_RETRYING;
        bench->world.store.rows[i].attempts = 1;
        bench->world.store.rows[i].next_at_ms = bench->world.wall_ms + 5000;
    }
    fill(bench);
    assert_int_equal(bench->window.lanes.n, WINDOW_ENTRIES_MAX);
    assert_int_equal(bench->window.lanes.loaded, 0);
    assert_false(bench->window.caught_up);
    bench->world.mono_ms += 5000;
    fill(bench);
    assert_in_range(bench->window.lanes.loaded, 1, WINDOW_LOADED_MAX);
}

static void one_hot_lane_does_not_fill_the_window(void **state)
{
    struct bench *bench = *state;
    add_rows(bench, 3000, true);
    add_rows(bench, 1, false);
    fill(bench);
    assert_true(bench->window.caught_up);
    assert_int_equal(lanes_take(&bench->window.lanes)->id, 1);
    assert_int_equal(lanes_take(&bench->window.lanes)->id, 3001);
}

static void forgetting_reads_again_what_is_not_under_way(void **state)
{
    struct bench *bench = *state;
    add_rows(bench, 10, true);
    add_rows(bench, 10, false);
    fill(bench);
    struct entry *busy = lanes_take(&bench->window.lanes);
    assert_int_equal(busy->id, 1);
    window_forget(&bench->window);
    assert_int_equal(bench->window.lanes.n, 1);
    fill(bench);
    assert_int_equal(bench->window.lanes.n, 20);
    assert_int_equal(lanes_take(&bench->window.lanes)->id, 11); // not 2: its lane is busy
}

static void a_delivery_read_from_the_store_is_not_taken_twice(void **state)
{
    struct bench *bench = *state;
    add_rows(bench, 3, false);
    fill(bench);
    for (int64_t id = 1; id <= 3; id++) {
        offer(bench, id, 0);
    }
    assert_int_equal(bench->window.lanes.n, 3);
    assert_int_equal(bench->window.waiting, 3);
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_backlog_is_read_in_pages_up_to_the_bound),
        BENCH_TEST(new_deliveries_beyond_the_bound_are_left_to_the_store),
        BENCH_TEST(large_bodies_fill_the_window_sooner),
        BENCH_TEST(entries_without_a_body_are_bounded_too),
        BENCH_TEST(one_hot_lane_does_not_fill_the_window),
        BENCH_TEST(forgetting_reads_again_what_is_not_under_way),
        BENCH_TEST(a_delivery_read_from_the_store_is_not_taken_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
