// A source's way into failure and out of it: told once, again daily, and once when it is over.

#include "tests/unit/poll/support.h"

#include <limits.h>
#include <string.h>

#include "bridge/poll/progress.h"

#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

// As the poll side does it: the state is asked before it is changed.
static bool fail_poll(struct source_state *state, int64_t at_ms)
{
    bool told = progress_tells_failing(state, true, at_ms);
    progress_failed(state, at_ms);
    state->failing_told |= told;
    return told;
}

static bool throttle_poll(struct source_state *state, int64_t at_ms)
{
    bool told = progress_tells_failing(state, false, at_ms);
    (void)progress_throttled(state, at_ms);
    state->failing_told |= told;
    return told;
}

static void three_failed_polls_in_a_row_are_told_once(void **state)
{
    (void)state;
    struct source_state source = { 0 };
    int64_t at_ms = SUPPORT_NOW_MS;
    assert_false(fail_poll(&source, at_ms));
    assert_false(fail_poll(&source, at_ms + 1000));
    assert_true(fail_poll(&source, at_ms + 3000));
    for (int i = 0; i < 200; i++) {
        assert_false(fail_poll(&source, at_ms + 4000 + i * MINUTE));
    }
    assert_int_equal(source.failures, 203);
    assert_int_equal(source.failing_since_ms, at_ms);
    assert_int_equal(source.last_poll_at_ms, at_ms + 4000 + 199 * MINUTE);
}

static void a_good_answer_between_starts_the_count_again(void **state)
{
    (void)state;
    struct source_state source = { 0 };
    for (int i = 0; i < 10; i++) {
        int64_t at_ms = SUPPORT_NOW_MS + i * HOUR;
        assert_false(fail_poll(&source, at_ms));
        assert_false(fail_poll(&source, at_ms + 1000));
        assert_true(progress_succeeded(&source, at_ms + 2000));
    }
}

static void a_quarter_of_an_hour_is_told_however_few_polls_it_had(void **state)
{
    (void)state;
    struct source_state slow = { 0 };
    assert_false(fail_poll(&slow, SUPPORT_NOW_MS));
    assert_true(fail_poll(&slow, SUPPORT_NOW_MS + 15 * MINUTE));
    struct source_state sooner = { 0 };
    assert_false(fail_poll(&sooner, SUPPORT_NOW_MS));
    assert_false(fail_poll(&sooner, SUPPORT_NOW_MS + 15 * MINUTE - 1));
}

// A 429 is no failure of the API, but silence is silence.
static void throttling_alone_is_told_by_time_and_never_by_number(void **state)
{
    (void)state;
    struct source_state source = { 0 };
    int64_t at_ms = SUPPORT_NOW_MS;
    for (int i = 0; i < 15; i++) {
        assert_false(throttle_poll(&source, at_ms + i * MINUTE));
    }
    assert_int_equal(source.failures, 0);
    assert_true(throttle_poll(&source, at_ms + 15 * MINUTE));
    assert_false(throttle_poll(&source, at_ms + 16 * MINUTE));
}

static void throttling_says_when_the_silence_began(void **state)
{
    (void)state;
    struct source_state source = { 0 };
    assert_true(progress_throttled(&source, SUPPORT_NOW_MS));
    assert_false(progress_throttled(&source, SUPPORT_NOW_MS + 1));
    assert_int_equal(source.failing_since_ms, SUPPORT_NOW_MS);
    assert_int_equal(source.last_poll_at_ms, SUPPORT_NOW_MS + 1);
}

static void what_goes_on_failing_is_told_again_once_a_day(void **state)
{
    (void)state;
    static const int64_t intervals[] = { MINUTE, HOUR, 7 * HOUR };
    for (size_t i = 0; i < ARRAY_LEN(intervals); i++) {
        struct source_state source = { 0 };
        unsigned told = 0;
        for (int64_t age_ms = 0; age_ms <= 10 * DAY; age_ms += intervals[i]) {
            told += fail_poll(&source, SUPPORT_NOW_MS + age_ms);
        }
        assert_in_range(told, 10, 11); // at the start, and after each of ten days
    }
}

// A clock that is set back or forward by a day neither storms nor silences for good.
static void a_step_of_the_clock_tells_at_most_once_more(void **state)
{
    (void)state;
    struct source_state source = { 0 };
    int64_t at_ms = SUPPORT_NOW_MS;
    for (int i = 0; i < 3; i++) {
        (void)fail_poll(&source, at_ms += MINUTE);
    }
    assert_true(source.failing_told);
    unsigned told = 0;
    at_ms -= DAY;
    for (int i = 0; i < 600; i++) {
        told += fail_poll(&source, at_ms += MINUTE);
    }
    assert_int_equal(told, 0);
    at_ms += 2 * DAY;
    for (int i = 0; i < 600; i++) {
        told += fail_poll(&source, at_ms += MINUTE);
    }
    assert_in_range(told, 0, 1);
    for (int i = 0; i < 24 * 60; i++) {
        told += fail_poll(&source, at_ms += MINUTE);
    }
    assert_in_range(told, 1, 2); // and daily again
    // Three failures are told with a clock that went back as well.
    struct source_state other = { 0 };
    assert_false(fail_poll(&other, SUPPORT_NOW_MS));
    assert_false(fail_poll(&other, SUPPORT_NOW_MS - DAY));
    assert_true(fail_poll(&other, SUPPORT_NOW_MS - DAY + 1));
}

static void a_good_answer_ends_everything_and_says_whether_it_is_notable(void **state)
{
    (void)state;
    struct source_state source = { .version = 4, .sequence = 9 };
    assert_false(progress_succeeded(&source, SUPPORT_NOW_MS));
    assert_int_equal(source.last_success_at_ms, SUPPORT_NOW_MS);
    assert_int_equal(source.last_poll_at_ms, SUPPORT_NOW_MS);
    progress_failed(&source, SUPPORT_NOW_MS + 1);
    source.failing_told = true;
    assert_int_equal(source.last_success_at_ms, SUPPORT_NOW_MS);
    assert_true(progress_succeeded(&source, SUPPORT_NOW_MS + 2));
    assert_int_equal(source.failures, 0);
    assert_int_equal(source.failing_since_ms, 0);
    assert_false(source.failing_told);
    assert_false(progress_succeeded(&source, SUPPORT_NOW_MS + 3));
    (void)progress_throttled(&source, SUPPORT_NOW_MS + 4);
    assert_true(progress_succeeded(&source, SUPPORT_NOW_MS + 5));
    source.held_told = true;
    assert_true(progress_succeeded(&source, SUPPORT_NOW_MS + 6));
    assert_false(source.held_told);
    assert_int_equal(source.version, 4);
    assert_int_equal(source.sequence, 9);
}

static void a_failure_drops_the_validators_and_a_hold_keeps_those_of_the_base(void **state)
{
    (void)state;
    CLEANUP(source_state_deinit)
    struct source_state source = { .etag = strdup("\"a\""), .last_modified = strdup("x") };
    progress_held(&source, SUPPORT_NOW_MS);
    assert_string_equal(source.etag, "\"a\"");
    assert_int_equal(source.last_poll_at_ms, SUPPORT_NOW_MS);
    assert_int_equal(source.last_success_at_ms, 0);
    progress_failed(&source, SUPPORT_NOW_MS + 1);
    assert_null(source.etag);
    assert_null(source.last_modified);
}

static void failures_are_counted_without_turning_over(void **state)
{
    (void)state;
    struct source_state source = { .failures = UINT_MAX };
    progress_failed(&source, SUPPORT_NOW_MS);
    assert_int_equal(source.failures, UINT_MAX);
    assert_true(progress_tells_failing(&source, true, SUPPORT_NOW_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_failed_polls_in_a_row_are_told_once),
        cmocka_unit_test(a_good_answer_between_starts_the_count_again),
        cmocka_unit_test(a_quarter_of_an_hour_is_told_however_few_polls_it_had),
        cmocka_unit_test(throttling_alone_is_told_by_time_and_never_by_number),
        cmocka_unit_test(throttling_says_when_the_silence_began),
        cmocka_unit_test(what_goes_on_failing_is_told_again_once_a_day),
        cmocka_unit_test(a_step_of_the_clock_tells_at_most_once_more),
        cmocka_unit_test(a_good_answer_ends_everything_and_says_whether_it_is_notable),
        cmocka_unit_test(a_failure_drops_the_validators_and_a_hold_keeps_those_of_the_base),
        cmocka_unit_test(failures_are_counted_without_turning_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
