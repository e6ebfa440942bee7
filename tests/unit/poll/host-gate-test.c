#include "tests/unit/poll/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/model/http.h"
#include "bridge/poll/politeness/host-gate.h"

#define VISITORS_MAX 400
#define NEVER        INT64_MAX

struct visitor {
    struct gate_waiter gate; // first
    struct world *world;
    unsigned number;
};

// The gate, its owner's timer, and who was let in or sent away, in order.
struct world {
    struct hand_clock clock;
    struct host_gate *gate;
    int64_t wake_ms; // the wait asked for last; NEVER: none
    struct visitor visitors[VISITORS_MAX];
    char log[4096];  // " 3" was let in, " !3" sent away
    int leaves_next; // so many of those admitted leave at once
};

static void on_wake(int64_t wait_ms, void *userdata)
{
    struct world *world = userdata;
    assert_true(wait_ms >= 0);
    world->wake_ms = wait_ms;
}

static void on_admit(struct gate_waiter *waiter)
{
    struct visitor *visitor = (struct visitor *)waiter;
    struct world *world = visitor->world;
    size_t len = strlen(world->log);
    assert_int_not_equal(waiter->state, GATE_WAITING);
    (void)snprintf(world->log + len, sizeof(world->log) - len, " %s%u",
                   waiter->state == GATE_INSIDE ? "" : "!", visitor->number);
    if (waiter->state == GATE_INSIDE && world->leaves_next > 0) {
        world->leaves_next--;
        gate_leave(waiter);
    }
}

static void world_init(struct world *world)
{
    memset(world, 0, sizeof(*world));
    hand_clock_init(&world->clock);
    world->wake_ms = NEVER;
    const struct host_gate_parts parts = { .clock = &world->clock.clock,
                                           .wake_after = on_wake,
                                           .userdata = world };
    assert_int_equal(host_gate_new(&world->gate, &parts), 0);
    for (unsigned i = 0; i < VISITORS_MAX; i++) {
        world->visitors[i] =
            (struct visitor){ .gate.admit = on_admit, .world = world, .number = i };
    }
}

static void world_deinit(struct world *world)
{
    for (size_t i = 0; i < VISITORS_MAX; i++) {
        gate_leave(&world->visitors[i].gate);
    }
    (void)host_gate_free(world->gate);
}
#define AUTO_WORLD CLEANUP(world_deinit)

// Settles what is due now, then lets `ms` pass as the owner's timer would have it.
static void world_pass(struct world *world, int64_t ms)
{
    int64_t end_ms = world->clock.mono_ms + ms;
    for (unsigned turns = 0; world->wake_ms != NEVER; turns++) {
        assert_true(turns < 10000); // it does not spin
        int64_t wait_ms = world->wake_ms;
        if (world->clock.mono_ms + wait_ms > end_ms) {
            world->wake_ms -= end_ms - world->clock.mono_ms;
            break;
        }
        hand_clock_pass(&world->clock, wait_ms);
        world->wake_ms = NEVER;
        host_gate_pump(world->gate);
    }
    hand_clock_pass(&world->clock, end_ms - world->clock.mono_ms);
}

// What happened since the last look.
static void assert_log(struct world *world, const char *expected)
{
    assert_string_equal(world->log, expected);
    world->log[0] = '\0';
}

static struct gate_lane *lane_of(struct world *world, const char *origin, const char *credential)
{
    struct gate_lane *lane = NULL;
    assert_int_equal(host_gate_lane(world->gate, origin, credential, &lane), 0);
    return lane;
}

static enum gate_state enter(struct world *world, struct gate_lane *lane, unsigned number)
{
    return gate_enter(lane, &world->visitors[number].gate, clock_mono_ms(&world->clock.clock));
}

static void leave(struct world *world, unsigned number)
{
    gate_leave(&world->visitors[number].gate);
}

static void apply(struct world *world, const char *host, int64_t requests, int64_t per_ms,
                  int64_t concurrency)
{
    struct settings *settings = calloc(1, sizeof(*settings));
    assert_non_null(settings);
    settings->refs = 1;
    if (host) {
        settings->limits = calloc(1, sizeof(*settings->limits));
        assert_non_null(settings->limits);
        settings->limit_count = 1;
        settings->limits[0] = (struct limit_settings){
            .host = strdup(host), .requests = requests, .per_ms = per_ms, .concurrency = concurrency
        };
    }
    assert_int_equal(host_gate_apply(world->gate, settings), 0);
    (void)settings_unref(settings);
}

static int64_t rest(struct world *world, struct gate_lane *lane, const char *retry_after)
{
    (void)world;
    CLEANUP(http_response_deinit) struct http_response response = { .status = 429 };
    if (retry_after) {
        assert_int_equal(headers_add(&response.headers, "Retry-After", retry_after), 0);
    }
    gate_rest(lane, &response);
    return gate_rest_left(lane).wait_ms;
}

// A good answer; the fields are name, value, …, NULL.
static void answer(struct gate_lane *lane, const char *const fields[])
{
    CLEANUP(http_response_deinit) struct http_response response = { .status = 200 };
    for (; fields && *fields; fields += 2) {
        assert_int_equal(headers_add(&response.headers, fields[0], fields[1]), 0);
    }
    gate_answered(lane, &response);
}

#define HOST  "https://api.example.com:443"
#define OTHER "https://other.example.com:443"

static void four_go_at_once_and_the_others_in_the_order_they_came(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    struct gate_lane *lane = lane_of(&world, HOST, NULL);
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(enter(&world, lane, i), i < 4 ? GATE_INSIDE : GATE_WAITING);
    }
    world_pass(&world, 1000);
    assert_log(&world, "");
    leave(&world, 2);
    world_pass(&world, 0);
    assert_log(&world, " 4");
    leave(&world, 6); // gives up waiting
    leave(&world, 0);
    leave(&world, 1);
    leave(&world, 1); // no-op
    world_pass(&world, 0);
    assert_log(&world, " 5 7");
    struct host_gate_stats stats;
    host_gate_get_stats(world.gate, &stats);
    assert_int_equal(stats.in_flight, 4);
    assert_int_equal(stats.waiting, 0);
    (void)gate_lane_unref(lane);
}

// Nobody overtakes: who comes while others wait is put behind them, though a place is free.
static void nobody_overtakes_those_who_wait(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    struct gate_lane *lane = lane_of(&world, HOST, NULL);
    for (unsigned i = 0; i < 5; i++) {
        (void)enter(&world, lane, i);
    }
    leave(&world, 0);
    assert_int_equal(enter(&world, lane, 9), GATE_WAITING);
    leave(&world, 1);
    world_pass(&world, 0);
    assert_log(&world, " 4 9");
    (void)gate_lane_unref(lane);
}

static void one_host_is_one_host_whatever_the_scheme_and_credential(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    struct gate_lane *lanes[] = {
        lane_of(&world, "https://api.example.com:443", NULL),
        lane_of(&world, "https://api.example.com:443", "a"),
        lane_of(&world, "http://api.example.com:80", "a"),
        lane_of(&world, "https://api.example.com:8443", NULL), // another server
        lane_of(&world, "http://api.example.com:443", NULL),   // and another
    };
    assert_int_equal(enter(&world, lanes[0], 0), GATE_INSIDE);
    assert_int_equal(enter(&world, lanes[1], 1), GATE_INSIDE);
    assert_int_equal(enter(&world, lanes[2], 2), GATE_INSIDE);
    assert_int_equal(enter(&world, lanes[2], 3), GATE_INSIDE);
    assert_int_equal(enter(&world, lanes[1], 4), GATE_WAITING);
    for (unsigned i = 10; i < 14; i++) {
        assert_int_equal(enter(&world, lanes[3], i), GATE_INSIDE);
        assert_int_equal(enter(&world, lanes[4], i + 10), GATE_INSIDE);
    }
    for (size_t i = 0; i < ARRAY_LEN(lanes); i++) {
        (void)gate_lane_unref(lanes[i]);
    }
}

static void all_hosts_together_have_a_bound_and_take_turns(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    char origin[64];
    for (unsigned i = 0; i < GATE_IN_FLIGHT; i++) {
        (void)snprintf(origin, sizeof(origin), "https://h%u.example.com:443", i / 4);
        struct gate_lane *lane = lane_of(&world, origin, NULL);
        assert_int_equal(enter(&world, lane, i), GATE_INSIDE);
        (void)gate_lane_unref(lane);
    }
    struct gate_lane *first = lane_of(&world, HOST, NULL);
    struct gate_lane *second = lane_of(&world, OTHER, NULL);
    assert_int_equal(enter(&world, first, 300), GATE_WAITING);
    assert_int_equal(enter(&world, first, 301), GATE_WAITING);
    assert_int_equal(enter(&world, first, 302), GATE_WAITING);
    assert_int_equal(enter(&world, second, 310), GATE_WAITING);
    world_pass(&world, 5000);
    assert_log(&world, "");
    for (unsigned i = 0; i < 4; i++) {
        leave(&world, i * 8);
    }
    world_pass(&world, 0);
    assert_log(&world, " 300 310 301 302");
    (void)gate_lane_unref(first);
    (void)gate_lane_unref(second);
}

static void an_answer_frees_its_host_and_still_counts_in_the_process(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    struct gate_lane *lane = lane_of(&world, HOST, NULL);
    for (unsigned i = 0; i < GATE_IN_FLIGHT; i++) { // one host carries far more than at once
        assert_int_equal(enter(&world, lane, i), GATE_INSIDE);
        gate_leave_host(&world.visitors[i].gate);
        gate_leave_host(&world.visitors[i].gate); // once is enough
    }
    assert_int_equal(enter(&world, lane, 300), GATE_WAITING);
    world_pass(&world, 5000);
    assert_log(&world, "");
    leave(&world, 7);
    world_pass(&world, 0);
    assert_log(&world, " 300");
    (void)gate_lane_unref(lane);
}

static void a_budget_holds_over_any_window_and_wakes_in_time(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    apply(&world, "API.example.com", 2, 60000, 10);
    struct gate_lane *lane = lane_of(&world, HOST, NULL);
    assert_int_equal(enter(&world, lane, 0), GATE_INSIDE);
    leave(&world, 0); // a place is free again, the budget is not
    world_pass(&world, 10000);
    assert_int_equal(enter(&world, lane, 1), GATE_INSIDE);
    for (unsigned i = 2; i < 5; i++) {
        assert_int_equal(enter(&world, lane, i), GATE_WAITING);
    }
    world_pass(&world, 49999);
    assert_log(&world, "");
    world_pass(&world, 1);
    assert_log(&world, " 2");
    world_pass(&world, 10000);
    assert_log(&world, " 3");
    world_pass(&world, 49999);
    assert_log(&world, "");
    world_pass(&world, 1);
    assert_log(&world, " 4");
    (void)gate_lane_unref(lane);
}

static void other_limits_count_at_once(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    apply(&world, "api.example.com", 1, 60000, 1);
    struct gate_lane *lane = lane_of(&world, HOST, NULL);
    assert_int_equal(enter(&world, lane, 0), GATE_INSIDE);
    for (unsigned i = 1; i < 8; i++) {
        assert_int_equal(enter(&world, lane, i), GATE_WAITING);
    }
    world_pass(&world, 1000);
    assert_log(&world, "");
    apply(&world, "api.example.com", 0, 60000, 2);
    world_pass(&world, 0);
    assert_log(&world, " 1");
    apply(&world, NULL, 0, 0, 0); // the limits are gone: four at once
    world_pass(&world, 0);
    assert_log(&world, " 2 3");
    apply(&world, "api.example.com", 0, 60000, 1); // those inside stay
    leave(&world, 0);
    leave(&world, 1);
    leave(&world, 2);
    world_pass(&world, 0);
    assert_log(&world, "");
    leave(&world, 3);
    world_pass(&world, 0);
    assert_log(&world, " 4");
    (void)gate_lane_unref(lane);
}

static void a_reload_does_not_give_a_spent_budget_back(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    apply(&world, "api.example.com", 1, 60000, 4);
    struct gate_lane *lane = lane_of(&world, HOST, NULL);
    assert_int_equal(enter(&world, lane, 0), GATE_INSIDE);
    leave(&world, 0);
    (void)gate_lane_unref(lane); // the source was edited
    apply(&world, "api.example.com", 1, 60000, 4);
    lane = lane_of(&world, HOST, NULL);
    assert_int_equal(enter(&world, lane, 1), GATE_WAITING);
    world_pass(&world, 60000);
    assert_log(&world, " 1");
    (void)gate_lane_unref(lane);
}

static void a_429_rests_host_and_credential_and_nobody_else(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    struct gate_lane *shop = lane_of(&world, HOST, "shop");
    struct gate_lane *open = lane_of(&world, HOST, NULL);
    assert_int_equal(enter(&world, shop, 0), GATE_INSIDE);
    assert_int_equal(rest(&world, shop, "30"), 30000);
    leave(&world, 0);
    assert_int_equal(enter(&world, shop, 1), GATE_OUTSIDE);
    struct gate_lane *same = lane_of(&world, HOST, "shop");
    assert_int_equal(enter(&world, same, 1), GATE_OUTSIDE);
    assert_int_equal(enter(&world, open, 2), GATE_INSIDE);
    struct host_gate_stats stats;
    host_gate_get_stats(world.gate, &stats);
    assert_int_equal(stats.resting, 1);
    world_pass(&world, 29999);
    assert_int_equal(gate_rest_left(shop).wait_ms, 1);
    assert_int_equal(enter(&world, shop, 1), GATE_OUTSIDE);
    world_pass(&world, 1);
    assert_int_equal(enter(&world, shop, 1), GATE_INSIDE);
    (void)gate_lane_unref(shop);
    (void)gate_lane_unref(same);
    (void)gate_lane_unref(open);
}

static void a_budget_is_one_for_each_credential(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    apply(&world, "api.example.com", 1, 60000, 4);
    struct gate_lane *shop = lane_of(&world, HOST, "shop");
    struct gate_lane *open = lane_of(&world, HOST, NULL);
    assert_int_equal(enter(&world, shop, 0), GATE_INSIDE);
    assert_int_equal(enter(&world, shop, 1), GATE_WAITING);
    world_pass(&world, 1000);
    assert_int_equal(gate_waits_by(&world.visitors[1].gate), POLL_BY_BUDGET);
    assert_int_equal(enter(&world, open, 2), GATE_INSIDE); // not behind those of another
    world_pass(&world, 59000);
    assert_log(&world, " 1");
    (void)gate_lane_unref(shop);
    (void)gate_lane_unref(open);
}

// The places of a host go round among its credentials, however many of one of them wait.
static void credentials_of_a_host_take_turns(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    struct gate_lane *shop = lane_of(&world, HOST, "shop");
    struct gate_lane *open = lane_of(&world, HOST, NULL);
    for (unsigned i = 0; i < 8; i++) {
        (void)enter(&world, shop, i);
    }
    assert_int_equal(enter(&world, open, 20), GATE_WAITING);
    assert_int_equal(enter(&world, open, 21), GATE_WAITING);
    world_pass(&world, 1000);
    assert_int_equal(gate_waits_by(&world.visitors[7].gate), POLL_BY_CONCURRENCY);
    for (unsigned i = 0; i < 4; i++) {
        leave(&world, i);
        world_pass(&world, 0);
    }
    assert_log(&world, " 4 20 5 21");
    (void)gate_lane_unref(shop);
    (void)gate_lane_unref(open);
}

static void a_used_up_quota_rests_the_lane_until_its_reset(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    struct gate_lane *lane = lane_of(&world, HOST, NULL);
    answer(lane, (const char *const[]){ "X-RateLimit-Limit", "60", "X-RateLimit-Remaining", "0",
                                        "X-RateLimit-Reset", "90", NULL });
    assert_int_equal(gate_rest_left(lane).wait_ms, 90000);
    assert_int_equal(gate_rest_left(lane).pace, POLL_BY_QUOTA);
    assert_int_equal(enter(&world, lane, 0), GATE_OUTSIDE);
    assert_int_equal(gate_quota_of(lane).limit, 60);
    assert_int_equal(gate_quota_of(lane).reset_left_ms, 90000);
    world_pass(&world, 90000);
    assert_int_equal(enter(&world, lane, 0), GATE_INSIDE);
    assert_false(gate_quota_of(lane).is_known); // nobody knows after the reset
    (void)gate_lane_unref(lane);
}

static void a_low_quota_is_stretched_until_its_reset(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    struct gate_lane *lane = lane_of(&world, HOST, NULL);
    assert_int_equal(enter(&world, lane, 0), GATE_INSIDE);
    answer(lane, (const char *const[]){ "RateLimit", "\"a\";r=4;t=60", "RateLimit-Policy",
                                        "\"a\";q=100;w=3600", NULL });
    leave(&world, 0);
    for (unsigned i = 1; i < 7; i++) {
        assert_int_equal(enter(&world, lane, i), GATE_WAITING);
    }
    world_pass(&world, 14999);
    assert_log(&world, "");
    assert_int_equal(gate_waits_by(&world.visitors[1].gate), POLL_BY_QUOTA);
    world_pass(&world, 1);
    assert_log(&world, " 1");
    world_pass(&world, 15000);
    assert_log(&world, " 2");
    world_pass(&world, 15000);
    assert_log(&world, " 3");
    // Another answer says that there is plenty again: everybody goes.
    answer(lane, (const char *const[]){ "RateLimit", "\"a\";r=90;t=60", "RateLimit-Policy",
                                        "\"a\";q=100;w=3600", NULL });
    leave(&world, 1);
    leave(&world, 2);
    world_pass(&world, 0);
    assert_log(&world, " 4 5 6");
    (void)gate_lane_unref(lane);
}

static void a_throttle_without_retry_after_rests_until_the_quota_is_full(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    struct gate_lane *lane = lane_of(&world, HOST, NULL);
    CLEANUP(http_response_deinit) struct http_response refused = { .status = 403 };
    assert_false(gate_asks_for_rest(&refused)); // not allowed is not too often
    assert_int_equal(headers_add(&refused.headers, "X-RateLimit-Remaining", "0"), 0);
    assert_int_equal(headers_add(&refused.headers, "X-RateLimit-Reset", "7"), 0);
    assert_true(gate_asks_for_rest(&refused));
    gate_rest(lane, &refused);
    assert_int_equal(gate_rest_left(lane).wait_ms, 7000);
    (void)gate_lane_unref(lane);
}

static void a_rest_goes_on_after_a_restart(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    struct gate_lane *lane = lane_of(&world, HOST, NULL);
    const struct poll_rest before = { .pace = POLL_BY_RETRY_AFTER, .wait_ms = 5000 };
    const struct poll_rest absurd = { .pace = POLL_BY_QUOTA, .wait_ms = INT64_MAX / 4 };
    gate_continue_rest(lane, &before);
    assert_int_equal(enter(&world, lane, 0), GATE_OUTSIDE);
    assert_int_equal(gate_rest_left(lane).wait_ms, 5000);
    gate_continue_rest(lane, &absurd);
    assert_int_equal(gate_rest_left(lane).wait_ms, 24 * 3600 * 1000);
    (void)gate_lane_unref(lane);
}

// Those who wait for a lane that came to rest are sent away, and do not stop the others.
static void who_waits_for_a_resting_lane_is_sent_away(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    struct gate_lane *shop = lane_of(&world, HOST, "shop");
    struct gate_lane *open = lane_of(&world, HOST, NULL);
    for (unsigned i = 0; i < 4; i++) {
        (void)enter(&world, shop, i);
    }
    assert_int_equal(enter(&world, shop, 4), GATE_WAITING);
    assert_int_equal(enter(&world, open, 5), GATE_WAITING);
    assert_int_equal(enter(&world, shop, 6), GATE_WAITING);
    (void)rest(&world, shop, "30");
    world_pass(&world, 0);
    assert_log(&world, " !4 !6"); // at once, though there is no place for anybody
    leave(&world, 0);
    world_pass(&world, 0);
    assert_log(&world, " 5");
    (void)gate_lane_unref(shop);
    (void)gate_lane_unref(open);
}

static void rests_in_a_row_grow_and_one_good_answer_ends_that(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    struct gate_lane *lane = lane_of(&world, HOST, NULL);
    assert_int_equal(rest(&world, lane, NULL), 60000);
    // Four answers of one moment are one strike.
    assert_int_equal(rest(&world, lane, NULL), 60000);
    assert_int_equal(rest(&world, lane, NULL), 60000);
    answer(lane, NULL); // of a request that was under way: the rest goes on
    assert_int_equal(gate_rest_left(lane).wait_ms, 60000);
    world_pass(&world, 60000);
    assert_int_equal(rest(&world, lane, NULL), 120000);
    world_pass(&world, 120000);
    assert_int_equal(rest(&world, lane, NULL), 240000);
    world_pass(&world, 240000);
    answer(lane, NULL);
    assert_int_equal(rest(&world, lane, NULL), 60000);
    (void)gate_lane_unref(lane);
}

static void a_rest_is_never_shortened(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    struct gate_lane *lane = lane_of(&world, HOST, NULL);
    assert_int_equal(rest(&world, lane, "600"), 600000);
    assert_int_equal(rest(&world, lane, "5"), 600000);
    world_pass(&world, 1000);
    assert_int_equal(rest(&world, lane, NULL), 599000);
    // A step of the wall clock changes nothing.
    world.clock.wall_ms += INT64_C(86400000);
    assert_int_equal(gate_rest_left(lane).wait_ms, 599000);
    // The rest outlives the last who named the lane, and a reload.
    (void)gate_lane_unref(lane);
    apply(&world, NULL, 0, 0, 0);
    lane = lane_of(&world, HOST, NULL);
    assert_int_equal(gate_rest_left(lane).wait_ms, 599000);
    (void)gate_lane_unref(lane);
}

// A reload may come while polls of a source that left are still inside or waiting.
static void a_lane_lasts_as_long_as_somebody_is_in_it(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    struct gate_lane *lane = lane_of(&world, HOST, NULL);
    for (unsigned i = 0; i < 6; i++) {
        (void)enter(&world, lane, i);
    }
    (void)gate_lane_unref(lane);
    apply(&world, NULL, 0, 0, 0);
    leave(&world, 0);
    world_pass(&world, 0);
    assert_log(&world, " 4");
    for (unsigned i = 1; i < 6; i++) {
        leave(&world, i);
    }
    apply(&world, NULL, 0, 0, 0);
    world_pass(&world, 0);
    struct host_gate_stats stats;
    host_gate_get_stats(world.gate, &stats);
    assert_int_equal(stats.in_flight, 0);
    assert_int_equal(stats.waiting, 0);
}

// Gone while it waited for its turn or its budget: the queues must not remember it.
static void a_host_that_is_forgotten_leaves_the_queues(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    apply(&world, "api.example.com", 1, 1000, 1);
    struct gate_lane *lane = lane_of(&world, HOST, NULL);
    (void)enter(&world, lane, 0);
    (void)enter(&world, lane, 1);
    leave(&world, 0);
    world_pass(&world, 10); // asleep until its budget allows
    leave(&world, 1);
    (void)gate_lane_unref(lane);
    hand_clock_pass(&world.clock, 5000);
    apply(&world, NULL, 0, 0, 0);
    world_pass(&world, 5000);
    lane = lane_of(&world, OTHER, NULL);
    for (unsigned i = 0; i < 5; i++) {
        (void)enter(&world, lane, i);
    }
    leave(&world, 0);
    world_pass(&world, 0);
    assert_log(&world, " 4");
    (void)gate_lane_unref(lane);
}

// Whoever is let in may leave from inside the call; the next one follows in the same pump.
static void a_waiter_may_leave_from_its_own_admission(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    struct gate_lane *lane = lane_of(&world, HOST, NULL);
    for (unsigned i = 0; i < 10; i++) {
        (void)enter(&world, lane, i);
    }
    world.leaves_next = 6;
    leave(&world, 0);
    world_pass(&world, 0);
    assert_log(&world, " 4 5 6 7 8 9");
    (void)gate_lane_unref(lane);
}

// A poll that goes on with its next page comes before those that wait to begin, but it waits as
// long as the limits say and counts.
static void who_goes_on_is_served_before_who_begins(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    apply(&world, "api.example.com", 2, 1000, 1);
    struct gate_lane *lane = lane_of(&world, HOST, NULL);
    assert_int_equal(enter(&world, lane, 0), GATE_INSIDE);
    assert_int_equal(enter(&world, lane, 1), GATE_WAITING);
    assert_int_equal(enter(&world, lane, 2), GATE_WAITING);
    gate_leave(&world.visitors[0].gate);
    assert_int_equal(
        gate_enter_first(lane, &world.visitors[0].gate, clock_mono_ms(&world.clock.clock)),
        GATE_INSIDE);
    gate_leave(&world.visitors[0].gate);
    assert_int_equal(
        gate_enter_first(lane, &world.visitors[0].gate, clock_mono_ms(&world.clock.clock)),
        GATE_WAITING); // two a second
    world_pass(&world, 900);
    assert_log(&world, "");
    world.leaves_next = 3;
    world_pass(&world, 2200);
    assert_log(&world, " 0 1 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_go_at_once_and_the_others_in_the_order_they_came),
        cmocka_unit_test(nobody_overtakes_those_who_wait),
        cmocka_unit_test(one_host_is_one_host_whatever_the_scheme_and_credential),
        cmocka_unit_test(all_hosts_together_have_a_bound_and_take_turns),
        cmocka_unit_test(an_answer_frees_its_host_and_still_counts_in_the_process),
        cmocka_unit_test(a_budget_holds_over_any_window_and_wakes_in_time),
        cmocka_unit_test(other_limits_count_at_once),
        cmocka_unit_test(a_reload_does_not_give_a_spent_budget_back),
        cmocka_unit_test(a_429_rests_host_and_credential_and_nobody_else),
        cmocka_unit_test(a_budget_is_one_for_each_credential),
        cmocka_unit_test(credentials_of_a_host_take_turns),
        cmocka_unit_test(a_used_up_quota_rests_the_lane_until_its_reset),
        cmocka_unit_test(a_low_quota_is_stretched_until_its_reset),
        cmocka_unit_test(a_throttle_without_retry_after_rests_until_the_quota_is_full),
        cmocka_unit_test(a_rest_goes_on_after_a_restart),
        cmocka_unit_test(who_waits_for_a_resting_lane_is_sent_away),
        cmocka_unit_test(rests_in_a_row_grow_and_one_good_answer_ends_that),
        cmocka_unit_test(a_rest_is_never_shortened),
        cmocka_unit_test(a_lane_lasts_as_long_as_somebody_is_in_it),
        cmocka_unit_test(a_host_that_is_forgotten_leaves_the_queues),
        cmocka_unit_test(who_goes_on_is_served_before_who_begins),
        cmocka_unit_test(a_waiter_may_leave_from_its_own_admission),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
