#include "tests/unit/poll/support.h"

#include <stdlib.h>

#include "bridge/base/cron.h"
#include "bridge/base/hash.h"
#include "bridge/base/windows.h"
#include "bridge/poll/schedule.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static const int64_t intervals[] = { SECOND, 7 * SECOND, 5 * MINUTE, HOUR, 31 * DAY };

static struct schedule schedule_of(unsigned i, int64_t interval_ms)
{
    return (struct schedule){ .hash = hash64_of(&i, sizeof(i)), .interval_ms = interval_ms };
}

// A restart at any moment finds the source at the same turns of the wall clock.
static void turns_stand_on_one_grid_whenever_one_asks(void **state)
{
    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(intervals); k++) {
        int64_t interval_ms = intervals[k];
        for (unsigned i = 0; i < 50; i++) {
            const struct schedule schedule = schedule_of(i, interval_ms);
            int64_t phase_ms = (int64_t)(schedule.hash % (uint64_t)interval_ms);
            int64_t near_ms = interval_ms / 10 < 500 ? interval_ms / 10 : 500;
            for (int64_t step = 0; step < 20; step++) {
                int64_t now_ms = SUPPORT_NOW_MS + step * interval_ms / 20;
                int64_t wait_ms = schedule_wait_ms(&schedule, now_ms, 0);
                assert_int_equal((now_ms + wait_ms) % interval_ms, phase_ms);
                assert_true(wait_ms > near_ms && wait_ms <= interval_ms + near_ms);
            }
        }
    }
}

// The turn that is now must not come twice because a timer woke a little early.
static void a_turn_seen_a_little_early_is_the_present_one(void **state)
{
    (void)state;
    const struct schedule schedule = { .hash = 0, .interval_ms = MINUTE };
    int64_t turn_ms = SUPPORT_NOW_MS;
    assert_int_equal(turn_ms % MINUTE, 0);
    assert_int_equal(schedule_wait_ms(&schedule, turn_ms, 0), MINUTE);
    assert_int_equal(schedule_wait_ms(&schedule, turn_ms - 500, 0), MINUTE + 500);
    assert_int_equal(schedule_wait_ms(&schedule, turn_ms - 501, 0), 501);
    assert_int_equal(schedule_wait_ms(&schedule, turn_ms + 1, 0), MINUTE - 1);
    const struct schedule fast = { .hash = 0, .interval_ms = SECOND };
    assert_int_equal(schedule_wait_ms(&fast, turn_ms - 100, 0), SECOND + 100);
    assert_int_equal(schedule_wait_ms(&fast, turn_ms - 101, 0), 101);
}

static void a_wait_is_at_least_as_long_as_the_back_off_and_ends_on_a_turn(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        const struct schedule schedule = schedule_of(i, 5 * MINUTE);
        for (int64_t least_ms = SECOND; least_ms <= HOUR; least_ms *= 2) {
            int64_t now_ms = SUPPORT_NOW_MS + i * 7919;
            int64_t wait_ms = schedule_wait_ms(&schedule, now_ms, least_ms);
            assert_true(wait_ms >= least_ms);
            assert_true(wait_ms <= least_ms + 5 * MINUTE + 500);
            assert_int_equal((now_ms + wait_ms) % (5 * MINUTE), schedule.hash % (5 * MINUTE));
        }
    }
    // Exactly a turn away is enough.
    const struct schedule schedule = { .hash = 0, .interval_ms = MINUTE };
    assert_int_equal(schedule_wait_ms(&schedule, SUPPORT_NOW_MS, 2 * MINUTE), 2 * MINUTE);
    assert_int_equal(schedule_wait_ms(&schedule, SUPPORT_NOW_MS, 2 * MINUTE + 1), 3 * MINUTE);
}

static void a_clock_before_1970_has_turns_too(void **state)
{
    (void)state;
    const struct schedule schedule = { .hash = 17, .interval_ms = MINUTE };
    for (int64_t now_ms = -3 * MINUTE; now_ms < 3 * MINUTE; now_ms += 997) {
        int64_t wait_ms = schedule_wait_ms(&schedule, now_ms, 0);
        assert_true(wait_ms > 500 && wait_ms <= MINUTE + 500);
        assert_int_equal((now_ms + wait_ms - 17) % MINUTE, 0);
    }
}

static void sources_are_spread_over_the_interval(void **state)
{
    (void)state;
    unsigned tenths[10] = { 0 };
    for (unsigned i = 0; i < 10000; i++) {
        const struct schedule schedule = schedule_of(i, 5 * MINUTE);
        int64_t wait_ms = schedule_wait_ms(&schedule, SUPPORT_NOW_MS, 0) % (5 * MINUTE);
        tenths[wait_ms / (30 * SECOND)]++;
    }
    for (size_t i = 0; i < ARRAY_LEN(tenths); i++) {
        assert_in_range(tenths[i], 850, 1150);
    }
}

static void after_downtime_all_are_spread_and_a_few_do_not_wait_long(void **state)
{
    (void)state;
    static const struct {
        int64_t interval_ms;
        size_t crowd;
        int64_t window_ms;
    } cases[] = {
        { HOUR, 100000, MINUTE },
        { HOUR, 1200, MINUTE },
        { HOUR, 100, 5 * SECOND },
        { HOUR, 1, 50 },
        { HOUR, 0, 1 },
        { 10 * SECOND, 100000, 10 * SECOND },
        { SECOND, 100000, SECOND },
        { SECOND, 3, 150 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t last_ms = 0;
        for (unsigned k = 0; k < 2000; k++) {
            const struct schedule schedule = schedule_of(k, cases[i].interval_ms);
            int64_t wait_ms = schedule_spread_ms(&schedule, cases[i].crowd);
            assert_in_range(wait_ms, 0, cases[i].window_ms - 1);
            last_ms = wait_ms > last_ms ? wait_ms : last_ms;
        }
        assert_true(last_ms >= cases[i].window_ms * 9 / 10 - 1);
    }
}

static void a_turn_was_missed_exactly_when_one_lies_between(void **state)
{
    (void)state;
    const struct schedule schedule = { .hash = 0, .interval_ms = 10 * MINUTE };
    int64_t turn_ms = SUPPORT_NOW_MS;
    assert_int_equal(turn_ms % (10 * MINUTE), 0);
    static const struct {
        int64_t last_ms; // from the turn
        int64_t now_ms;
        int64_t at_least_ms;
        bool missed;
    } cases[] = {
        { 5, MINUTE, 0, false },
        { 5, 10 * MINUTE - 1, 0, false },
        { 5, 10 * MINUTE, 0, true },
        { -MINUTE, MINUTE, 0, true },
        { 5, 3 * DAY, 0, true },
        { 5, 10 * MINUTE, HOUR, false }, // it is resting after failures
        { 5, HOUR + 10 * MINUTE, HOUR, true },
        { MINUTE, 0, 0, false },    // the clock was set back
        { 365 * DAY, 0, 0, false }, // by a lot
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(schedule_has_missed(&schedule, turn_ms + cases[i].now_ms,
                                             turn_ms + cases[i].last_ms, cases[i].at_least_ms),
                         cases[i].missed);
    }
    assert_true(schedule_has_missed(&schedule, turn_ms, 0, 0)); // never polled
}

static void turns_passed_while_polling_are_counted(void **state)
{
    (void)state;
    const struct schedule schedule = { .hash = 5, .interval_ms = SECOND };
    assert_int_equal(schedule_missed_turns(&schedule, SUPPORT_NOW_MS, 0), 0);
    assert_int_equal(schedule_missed_turns(&schedule, SUPPORT_NOW_MS, 999), 0);
    assert_int_equal(schedule_missed_turns(&schedule, SUPPORT_NOW_MS, 1000), 1);
    assert_int_equal(schedule_missed_turns(&schedule, SUPPORT_NOW_MS, 30500), 30);
    assert_int_equal(schedule_missed_turns(&schedule, SUPPORT_NOW_MS, -600), 0);
}

static void instants_are_rounded_up_to_the_grid_of_bursts(void **state)
{
    (void)state;
    assert_int_equal(schedule_round_up_ms(0), 0);
    assert_int_equal(schedule_round_up_ms(1), 50);
    assert_int_equal(schedule_round_up_ms(50), 50);
    assert_int_equal(schedule_round_up_ms(51), 100);
    assert_int_equal(schedule_round_up_ms(SUPPORT_NOW_MS + 49), SUPPORT_NOW_MS + 50);
    assert_int_equal(schedule_round_up_ms(-1), 0);
    assert_int_equal(schedule_round_up_ms(-50), -50);
}

// ---- other kinds of turns ----

static void a_cron_expression_has_its_own_turns(void **state)
{
    (void)state;
    struct cron cron;
    assert_int_equal(cron_parse(&cron, "*/15 * * * *", NULL), 0);
    const struct schedule schedule = { .hash = 7, .interval_ms = MINUTE, .cron = &cron };
    const struct poll_rest next = schedule_next(&schedule, SUPPORT_NOW_MS + MINUTE, 0);
    assert_int_equal(next.wait_ms, 14 * MINUTE);
    assert_int_equal(next.pace, POLL_BY_SCHEDULE);
    assert_int_equal(schedule_wait_ms(&schedule, SUPPORT_NOW_MS - 400, 0), 15 * MINUTE + 400);
    assert_int_equal(schedule_wait_ms(&schedule, SUPPORT_NOW_MS, 15 * MINUTE), 15 * MINUTE);
    assert_int_equal(schedule_wait_ms(&schedule, SUPPORT_NOW_MS, 16 * MINUTE), 30 * MINUTE);
    assert_false(schedule_has_missed(&schedule, SUPPORT_NOW_MS, 0, 0)); // waits for its first one
    assert_true(
        schedule_has_missed(&schedule, SUPPORT_NOW_MS + MINUTE, SUPPORT_NOW_MS - SECOND, 0));
    assert_false(schedule_has_missed(&schedule, SUPPORT_NOW_MS + MINUTE, SUPPORT_NOW_MS + 1, 0));
    assert_int_equal(schedule_missed_turns(&schedule, SUPPORT_NOW_MS + MINUTE, HOUR), 4);
}

static void an_adaptive_source_is_asked_less_the_longer_it_is_silent(void **state)
{
    (void)state;
    static const struct {
        int64_t idle_ms;
        int64_t wait_ms;
    } cases[] = {
        { -DAY, MINUTE },    { 0, MINUTE }, { 5 * MINUTE, MINUTE }, { 50 * MINUTE, 5 * MINUTE },
        { 20 * HOUR, HOUR },
    };
    struct schedule schedule = { .interval_ms = MINUTE, .longest_ms = HOUR };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        schedule.idle_ms = cases[i].idle_ms;
        int64_t jitter_ms =
            cases[i].wait_ms / 10 < 30 * SECOND ? cases[i].wait_ms / 10 : 30 * SECOND;
        for (uint64_t k = 0; k < 1000; k++) {
            schedule.random = k * UINT64_C(0x9e3779b97f4a7c15);
            const struct poll_rest next = schedule_next(&schedule, SUPPORT_NOW_MS, 0);
            assert_in_range(next.wait_ms, cases[i].wait_ms, cases[i].wait_ms + jitter_ms);
            assert_int_equal(next.pace, POLL_BY_ADAPTIVE);
        }
    }
    assert_true(schedule_wait_ms(&schedule, SUPPORT_NOW_MS, DAY) >= DAY);
}

static void a_closed_window_moves_a_turn_to_its_opening(void **state)
{
    (void)state;
    struct window window = { 0x3e, 8 * 60, 18 * 60 }; // New Year 2026 is a Thursday
    const struct window_list windows = { &window, 1 };
    for (unsigned i = 0; i < 100; i++) {
        struct schedule schedule = schedule_of(i, 5 * MINUTE);
        schedule.windows = &windows;
        const struct poll_rest night = schedule_next(&schedule, SUPPORT_NOW_MS, 0);
        assert_int_equal(night.pace, POLL_BY_WINDOW);
        assert_in_range(night.wait_ms, 8 * HOUR, 8 * HOUR + MINUTE);
        const struct poll_rest day = schedule_next(&schedule, SUPPORT_NOW_MS + 9 * HOUR, 0);
        assert_int_equal(day.pace, POLL_BY_INTERVAL);
        assert_in_range(day.wait_ms, 1, 5 * MINUTE + 500);
        // From Friday's closing to Monday's opening.
        int64_t friday_ms = SUPPORT_NOW_MS + DAY + 18 * HOUR;
        assert_in_range(schedule_wait_ms(&schedule, friday_ms, 0), 62 * HOUR, 62 * HOUR + MINUTE);
        // What was never polled waits for the opening, too.
        assert_false(schedule_has_missed(&schedule, SUPPORT_NOW_MS, 0, 0));
        assert_true(schedule_has_missed(&schedule, SUPPORT_NOW_MS + 9 * HOUR, 0, 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_stand_on_one_grid_whenever_one_asks),
        cmocka_unit_test(a_turn_seen_a_little_early_is_the_present_one),
        cmocka_unit_test(a_wait_is_at_least_as_long_as_the_back_off_and_ends_on_a_turn),
        cmocka_unit_test(a_clock_before_1970_has_turns_too),
        cmocka_unit_test(sources_are_spread_over_the_interval),
        cmocka_unit_test(after_downtime_all_are_spread_and_a_few_do_not_wait_long),
        cmocka_unit_test(a_turn_was_missed_exactly_when_one_lies_between),
        cmocka_unit_test(a_cron_expression_has_its_own_turns),
        cmocka_unit_test(an_adaptive_source_is_asked_less_the_longer_it_is_silent),
        cmocka_unit_test(a_closed_window_moves_a_turn_to_its_opening),
        cmocka_unit_test(turns_passed_while_polling_are_counted),
        cmocka_unit_test(instants_are_rounded_up_to_the_grid_of_bursts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
