#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bridge/deliver/retry.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/sink.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

static int64_t standard_ms[] = { 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR,
                                 10 * HOUR,  14 * HOUR,  20 * HOUR,   24 * HOUR };
static struct status_range gone[] = { { 410, 410 } };
static const struct retry_settings standard = {
    .schedule = { .v_ms = standard_ms, .n = ARRAY_LEN(standard_ms) },
    .final_statuses = { .v = gone, .n = 1 },
};

static struct retry_plan plan_of(const struct retry_settings *settings, struct verdict verdict,
                                 int status, unsigned attempts, uint64_t seed)
{
    const struct retry_input input = { .settings = settings,
                                       .verdict = &verdict,
                                       .status = status,
                                       .attempts = attempts,
                                       .seed = seed };
    return retry_decide(&input);
}

static void every_step_waits_at_least_its_time_and_at_most_a_fifth_more(void **state)
{
    (void)state;
    for (unsigned attempts = 1; attempts <= ARRAY_LEN(standard_ms); attempts++) {
        int64_t step_ms = standard_ms[attempts - 1];
        int64_t least = INT64_MAX;
        int64_t most = 0;
        for (uint64_t seed = 0; seed < 5000; seed++) {
            struct retry_plan plan =
                plan_of(&standard, (struct verdict){ .kind = VERDICT_RETRY }, 500, attempts, seed);
            assert_int_equal(plan.state, DELIVERY_RETRYING);
            least = plan.wait_ms < least ? plan.wait_ms : least;
            most = plan.wait_ms > most ? plan.wait_ms : most;
        }
        assert_int_equal(least, step_ms);
        assert_int_equal(most, step_ms + step_ms / 5);
        assert_true(retry_wait_max_ms(&standard, attempts) >= most);
    }
}

static void the_schedule_gives_one_attempt_more_than_it_has_steps(void **state)
{
    (void)state;
    struct verdict verdict = { .kind = VERDICT_RETRY };
    assert_int_equal(plan_of(&standard, verdict, 500, 9, 0).state, DELIVERY_RETRYING);
    struct retry_plan plan = plan_of(&standard, verdict, 500, 10, 0);
    assert_int_equal(plan.state, DELIVERY_FAILED);
    assert_true(plan.exhausted);
    const struct retry_settings none = { 0 };
    assert_int_equal(plan_of(&none, verdict, 500, 1, 0).state, DELIVERY_FAILED);
}

static void verdicts_and_statuses_give_the_right_end(void **state)
{
    (void)state;
    static const struct {
        enum verdict_kind kind;
        int status;
        enum delivery_state expected;
    } rows[] = {
        { VERDICT_DELIVERED, 204, DELIVERY_DELIVERED },
        { VERDICT_DELIVERED, 410, DELIVERY_DELIVERED }, // the driver's word counts
        { VERDICT_RETRY, 500, DELIVERY_RETRYING },
        { VERDICT_RETRY, 0, DELIVERY_RETRYING }, // no answer at all
        { VERDICT_RETRY, 410, DELIVERY_FAILED },
        { VERDICT_REST, 503, DELIVERY_RETRYING },
        { VERDICT_REST, 410, DELIVERY_FAILED },
        { VERDICT_FINAL, 422, DELIVERY_FAILED },
        { VERDICT_FINAL, 0, DELIVERY_FAILED },
        { VERDICT_GONE, 410, DELIVERY_FAILED },
        { VERDICT_GONE, 200, DELIVERY_RETRYING }, // "disable" beside another status: not lost
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct retry_plan plan =
            plan_of(&standard, (struct verdict){ .kind = rows[i].kind }, rows[i].status, 1, 7);
        assert_int_equal(plan.state, rows[i].expected);
        assert_false(plan.exhausted);
    }
}

static void retry_after_is_a_floor_of_the_wait_and_capped_at_a_day(void **state)
{
    (void)state;
    static const struct {
        int64_t rest_ms;
        unsigned attempts;
        int64_t expected_wait_ms;
        int64_t expected_rest_ms;
    } rows[] = {
        { 0, 1, 5 * SECOND, 0 },
        { -3 * HOUR, 1, 5 * SECOND, 0 }, // a date in the past
        { INT64_MIN, 1, 5 * SECOND, 0 },
        { 2 * SECOND, 1, 5 * SECOND, 2 * SECOND }, // never earlier than the schedule
        { 90 * SECOND, 1, 90 * SECOND, 90 * SECOND },
        { 90 * SECOND, 2, 5 * MINUTE, 90 * SECOND },
        { 400 * HOUR, 1, 24 * HOUR, 24 * HOUR },
        { INT64_MAX, 1, 24 * HOUR, 24 * HOUR },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct verdict verdict = { .kind = VERDICT_REST, .rest_ms = rows[i].rest_ms };
        struct retry_plan plan = plan_of(&standard, verdict, 429, rows[i].attempts, 0);
        assert_int_equal(plan.wait_ms, rows[i].expected_wait_ms);
        assert_int_equal(plan.rest_ms, rows[i].expected_rest_ms);
    }
}

static void the_sink_rests_even_when_the_delivery_is_used_up(void **state)
{
    (void)state;
    struct verdict verdict = { .kind = VERDICT_REST, .rest_ms = MINUTE };
    struct retry_plan plan = plan_of(&standard, verdict, 429, 10, 0);
    assert_int_equal(plan.state, DELIVERY_FAILED);
    assert_int_equal(plan.rest_ms, MINUTE);
    // Only a verdict to rest makes a sink rest.
    verdict.kind = VERDICT_RETRY;
    assert_int_equal(plan_of(&standard, verdict, 500, 1, 0).rest_ms, 0);
}

static void absurd_schedules_do_not_overflow(void **state)
{
    (void)state;
    int64_t steps_ms[] = { -5, INT64_MAX };
    const struct retry_settings settings = { .schedule = { .v_ms = steps_ms, .n = 2 } };
    struct verdict verdict = { .kind = VERDICT_RETRY };
    assert_int_equal(plan_of(&settings, verdict, 500, 1, 1000).wait_ms, 0);
    int64_t wait_ms = plan_of(&settings, verdict, 500, 2, 1000).wait_ms;
    assert_true(wait_ms >= RETRY_STEP_MAX_MS && wait_ms <= RETRY_STEP_MAX_MS / 5 * 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step_waits_at_least_its_time_and_at_most_a_fifth_more),
        cmocka_unit_test(the_schedule_gives_one_attempt_more_than_it_has_steps),
        cmocka_unit_test(verdicts_and_statuses_give_the_right_end),
        cmocka_unit_test(retry_after_is_a_floor_of_the_wait_and_capped_at_a_day),
        cmocka_unit_test(the_sink_rests_even_when_the_delivery_is_used_up),
        cmocka_unit_test(absurd_schedules_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
