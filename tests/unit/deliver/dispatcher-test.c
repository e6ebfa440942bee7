// The ordinary life of deliveries: attempts, verdicts, order, limits, rests.
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "tests/unit/deliver/fakes-inside.h"

static const struct sink_spec shop = { .name = "shop" };
static const struct sink_spec two[] = { { .name = "shop" }, { .name = "billing" } };

static int always_ok(const char *sink, int64_t id)
{
    (void)sink;
    (void)id;
    return 204;
}

static void assert_row(struct world *world, int64_t id, enum delivery_state state,
                       unsigned attempts)
{
    const struct fake_row *row = world_row(world, id);
    assert_string_equal(delivery_state_name(row->state), delivery_state_name(state));
    assert_int_equal(row->attempts, attempts);
}

static void a_delivery_is_sent_and_settled_and_then_observed(void **state)
{
    struct world *world = *state;
    net.status_of = always_ok;
    world_dispatcher(world, &shop, 1);
    int64_t id = world_add(world, "shop", "a", true);
    assert_int_equal(net.n_started, 0); // never from inside
    assert_false(dispatcher_is_idle(world->dispatcher));
    world_run(world);
    assert_row(world, id, DELIVERY_DELIVERED, 1);
    assert_int_equal(world_row(world, id)->status, 204);
    assert_null(world_row(world, id)->error_code);
    assert_int_equal(world->observed, 1);
    assert_int_equal(dispatcher_in_flight(world->dispatcher), 0);
    assert_true(dispatcher_is_idle(world->dispatcher));
}

static void what_waits_in_the_store_at_the_start_is_sent(void **state)
{
    struct world *world = *state;
    net.status_of = always_ok;
    for (int i = 0; i < 3; i++) {
        (void)world_add(world, "shop", "a", false);
    }
    int64_t others = world_add(world, "elsewhere", "a", false);
    world_dispatcher(world, &shop, 1);
    assert_int_equal(world_count(world, "shop", DELIVERY_DELIVERED), 3);
    assert_row(world, others, DELIVERY_PENDING, 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(net.started[i], (int64_t)i + 1);
    }
}

static void what_is_new_waits_for_what_is_older_in_the_store(void **state)
{
    struct world *world = *state;
    (void)world_add(world, "shop", "a", false);
    (void)world_add(world, "shop", "a", false);
    world->store.is_paused = true; // the first question is not answered yet
    world_dispatcher(world, &shop, 1);
    int64_t newest = world_add(world, "shop", "a", true);
    world_run(world);
    assert_int_equal(net.n_started, 0);
    world->store.is_paused = false;
    net.status_of = always_ok;
    event_active(world->store.event, EV_TIMEOUT, 0);
    world_run(world);
    assert_int_equal(net.n_started, 3);
    assert_int_equal(net.started[2], newest);
    assert_int_equal(net_starts_of(newest), 1);
    assert_int_equal(world_count(world, "shop", DELIVERY_DELIVERED), 3);
}

static void a_failure_is_tried_again_by_the_schedule_and_never_early(void **state)
{
    struct world *world = *state;
    world_dispatcher(world, &shop, 1);
    int64_t id = world_add(world, "shop", "a", true);
    world_run(world);
    net_answer(id, 500);
    world_run(world);
    assert_row(world, id, DELIVERY_RETRYING, 1);
    assert_string_equal(world_row(world, id)->error_code, "http_status");
    int64_t next_in_ms = world_row(world, id)->next_at_ms - world->wall_ms;
    assert_in_range(next_in_ms, 5000, 6000);
    assert_true(dispatcher_is_idle(world->dispatcher)); // a retry in the future does not count

    world_pass(world, next_in_ms - 1);
    assert_int_equal(net.n_started, 1);
    world_pass(world, 1);
    assert_int_equal(net.n_started, 2);
    net_answer(id, NET_REFUSES);
    world_run(world);
    assert_row(world, id, DELIVERY_RETRYING, 2);
    assert_string_equal(world_row(world, id)->error_code, "connection_refused");
    assert_int_equal(world_row(world, id)->status, 0);
    world_pass(world, 299999);
    assert_int_equal(net.n_started, 2);
    world_pass(world, 60001);
    net_answer(id, 200);
    world_run(world);
    assert_row(world, id, DELIVERY_DELIVERED, 3);
    world_pass(world, 86400000);
    assert_int_equal(net.n_started, 3);
}

static void a_used_up_schedule_and_final_answers_end_a_delivery(void **state)
{
    struct world *world = *state;
    world_dispatcher(world, &shop, 1);
    int64_t used_up = world_add(world, "shop", "a", true);
    int64_t gone = world_add(world, "shop", "b", true);
    int64_t refused = world_add(world, "shop", "c", true);
    int64_t unbuildable = world_add(world, "shop", "unbuildable", true);
    world_run(world);
    net_answer(gone, 410);
    net_answer(refused, 422);
    for (unsigned attempt = 1; attempt <= 4; attempt++) {
        net_answer(used_up, 503);
        world_run(world);
        assert_row(world, used_up, attempt < 4 ? DELIVERY_RETRYING : DELIVERY_FAILED, attempt);
        world_pass(world, 2160000);
    }
    assert_row(world, gone, DELIVERY_FAILED, 1);
    assert_row(world, refused, DELIVERY_FAILED, 1);
    assert_row(world, unbuildable, DELIVERY_FAILED, 1);
    assert_string_equal(world_row(world, unbuildable)->error_code, "template_error");
    assert_int_equal(net_starts_of(unbuildable), 0);
    assert_int_equal(net.in_flight, 0);
}

static void a_lane_goes_on_only_when_its_head_is_settled_for_good(void **state)
{
    struct world *world = *state;
    world_dispatcher(world, &shop, 1);
    int64_t first = world_add(world, "shop", "a", true);
    int64_t second = world_add(world, "shop", "a", true);
    int64_t other = world_add(world, "shop", "b", true);
    world_run(world);
    assert_true(net_is_under_way(first) && net_is_under_way(other));
    assert_false(net_is_under_way(second));

    world->store.is_paused = true;
    net_answer(first, 200);
    world_run(world);
    assert_false(net_is_under_way(second)); // answered, but not durable
    assert_int_equal(dispatcher_in_flight(world->dispatcher), 2);
    world->store.is_paused = false;
    event_active(world->store.event, EV_TIMEOUT, 0);
    world_run(world);
    assert_true(net_is_under_way(second));

    net_answer(second, 500);
    net_answer(other, 500);
    int64_t third = world_add(world, "shop", "a", true);
    int64_t fourth = world_add(world, "shop", "c", true);
    world_run(world);
    assert_false(net_is_under_way(third)); // behind the retry of `second`
    assert_true(net_is_under_way(fourth));
    world_pass(world, 6000);
    assert_true(net_is_under_way(second) && net_is_under_way(other));
    net_answer(second, 410); // failed for good: the lane goes on
    world_run(world);
    assert_true(net_is_under_way(third));
}

static void no_more_than_the_limit_is_under_way(void **state)
{
    struct world *world = *state;
    const struct sink_spec sinks[] = { { .name = "narrow", .in_flight = 1 }, { .name = "usual" } };
    world_dispatcher(world, sinks, 2);
    for (int i = 0; i < 50; i++) {
        char lane[16];
        (void)snprintf(lane, sizeof(lane), "%d", i);
        (void)world_add(world, "narrow", lane, true);
    }
    world_run(world);
    assert_int_equal(net.in_flight, 1);
    for (int i = 0; i < 50; i++) {
        char lane[16];
        (void)snprintf(lane, sizeof(lane), "%d", i);
        (void)world_add(world, "usual", lane, true);
    }
    world_run(world);
    assert_int_equal(net.in_flight, 9);
    net.status_of = always_ok;
    event_active(net.event, EV_TIMEOUT, 0);
    world_run(world);
    assert_int_equal(world_count(world, "narrow", DELIVERY_DELIVERED), 50);
    assert_int_equal(world_count(world, "usual", DELIVERY_DELIVERED), 50);
    assert_int_equal(net.most_in_flight, 9);
}

static void a_rest_holds_the_whole_sink_and_no_other(void **state)
{
    struct world *world = *state;
    world_dispatcher(world, two, 2);
    int64_t first = world_add(world, "shop", "a", true);
    world_run(world);
    net.retry_after = "90";
    net_answer(first, 429);
    world_run(world);
    assert_int_equal(world_row(world, first)->next_at_ms - world->wall_ms, 90000);
    int64_t behind = world_add(world, "shop", "b", true);
    int64_t other = world_add(world, "billing", "b", true);
    world_run(world);
    assert_false(net_is_under_way(behind));
    assert_true(net_is_under_way(other));
    struct dispatcher_health health;
    world_pass(world, 89999);
    dispatcher_get_health(world->dispatcher, &health);
    assert_int_equal(health.waiting, 3);
    assert_int_equal(health.oldest_waiting_ms, 89999); // of `other`: a rest is not overdue
    assert_false(net_is_under_way(behind) || net_is_under_way(first));
    world_pass(world, 1);
    assert_true(net_is_under_way(behind) && net_is_under_way(first));
}

static void steps_of_the_wall_clock_neither_hasten_nor_hold_a_retry(void **state)
{
    struct world *world = *state;
    const int64_t day_ms = 86400000;
    world_dispatcher(world, &shop, 1);
    for (int direction = -1; direction <= 1; direction += 2) {
        int64_t id = world_add(world, "shop", "a", true);
        world_run(world);
        net_answer(id, 500);
        world_run(world);
        world->wall_ms += direction * day_ms;
        world_pass(world, 4999);
        assert_false(net_is_under_way(id));
        world_pass(world, 1001);
        assert_true(net_is_under_way(id));
        net_answer(id, 200);
        world_run(world);
        assert_row(world, id, DELIVERY_DELIVERED, 2);
    }
}

static void a_restart_keeps_the_time_of_a_retry_whatever_the_clock_did(void **state)
{
    struct world *world = *state;
    static const struct {
        int64_t step_ms;                  // of the wall clock while the process was down
        int64_t not_before_ms, latest_ms; // then
    } rows[] = {
        { 0, 4000, 6000 },
        { 3600000, 0, 0 },                                // long overdue
        { -INT64_C(2592000000), 86400000 - 1, 86400000 }, // back by a month: a day at most
    };
    net.status_of = NULL;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t id = world_add(world, "shop", "a", false);
        struct fake_row *row = world_row(world, id);
        row->state = DELIVERY_RETRYING;
        row->attempts = 1;
        row->next_at_ms = world->wall_ms + 4001;
        world->wall_ms += rows[i].step_ms;
        world_dispatcher(world, &shop, 1);
        if (rows[i].not_before_ms > 0) {
            world_pass(world, rows[i].not_before_ms);
            assert_false(net_is_under_way(id));
            world_pass(world, rows[i].latest_ms - rows[i].not_before_ms);
        }
        assert_true(net_is_under_way(id));
        net_answer(id, 200);
        world_run(world);
        assert_row(world, id, DELIVERY_DELIVERED, 2);
        world_end_dispatcher(world);
    }
}

static void a_kept_connection_that_was_closed_is_replaced_once(void **state)
{
    struct world *world = *state;
    world_dispatcher(world, &shop, 1);
    int64_t id = world_add(world, "shop", "a", true);
    world_run(world);
    net_reset(id, true);
    assert_true(net_is_under_way(id)); // again at once: no attempt was lost to it
    net_reset(id, true);
    world_run(world);
    assert_row(world, id, DELIVERY_RETRYING, 1);
    assert_string_equal(world_row(world, id)->error_code, "connection_reset");
    int64_t fresh = world_add(world, "shop", "b", true);
    world_run(world);
    net_reset(fresh, false);
    world_run(world);
    assert_row(world, fresh, DELIVERY_RETRYING, 1);
    assert_int_equal(net_starts_of(fresh), 1);
}

static void little_of_a_long_answer_is_kept(void **state)
{
    struct world *world = *state;
    world_dispatcher(world, &shop, 1);
    int64_t id = world_add(world, "shop", "a", true);
    world_run(world);
    net.answer_len = 16384;
    net_answer(id, 500);
    world_run(world);
    assert_int_equal(world_row(world, id)->response_len, 4096);
}

static void what_was_born_failed_is_not_sent(void **state)
{
    struct world *world = *state;
    world_dispatcher(world, &shop, 1);
    int64_t id = world_add(world, "shop", "a", false);
    world_row(world, id)->state = DELIVERY_FAILED;
    struct delivery_list list = { .v = calloc(1, sizeof(struct delivery)), .n = 1 };
    fake_delivery(world_row(world, id), &list.v[0]);
    list.v[0].encoded.error = strdup("no such field");
    dispatcher_take(world->dispatcher, &list);
    int64_t next = world_add(world, "shop", "a", true);
    world_run(world);
    assert_int_equal(net_starts_of(id), 0);
    assert_true(net_is_under_way(next));
}

static void streams_are_written_in_order_and_tried_again(void **state)
{
    struct world *world = *state;
    const struct sink_spec out = { .name = "out", .is_stream = true };
    world_dispatcher(world, &out, 1);
    net.stream_refusals = 1; // a full queue is no attempt
    for (int i = 0; i < 5; i++) {
        (void)world_add(world, "out", NULL, true);
    }
    world_run(world);
    assert_null(net.written.data);
    world_pass(world, 200);
    assert_string_equal(net.written.data, "1\n2\n3\n4\n5\n");
    assert_int_equal(world_count(world, "out", DELIVERY_DELIVERED), 5);
    assert_row(world, 1, DELIVERY_DELIVERED, 1);

    net.stream_error = -28;
    int64_t id = world_add(world, "out", NULL, true);
    world_run(world);
    assert_row(world, id, DELIVERY_RETRYING, 1);
    assert_string_equal(world_row(world, id)->error_code, "write_error");
    net.stream_error = 0;
    world_pass(world, 6000);
    assert_row(world, id, DELIVERY_DELIVERED, 2);
}

static void the_metrics_page_shows_what_happened(void **state)
{
    struct world *world = *state;
    world_dispatcher(world, two, 2);
    int64_t good = world_add(world, "shop", "a", true);
    int64_t bad = world_add(world, "shop", "b", true);
    int64_t dead = world_add(world, "shop", "c", true);
    world_run(world);
    world_pass(world, 2000);
    net_answer(good, 200);
    net_answer(bad, 500);
    net_answer(dead, 410);
    world_run(world);
    world_pass(world, 1000);
    AUTO_BUF struct buf page = { 0 };
    assert_int_equal(metrics_render(world->metrics, &page), 0);
    static const char *const expected[] = {
        "pollbridge_deliveries_total{sink=\"shop\",result=\"delivered\"} 1\n",
        "pollbridge_deliveries_total{sink=\"shop\",result=\"failed\"} 1\n",
        "pollbridge_deliveries_total{sink=\"billing\",result=\"delivered\"} 0\n",
        "pollbridge_attempts_total{sink=\"shop\",code_class=\"2xx\",error_code=\"\"} 1\n",
        "{sink=\"shop\",code_class=\"5xx\",error_code=\"http_status\"} 1\n",
        "pollbridge_attempt_duration_seconds_count{phase=\"total\"} 3\n",
        "pollbridge_attempt_duration_seconds_sum{phase=\"total\"} 6\n",
        "pollbridge_end_to_end_seconds_count{sink=\"shop\"} 1\n",
        "pollbridge_end_to_end_seconds_sum{sink=\"shop\"} 2\n",
        "pollbridge_outbox_depth{sink=\"shop\",state=\"waiting\"} 1\n",
        "pollbridge_outbox_oldest_age_seconds{sink=\"shop\"} 3\n",
        "pollbridge_outbox_oldest_age_seconds{sink=\"billing\"} 0\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        if (!strstr(buf_str(&page), expected[i])) {
            fail_msg("missing: %sin:\n%s", expected[i], buf_str(&page));
        }
    }
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_delivery_is_sent_and_settled_and_then_observed),
        WORLD_TEST(what_waits_in_the_store_at_the_start_is_sent),
        WORLD_TEST(what_is_new_waits_for_what_is_older_in_the_store),
        WORLD_TEST(a_failure_is_tried_again_by_the_schedule_and_never_early),
        WORLD_TEST(a_used_up_schedule_and_final_answers_end_a_delivery),
        WORLD_TEST(a_lane_goes_on_only_when_its_head_is_settled_for_good),
        WORLD_TEST(no_more_than_the_limit_is_under_way),
        WORLD_TEST(a_rest_holds_the_whole_sink_and_no_other),
        WORLD_TEST(steps_of_the_wall_clock_neither_hasten_nor_hold_a_retry),
        WORLD_TEST(a_restart_keeps_the_time_of_a_retry_whatever_the_clock_did),
        WORLD_TEST(a_kept_connection_that_was_closed_is_replaced_once),
        WORLD_TEST(little_of_a_long_answer_is_kept),
        WORLD_TEST(what_was_born_failed_is_not_sent),
        WORLD_TEST(streams_are_written_in_order_and_tried_again),
        WORLD_TEST(the_metrics_page_shows_what_happened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
