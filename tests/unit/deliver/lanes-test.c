#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "bridge/deliver/lanes.h"
#include "bridge/model/delivery.h"

#define NOW INT64_C(100000)

static int open_lanes(void **state)
{
    static struct lanes lanes;
    *state = &lanes;
    return lanes_init(&lanes);
}

static int close_lanes(void **state)
{
    lanes_deinit(*state);
    return 0;
}

static void make(struct delivery *ret, int64_t id, const char *lane, unsigned attempts)
{
    *ret = (struct delivery){ .id = id,
                              .source = strdup("orders"),
                              .lane = lane ? strdup(lane) : NULL,
                              .attempts = attempts,
                              .event_at_ms = id };
    assert_int_equal(bytes_dup(&ret->encoded.body, "12345", 5), 0);
}

static void add_at(struct lanes *lanes, int64_t id, const char *lane, unsigned attempts,
                   int64_t due_at_ms)
{
    struct delivery delivery;
    make(&delivery, id, lane, attempts);
    assert_int_equal(lanes_add(lanes, &delivery, due_at_ms, NOW, true), 0);
    assert_null(delivery.source); // moved from
}

static void add(struct lanes *lanes, int64_t id, const char *lane)
{
    add_at(lanes, id, lane, 0, NOW);
}

static int64_t take_id(struct lanes *lanes)
{
    struct entry *entry = lanes_take(lanes);
    return entry ? entry->id : 0;
}

static void load(struct lanes *lanes, int64_t id)
{
    struct delivery delivery;
    make(&delivery, id, NULL, 0);
    assert_int_equal(lanes_load(lanes, lanes_find(lanes, id), &delivery), 0);
}

static void one_of_a_lane_at_a_time_in_the_order_of_ids(void **state)
{
    struct lanes *lanes = *state;
    add(lanes, 1, "a");
    add(lanes, 2, "b");
    add(lanes, 3, "a");
    add(lanes, 4, NULL);
    add(lanes, 5, NULL);
    assert_int_equal(take_id(lanes), 1);
    assert_int_equal(take_id(lanes), 2);
    assert_int_equal(take_id(lanes), 4); // without a key the source is the lane
    assert_int_equal(take_id(lanes), 0);
    lanes_remove(lanes, lanes_find(lanes, 1), NOW);
    assert_int_equal(take_id(lanes), 3);
    lanes_remove(lanes, lanes_find(lanes, 4), NOW);
    assert_int_equal(take_id(lanes), 5);
    assert_int_equal(lanes->busy, 3);
}

static void sources_do_not_share_lanes(void **state)
{
    struct lanes *lanes = *state;
    add(lanes, 1, "a");
    struct delivery delivery;
    make(&delivery, 2, "a", 0);
    delivery.source[0] = 'O';
    assert_int_equal(lanes_add(lanes, &delivery, NOW, NOW, true), 0);
    assert_int_equal(take_id(lanes), 1);
    assert_int_equal(take_id(lanes), 2);
}

static void a_parked_head_blocks_its_lane_only_and_gives_up_its_memory(void **state)
{
    struct lanes *lanes = *state;
    add(lanes, 1, "a");
    add(lanes, 2, "a");
    add(lanes, 3, "b");
    struct entry *head = lanes_take(lanes);
    lanes_park(lanes, head, NOW + 5000, 1, NOW);
    assert_int_equal(lanes->loaded, 1); // 3 alone
    assert_int_equal(lanes->bytes, 5);
    assert_int_equal(take_id(lanes), 3);
    assert_int_equal(take_id(lanes), 0);
    assert_false(lanes_wants(lanes_find(lanes, 1)));
    assert_false(lanes_wants(lanes_find(lanes, 2)));
    assert_int_equal(lanes_next_due_at_ms(lanes), NOW + 5000);

    lanes_tick(lanes, NOW + 4999);
    assert_null(lanes_first_unloaded(lanes));
    lanes_tick(lanes, NOW + 5000);
    assert_int_equal(lanes_first_unloaded(lanes)->id, 1);
    assert_int_equal(lanes_next_due_at_ms(lanes), INT64_MAX);
    assert_int_equal(take_id(lanes), 0); // its delivery is in the store
    load(lanes, 1);
    load(lanes, 2); // of use: its turn is next
    assert_int_equal(take_id(lanes), 1);
    assert_int_equal(take_id(lanes), 0);
}

static void a_successor_that_waits_for_its_own_time_is_parked_in_turn(void **state)
{
    struct lanes *lanes = *state;
    add(lanes, 1, "a");
    add_at(lanes, 2, "a", 3, NOW + 9000); // as a restart finds it
    assert_int_equal(take_id(lanes), 1);
    lanes_remove(lanes, lanes_find(lanes, 1), NOW);
    assert_null(lanes_first_unloaded(lanes));
    assert_int_equal(lanes_next_due_at_ms(lanes), NOW + 9000);
    lanes_remove(lanes, lanes_find(lanes, 2), NOW);
    assert_int_equal(lanes_next_due_at_ms(lanes), INT64_MAX);
    assert_int_equal(lanes->n, 0);
    assert_int_equal(lanes->loaded, 0);
}

static void first_attempts_outrank_retries_without_starving_them(void **state)
{
    struct lanes *lanes = *state;
    char key[16];
    for (int64_t id = 1; id <= 4; id++) {
        (void)snprintf(key, sizeof(key), "retry %d", (int)id);
        add_at(lanes, id, key, 2, NOW);
    }
    for (int64_t id = 11; id <= 40; id++) {
        (void)snprintf(key, sizeof(key), "first %d", (int)id);
        add(lanes, id, key);
    }
    size_t retries = 0;
    for (int i = 1; i <= 24; i++) {
        int64_t id = take_id(lanes);
        retries += id <= 4;
        assert_true(i > 7 || id > 4);
    }
    assert_int_equal(retries, 3);
    for (int i = 25; i <= 34; i++) {
        assert_int_not_equal(take_id(lanes), 0);
    }
    assert_int_equal(take_id(lanes), 0);
}

static void what_was_not_started_after_all_is_first_again(void **state)
{
    struct lanes *lanes = *state;
    add(lanes, 1, "a");
    add(lanes, 2, "b");
    lanes_put_back(lanes, lanes_take(lanes));
    assert_int_equal(lanes->busy, 0);
    assert_int_equal(take_id(lanes), 1);
}

static void an_id_is_known_once(void **state)
{
    struct lanes *lanes = *state;
    add(lanes, 7, "a");
    struct delivery delivery;
    make(&delivery, 7, "a", 0);
    assert_int_equal(lanes_add(lanes, &delivery, NOW, NOW, true), -EEXIST);
    assert_non_null(delivery.source); // untouched
    delivery_deinit(&delivery);
    assert_int_equal(lanes->n, 1);
}

static void a_long_lane_keeps_few_bodies(void **state)
{
    struct lanes *lanes = *state;
    for (int64_t id = 1; id <= 100; id++) {
        add(lanes, id, "hot");
    }
    assert_int_equal(lanes->n, 100);
    assert_int_equal(lanes->loaded, LANE_LOADED_MAX);
    for (int64_t id = 1; id <= 100; id++) {
        const struct entry *unloaded = lanes_first_unloaded(lanes);
        if (unloaded) {
            load(lanes, unloaded->id);
        }
        assert_int_equal(take_id(lanes), id);
        lanes_remove(lanes, lanes_find(lanes, id), NOW);
    }
    assert_int_equal(lanes->n, 0);
}

static void without_room_an_entry_stands_without_its_body(void **state)
{
    struct lanes *lanes = *state;
    struct delivery delivery;
    make(&delivery, 1, "a", 0);
    assert_int_equal(lanes_add(lanes, &delivery, NOW, NOW, false), 0);
    assert_null(delivery.source);
    assert_int_equal(lanes->loaded, 0);
    assert_int_equal(lanes_first_unloaded(lanes)->id, 1);
    load(lanes, 1);
    assert_int_equal(take_id(lanes), 1);
}

static void an_older_id_that_comes_late_goes_behind_what_is_under_way(void **state)
{
    struct lanes *lanes = *state;
    add(lanes, 50, "a");
    assert_int_equal(take_id(lanes), 50);
    add(lanes, 60, "a");
    add(lanes, 40, "a");
    add(lanes, 55, "a");
    assert_int_equal(lanes_oldest_due(lanes)->id, 40);
    lanes_remove(lanes, lanes_find(lanes, 50), NOW);
    static const int64_t expected[] = { 40, 55, 60 };
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        assert_int_equal(take_id(lanes), expected[i]);
        lanes_remove(lanes, lanes_find(lanes, expected[i]), NOW);
    }
}

static void the_oldest_due_skips_lanes_that_wait_for_their_time(void **state)
{
    struct lanes *lanes = *state;
    add_at(lanes, 1, "a", 1, NOW + 1000);
    add(lanes, 2, "a");
    add(lanes, 3, "b");
    assert_int_equal(lanes_oldest_due(lanes)->id, 3);
    lanes_remove(lanes, lanes_find(lanes, 3), NOW);
    assert_null(lanes_oldest_due(lanes));
    lanes_tick(lanes, NOW + 1000);
    assert_int_equal(lanes_oldest_due(lanes)->id, 1);
}

// Removal from the middle, growth of the tables, reuse of entries after all are gone.
static void many_lanes_come_and_go_in_any_order(void **state)
{
    struct lanes *lanes = *state;
    enum { N = 5000 };
    for (int round = 0; round < 2; round++) {
        char key[16];
        for (int64_t id = 1; id <= N; id++) {
            (void)snprintf(key, sizeof(key), "%d", (int)(id % 700));
            add_at(lanes, id, key, id % 3 == 0, id % 5 == 0 ? NOW + id : NOW);
        }
        assert_int_equal(lanes->n, N);
        for (int64_t i = 0; i < N; i++) {
            struct entry *entry = lanes_find(lanes, (i * 1777) % N + 1);
            assert_non_null(entry);
            lanes_remove(lanes, entry, NOW);
        }
        assert_int_equal(lanes->n, 0);
        assert_int_equal(lanes->loaded, 0);
        assert_int_equal(lanes->bytes, 0);
        assert_int_equal(take_id(lanes), 0);
        assert_null(lanes_first_unloaded(lanes));
        assert_int_equal(lanes_next_due_at_ms(lanes), INT64_MAX);
    }
}

#define LANES_TEST(name) cmocka_unit_test_setup_teardown(name, open_lanes, close_lanes)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LANES_TEST(one_of_a_lane_at_a_time_in_the_order_of_ids),
        LANES_TEST(sources_do_not_share_lanes),
        LANES_TEST(a_parked_head_blocks_its_lane_only_and_gives_up_its_memory),
        LANES_TEST(a_successor_that_waits_for_its_own_time_is_parked_in_turn),
        LANES_TEST(first_attempts_outrank_retries_without_starving_them),
        LANES_TEST(what_was_not_started_after_all_is_first_again),
        LANES_TEST(an_id_is_known_once),
        LANES_TEST(a_long_lane_keeps_few_bodies),
        LANES_TEST(without_room_an_entry_stands_without_its_body),
        LANES_TEST(an_older_id_that_comes_late_goes_behind_what_is_under_way),
        LANES_TEST(the_oldest_due_skips_lanes_that_wait_for_their_time),
        LANES_TEST(many_lanes_come_and_go_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
