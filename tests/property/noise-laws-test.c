// Random lists under random rules of patience: whatever is held back, the events put together are
// what is stored as told, and once the API stands still everything it says has been told.

#include "tests/unit/poll/ledger.h"

#include <json-c/json.h>

#include "bridge/expr/expr.h"
#include "bridge/model/json.h"
#include "tests/property/random-json.h"

#define MINUTE_MS ((int64_t)60000)
#define ITEMS     6
#define STEPS     30

static struct rules_text random_rules(struct random *random)
{
    return (struct rules_text){
        .items = ".[]",
        .key = { ".id" },
        .ignore = { random_below(random, 2) ? ".at" : NULL },
        .max_removed = 1,
        .confirm = (int64_t)random_below(random, 4),
        .absent_for = (int64_t)random_below(random, 4),
        .remember_states = (int64_t)random_below(random, 4),
        .cooldown_ms = (int64_t)random_below(random, 5) * MINUTE_MS,
        .min_event_interval_ms = (int64_t)random_below(random, 5) * MINUTE_MS,
    };
}

static void random_list(struct random *random, struct buf *ret)
{
    bool any = false;
    buf_clear(ret);
    assert_int_equal(buf_append_char(ret, '['), 0);
    for (int i = 0; i < ITEMS; i++) {
        if (random_below(random, 4) == 0) {
            continue;
        }
        assert_int_equal(buf_printf(ret, "%s{\"id\":%d,\"v\":%d,\"at\":%d}", any ? "," : "", i,
                                    (int)random_below(random, 3), (int)random_below(random, 100)),
                         0);
        any = true;
    }
    assert_int_equal(buf_append_char(ret, ']'), 0);
}

// Also looks that an answer that is looked at twice says the same twice.
static void take(struct bench *bench, struct ledger *ledger, const struct buf *answer,
                 bool only_time)
{
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    AUTO_OUTCOME struct digest_outcome again = { 0 };
    if (answer) {
        assert_int_equal(bench_digest_bytes(bench, answer->data, answer->len, &outcome), 0);
        assert_int_equal(bench_digest_bytes(bench, answer->data, answer->len, &again), 0);
    } else {
        bench_repeat(bench, only_time, &outcome);
        bench_repeat(bench, only_time, &again);
    }
    assert_true(outcome.result != DIGEST_FAILED && outcome.result != DIGEST_HELD);
    assert_int_equal(outcome.events.n, again.events.n);
    for (size_t i = 0; i < outcome.events.n; i++) {
        assert_string_equal(outcome.events.v[i].id, again.events.v[i].id);
    }
    assert_true(outcome.noise_due_ms == 0 || outcome.noise_due_ms > bench->now_ms);
    ledger_take(ledger, bench, &outcome);
    bench_commit(bench, &outcome);
}

static void stand_still(struct bench *bench, struct ledger *ledger)
{
    for (int i = 0; i < 20; i++) {
        bool is_due = bench->state.noise_due_ms != 0;
        bench->now_ms = is_due ? bench->state.noise_due_ms : bench->now_ms + MINUTE_MS;
        take(bench, ledger, NULL, is_due);
        take(bench, ledger, NULL, false);
    }
    assert_int_equal(bench->state.noise_due_ms, 0);
    assert_false(bench->state.noise_counts);
}

static void expect_told(const struct ledger *ledger, const struct buf *answer, bool ignores_at)
{
    AUTO_JSON struct json_object *list = NULL;
    assert_int_equal(json_read(&list, answer->data, answer->len, NULL, NULL), 0);
    size_t n = json_object_array_length(list);
    assert_int_equal(json_object_object_length(ledger->items), n);
    for (size_t i = 0; i < n; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        struct json_object *told = json_object_object_get(
            ledger->items, json_object_get_string(json_object_object_get(item, "id")));
        assert_true(
            json_equal(json_object_object_get(item, "v"), json_object_object_get(told, "v")));
        assert_true(ignores_at || json_equal(item, told));
    }
}

static void run(struct random *random)
{
    AUTO_BENCH struct bench bench;
    AUTO_LEDGER struct ledger ledger = { 0 };
    AUTO_BUF struct buf answer = { 0 };
    struct rules_text rules = random_rules(random);
    bench_init(&bench, "random", &rules);
    for (int i = 0; i < STEPS; i++) {
        bench.now_ms += (int64_t)random_below(random, 3) * MINUTE_MS;
        uint64_t kind = i == 0 ? 0 : random_below(random, 4);
        if (kind < 2) {
            random_list(random, &answer);
        }
        take(&bench, &ledger, kind < 3 ? &answer : NULL, kind == 3 && random_below(random, 2));
    }
    stand_still(&bench, &ledger);
    expect_told(&ledger, &answer, rules.ignore[0] != NULL);
}

static void nothing_that_waits_is_lost(void **state)
{
    (void)state;
    struct random random = { random_seed() };
    uint64_t rounds = random_rounds(300);
    for (uint64_t i = 0; i < rounds; i++) {
        run(&random);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_that_waits_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
