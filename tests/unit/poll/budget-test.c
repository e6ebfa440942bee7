#include "tests/unit/poll/support.h"

#include "bridge/poll/politeness/budget.h"

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

// However it is used, no stretch of time ever holds more starts than it may, and nobody waits who
// need not.
static void no_window_ever_holds_more_and_nobody_waits_in_vain(void **state)
{
    (void)state;
    static int64_t starts[4000];
    for (uint64_t seed = 1; seed <= 40; seed++) {
        uint64_t random = seed;
        int64_t most = 1 + (int64_t)(next_random(&random) % 9);
        int64_t per_ms = 1 + (int64_t)(next_random(&random) % 500);
        CLEANUP(budget_deinit) struct budget budget = { 0 };
        assert_int_equal(budget_set(&budget, most, per_ms), 0);
        int64_t now_ms = 1000;
        size_t n = 0;
        while (n < 1000) {
            int64_t within = 0;
            for (size_t i = n; i > 0 && starts[i - 1] > now_ms - per_ms; i--) {
                within++;
            }
            int64_t wait_ms = budget_wait_ms(&budget, now_ms);
            assert_int_equal(wait_ms == 0, within < most);
            if (wait_ms > 0 && next_random(&random) % 2 == 0) {
                assert_int_equal(wait_ms, starts[n - (size_t)most] + per_ms - now_ms);
                now_ms += wait_ms;
            } else if (wait_ms == 0) {
                budget_spend(&budget, now_ms);
                starts[n++] = now_ms;
            }
            now_ms += (int64_t)(next_random(&random) % 20);
        }
    }
}

static void without_a_budget_nothing_waits(void **state)
{
    (void)state;
    CLEANUP(budget_deinit) struct budget budget = { 0 };
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(budget_wait_ms(&budget, 5), 0);
        budget_spend(&budget, 5);
    }
}

static void what_was_spent_stays_spent_when_the_budget_changes(void **state)
{
    (void)state;
    CLEANUP(budget_deinit) struct budget budget = { 0 };
    assert_int_equal(budget_set(&budget, 3, 1000), 0);
    for (int64_t i = 0; i < 5; i++) { // the ring has turned over
        budget_spend(&budget, 100 + i * 400);
    }
    // Starts remembered: 900, 1300, 1700.
    assert_int_equal(budget_set(&budget, 2, 1000), 0);
    assert_int_equal(budget_wait_ms(&budget, 1800), 500); // 1300 and 1700 fill it
    assert_int_equal(budget_set(&budget, 4, 1000), 0);
    assert_int_equal(budget_wait_ms(&budget, 1800), 0);
    budget_spend(&budget, 1800);
    budget_spend(&budget, 1800);
    assert_int_equal(budget_wait_ms(&budget, 1800), 500);
    assert_int_equal(budget_set(&budget, 4, 100), 0); // a shorter stretch counts at once
    assert_int_equal(budget_wait_ms(&budget, 1800), 0);
    assert_int_equal(budget_set(&budget, 0, 1000), 0);
    assert_int_equal(budget_wait_ms(&budget, 1800), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_window_ever_holds_more_and_nobody_waits_in_vain),
        cmocka_unit_test(without_a_budget_nothing_waits),
        cmocka_unit_test(what_was_spent_stays_spent_when_the_budget_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
