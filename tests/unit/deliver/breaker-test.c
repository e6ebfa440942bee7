// When a sink is left in peace, when it is disabled, and how starts are spread. No clock, no I/O.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/base/cleanup.h"
#include "bridge/deliver/breaker.h"
#include "bridge/deliver/pacer.h"
#include "bridge/spi/settings.h"

#define WALL_MS INT64_C(1767225600000)
#define DAY_MS  (INT64_C(24) * 3600 * 1000)

static int64_t schedule_ms[] = { 5000, 300000, 1800000 };
static const struct retry_settings retry = { .schedule = { schedule_ms, 3 } };

static enum breaker_event fail_at(struct breaker *breaker, int64_t id, int64_t at_ms, bool is_gone)
{
    const struct breaker_failure failure = {
        .retry = &retry,
        .disable_after_ms = 5 * DAY_MS,
        .delivery_id = id,
        .is_gone = is_gone,
        .wall_ms = WALL_MS + at_ms,
        .mono_ms = at_ms,
    };
    return breaker_failed(breaker, &failure);
}

static void five_different_deliveries_open_it_and_a_success_closes_it(void **state)
{
    (void)state;
    struct breaker breaker = { 0 };
    for (int64_t id = 1; id <= 4; id++) {
        assert_int_equal(fail_at(&breaker, id, 0, false), BREAKER_NOTHING);
    }
    assert_int_equal(breaker_succeeded(&breaker), BREAKER_NOTHING); // they are forgotten
    for (int64_t id = 5; id <= 8; id++) {
        assert_int_equal(fail_at(&breaker, id, 0, false), BREAKER_NOTHING);
    }
    assert_false(breaker.is_open);
    assert_int_equal(fail_at(&breaker, 9, 0, false), BREAKER_OPENED);
    assert_true(breaker.is_open);
    assert_int_equal(breaker_succeeded(&breaker), BREAKER_CLOSED);
    assert_false(breaker.is_open);
    assert_int_equal(breaker.kept.failures, 0);
}

static void one_event_that_nobody_can_digest_does_not_open_it(void **state)
{
    (void)state;
    struct breaker breaker = { 0 };
    for (int i = 0; i < 50; i++) {
        assert_int_equal(fail_at(&breaker, 7, i, false), BREAKER_NOTHING);
    }
    assert_false(breaker.is_open);
}

static void probes_follow_the_schedule_and_stay_at_its_end(void **state)
{
    (void)state;
    struct breaker breaker = { 0 };
    for (int64_t id = 1; id <= 5; id++) {
        (void)fail_at(&breaker, id, 0, false);
    }
    int64_t now_ms = 0;
    for (size_t i = 0; i < 6; i++) {
        int64_t step_ms = schedule_ms[i < 3 ? i : 2];
        int64_t wait_ms = breaker.probe_at_ms - now_ms;
        assert_in_range(wait_ms, step_ms, step_ms + step_ms / 5);
        // What was under way when it opened is no probe.
        (void)fail_at(&breaker, 100, breaker.probe_at_ms - 1, false);
        assert_int_equal(breaker.probe_at_ms - now_ms, wait_ms);
        now_ms = breaker.probe_at_ms;
        (void)fail_at(&breaker, 200, now_ms, false);
    }
}

static void what_the_store_kept_opens_it_with_a_probe_at_once(void **state)
{
    (void)state;
    struct breaker breaker;
    breaker_load(&breaker, &(struct sink_health){ .failures = 5, .failing_since_ms = WALL_MS });
    assert_true(breaker.is_open);
    assert_int_equal(breaker.probe_at_ms, 0);
    breaker_load(&breaker, &(struct sink_health){ .failures = 4, .failing_since_ms = WALL_MS });
    assert_false(breaker.is_open);
}

static void it_takes_five_days_and_ten_attempts_to_be_disabled(void **state)
{
    (void)state;
    struct breaker few = { 0 };
    (void)fail_at(&few, 1, 0, false);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(fail_at(&few, 1, 9 * DAY_MS + i, false), BREAKER_NOTHING);
    }
    assert_int_equal(few.kept.disabled_at_ms, 0); // nine attempts
    assert_int_equal(fail_at(&few, 1, 9 * DAY_MS + 9, false), BREAKER_DISABLED_FAILING);
    assert_int_equal(few.kept.disabled_at_ms, WALL_MS + 9 * DAY_MS + 9);
    assert_int_equal(fail_at(&few, 1, 10 * DAY_MS, false), BREAKER_NOTHING); // only once

    struct breaker brief = { 0 };
    for (int i = 0; i < 100; i++) {
        assert_int_not_equal(fail_at(&brief, 1, i, false), BREAKER_DISABLED_FAILING);
    }
    assert_int_equal(fail_at(&brief, 1, 5 * DAY_MS - 1, false), BREAKER_NOTHING);
    assert_int_equal(breaker_succeeded(&brief), BREAKER_NOTHING); // the days begin anew
    assert_int_equal(fail_at(&brief, 1, 5 * DAY_MS, false), BREAKER_NOTHING);
}

static void a_clock_that_steps_disables_nobody(void **state)
{
    (void)state;
    struct breaker breaker = { 0 };
    for (int i = 0; i < 20; i++) {
        (void)fail_at(&breaker, 1, 6 * DAY_MS, false);
    }
    (void)fail_at(&breaker, 1, 0, true); // back to the right time
    assert_int_equal(fail_at(&breaker, 1, 1000, true), BREAKER_NOTHING);
    assert_int_equal(breaker.kept.failing_since_ms, WALL_MS);
    assert_int_equal(breaker.kept.disabled_at_ms, 0);
}

static void gone_twice_a_minute_apart_disables(void **state)
{
    (void)state;
    struct breaker breaker = { 0 };
    assert_int_equal(fail_at(&breaker, 1, 0, true), BREAKER_NOTHING);
    assert_int_equal(fail_at(&breaker, 2, 59999, true), BREAKER_NOTHING); // one burst
    assert_int_equal(fail_at(&breaker, 3, 60000, false), BREAKER_NOTHING);
    assert_int_equal(fail_at(&breaker, 4, 60000, true), BREAKER_DISABLED_GONE);

    breaker_reset(&breaker);
    assert_int_equal(fail_at(&breaker, 1, 0, true), BREAKER_NOTHING);
    assert_int_equal(breaker_succeeded(&breaker), BREAKER_NOTHING); // it came back
    assert_int_equal(fail_at(&breaker, 2, 70000, true), BREAKER_NOTHING);
}

// Starts in `stretch_ms` when a timer fires every `tick_ms`.
static int64_t count_starts(const struct sink_limit_settings *limits, int64_t tick_ms,
                            int64_t stretch_ms)
{
    struct pacer pacer = { 0 };
    int64_t starts = 0;
    for (int64_t now_ms = 1000000; now_ms < 1000000 + stretch_ms; now_ms += tick_ms) {
        while (pacer_next_at_ms(&pacer, limits, now_ms) <= now_ms) {
            pacer_started(&pacer, limits, now_ms);
            starts++;
        }
    }
    return starts;
}

static void starts_are_spread_over_time(void **state)
{
    (void)state;
    static const struct {
        int64_t rate, per_ms, stretch_ms, least, most;
    } cases[] = {
        { 10, 1000, 10000, 100, 101 },    { 60, 60000, 60000, 60, 61 },
        { 1000, 1000, 5000, 4995, 5021 }, { 100000, 1000, 1000, 99800, 102001 },
        { 1, 86400000, 3600000, 1, 1 },   { 7, 1000, 1000, 7, 8 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct sink_limit_settings limits = { .rate = cases[i].rate,
                                                    .per_ms = cases[i].per_ms };
        int64_t starts = count_starts(&limits, 1, cases[i].stretch_ms);
        assert_in_range(starts, cases[i].least, cases[i].most);
    }
    const struct sink_limit_settings slow = { .rate = 10, .per_ms = 1000 };
    assert_in_range(count_starts(&slow, 37, 10000), 80, 101); // a late timer never makes up
}

static void a_higher_rate_counts_at_once(void **state)
{
    (void)state;
    struct pacer pacer = { 0 };
    const struct sink_limit_settings daily = { .rate = 1, .per_ms = DAY_MS };
    const struct sink_limit_settings fast = { .rate = 10, .per_ms = 1000 };
    const struct sink_limit_settings none = { .rate = 0, .per_ms = 1000 };
    pacer_started(&pacer, &daily, 1000);
    assert_int_equal(pacer_next_at_ms(&pacer, &daily, 1000), 1000 + DAY_MS);
    assert_in_range(pacer_next_at_ms(&pacer, &fast, 1000), 1000, 1100);
    assert_int_equal(pacer_next_at_ms(&pacer, &none, 1000), 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_different_deliveries_open_it_and_a_success_closes_it),
        cmocka_unit_test(one_event_that_nobody_can_digest_does_not_open_it),
        cmocka_unit_test(probes_follow_the_schedule_and_stay_at_its_end),
        cmocka_unit_test(what_the_store_kept_opens_it_with_a_probe_at_once),
        cmocka_unit_test(it_takes_five_days_and_ten_attempts_to_be_disabled),
        cmocka_unit_test(a_clock_that_steps_disables_nobody),
        cmocka_unit_test(gone_twice_a_minute_apart_disables),
        cmocka_unit_test(starts_are_spread_over_time),
        cmocka_unit_test(a_higher_rate_counts_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
