// Changes that wait: seen again, gone for good, back and forth, too soon. None is lost: each is
// told later, or the API goes back to what was told.

#include "tests/unit/poll/ledger.h"

#include <string.h>

#define AGAIN "again" // the answer seen last, as a 304 says
#define TIME  "time"  // nobody asks

struct step {
    int minutes; // since the step before
    const char *body;
    const char *events;
    const char *suppressed; // "rule key" of each
    int due; // minutes from now until something may be told; 0: nothing waits for time
};

static void describe_suppressed(const struct suppression_list *list, struct buf *ret)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct suppression *one = &list->v[i];
        assert_int_equal(buf_printf(ret, "%s%s%s%s", i == 0 ? "" : ", ",
                                    suppression_rule_name(one->rule), one->key ? " " : "",
                                    one->key ? one->key : ""),
                         0);
    }
}

static void take_step(struct bench *bench, const struct step *step, struct digest_outcome *ret)
{
    bench->now_ms += (int64_t)step->minutes * 60000;
    if (strcmp(step->body, AGAIN) == 0 || strcmp(step->body, TIME) == 0) {
        bench_repeat(bench, strcmp(step->body, TIME) == 0, ret);
    } else {
        bench_digest(bench, step->body, ret);
    }
}

static void check_step(const struct bench *bench, const struct step *step, size_t number,
                       const struct digest_outcome *outcome)
{
    AUTO_BUF struct buf events = { 0 };
    AUTO_BUF struct buf suppressed = { 0 };
    support_describe(&outcome->events, &events);
    describe_suppressed(&outcome->suppressed, &suppressed);
    int64_t due_ms = outcome->noise_due_ms ? outcome->noise_due_ms - bench->now_ms : 0;
    if (strcmp(buf_str(&events), step->events) != 0 ||
        strcmp(buf_str(&suppressed), step->suppressed) != 0 ||
        due_ms != (int64_t)step->due * 60000) {
        fail_msg("step %zu, %s: told \"%s\", suppressed \"%s\", due in %lld ms", number, step->body,
                 buf_str(&events), buf_str(&suppressed), (long long)due_ms);
    }
}

static void play(const struct rules_text *rules, const struct step *steps, size_t n)
{
    AUTO_BENCH struct bench bench;
    AUTO_LEDGER struct ledger ledger = { 0 };
    bench_init(&bench, "weather", rules);
    for (size_t i = 0; i < n; i++) {
        AUTO_OUTCOME struct digest_outcome outcome = { 0 };
        take_step(&bench, &steps[i], &outcome);
        check_step(&bench, &steps[i], i, &outcome);
        ledger_take(&ledger, &bench, &outcome);
        bench_commit(&bench, &outcome);
    }
}

#define PLAY(rules, ...)                                                                           \
    do {                                                                                           \
        static const struct step steps_[] = { __VA_ARGS__ };                                       \
        play((rules), steps_, ARRAY_LEN(steps_));                                                  \
    } while (0)

static void a_change_is_told_when_it_was_seen_often_enough(void **state)
{
    (void)state;
    const struct rules_text rules = { .confirm = 3 };
    PLAY(&rules, { 1, "{'v':1}", "", "", 0 }, { 1, "{'v':2}", "", "confirm", 0 },
         { 1, AGAIN, "", "confirm", 0 }, { 1, AGAIN, "document.changed", "", 0 },
         { 1, AGAIN, "", "", 0 },
         // Back in between: it starts anew.
         { 1, "{'v':3}", "", "confirm", 0 }, { 1, "{'v':3}", "", "confirm", 0 },
         { 1, "{'v':2}", "", "", 0 }, { 1, "{'v':3}", "", "confirm", 0 },
         // What goes on moving is not held back for ever.
         { 1, "{'v':4}", "", "confirm", 0 }, { 1, "{'v':5}", "document.changed", "", 0 });
}

static void items_are_counted_one_by_one(void **state)
{
    (void)state;
    const struct rules_text rules = { .items = ".[]", .key = { ".id" }, .confirm = 2 };
    PLAY(&rules, { 1, "[{'id':1,'v':1},{'id':2,'v':1}]", "", "", 0 },
         { 1, "[{'id':1,'v':2},{'id':2,'v':1}]", "", "confirm 1", 0 },
         { 1, "[{'id':1,'v':2},{'id':2,'v':2},{'id':3}]", "item.updated 1", "confirm 2, confirm 3",
           0 },
         { 1, "[{'id':1,'v':2},{'id':2,'v':1},{'id':3}]", "item.created 3", "", 0 },
         { 1, "[{'id':1,'v':2},{'id':2,'v':1}]", "", "confirm 3", 0 },
         { 1, AGAIN, "item.deleted 3", "", 0 });
}

static void an_item_is_deleted_when_it_is_missing_for_long_enough(void **state)
{
    (void)state;
    const struct rules_text rules = { .items = ".[]", .key = { ".id" }, .absent_for = 3 };
    PLAY(&rules, { 1, "[{'id':1,'v':1},{'id':2,'v':1}]", "", "", 0 },
         { 1, "[{'id':2,'v':2}]", "item.updated 2", "absent_for 1", 0 },
         { 1, AGAIN, "", "absent_for 1", 0 },
         // It was missing in one answer of a list that flickers, and comes back changed.
         { 1, "[{'id':1,'v':9},{'id':2,'v':2}]", "item.updated 1", "", 0 },
         { 1, "[{'id':2,'v':2}]", "", "absent_for 1", 0 }, { 1, AGAIN, "", "absent_for 1", 0 },
         { 1, AGAIN, "item.deleted 1", "", 0 }, { 1, AGAIN, "", "", 0 });
}

static void a_state_told_not_long_ago_has_to_stay(void **state)
{
    (void)state;
    const struct rules_text rules = { .remember_states = 2 };
    PLAY(&rules, { 1, "{'v':'a'}", "", "", 0 }, { 1, "{'v':'b'}", "document.changed", "", 0 },
         { 1, "{'v':'a'}", "", "remember_states", 0 }, { 1, "{'v':'b'}", "", "", 0 },
         { 1, "{'v':'a'}", "", "remember_states", 0 },
         // New ones are told at once.
         { 1, "{'v':'c'}", "document.changed", "", 0 },
         { 1, "{'v':'a'}", "", "remember_states", 0 }, { 1, "{'v':'b'}", "", "remember_states", 0 },
         { 1, "{'v':'a'}", "", "remember_states", 0 }, { 1, AGAIN, "", "remember_states", 0 },
         { 1, AGAIN, "document.changed", "", 0 }, { 1, AGAIN, "", "", 0 });
    // Not being there is a state as well.
    const struct rules_text items = { .items = ".[]", .key = { ".id" }, .remember_states = 1 };
    PLAY(&items, { 1, "[{'id':1},{'id':2}]", "", "", 0 },
         { 1, "[{'id':2}]", "item.deleted 1", "", 0 },
         { 1, "[{'id':2},{'id':1}]", "", "remember_states 1", 0 }, { 1, "[{'id':2}]", "", "", 0 },
         { 1, "[{'id':2},{'id':1}]", "", "remember_states 1", 0 },
         { 1, AGAIN, "item.created 1", "", 0 });
}

static void at_the_end_of_the_cooldown_the_last_state_is_told(void **state)
{
    (void)state;
    const struct rules_text rules = { .items = ".[]", .key = { ".id" }, .cooldown_ms = 10 * 60000 };
    PLAY(&rules, { 1, "[{'id':1,'v':1},{'id':2,'v':1}]", "", "", 0 },
         { 1, "[{'id':1,'v':2},{'id':2,'v':2}]", "item.updated 1, item.updated 2", "", 0 },
         { 4, "[{'id':1,'v':3},{'id':2,'v':3}]", "", "cooldown 1, cooldown 2", 6 },
         { 2, "[{'id':1,'v':4},{'id':2,'v':2}]", "", "cooldown 1", 4 },
         { 3, AGAIN, "", "", 1 }, // an unchanged answer is not even looked at
         { 1, TIME, "item.updated 1", "", 0 }, { 1, AGAIN, "", "", 0 },
         // Without anything left to tell there is nothing at the end.
         { 1, "[{'id':1,'v':5},{'id':2,'v':2}]", "", "cooldown 1", 8 },
         { 1, "[{'id':1,'v':4},{'id':2,'v':2}]", "", "", 0 }, { 30, TIME, "", "", 0 },
         { 1, "[{'id':1,'v':5},{'id':2,'v':2}]", "item.updated 1", "", 0 });
}

static void an_item_rests_by_itself(void **state)
{
    (void)state;
    const struct rules_text rules = { .items = ".[]",
                                      .key = { ".id" },
                                      .min_event_interval_ms = 10 * 60000 };
    PLAY(&rules, { 1, "[{'id':1,'v':1},{'id':2,'v':1}]", "", "", 0 },
         { 1, "[{'id':1,'v':2},{'id':2,'v':1}]", "item.updated 1", "", 0 },
         { 1, "[{'id':1,'v':3},{'id':2,'v':2}]", "item.updated 2", "min_event_interval 1", 9 },
         { 3, "[{'id':1,'v':3},{'id':2,'v':3}]", "", "min_event_interval 1, min_event_interval 2",
           6 },
         { 6, TIME, "item.updated 1", "min_event_interval 2", 1 },
         { 1, TIME, "item.updated 2", "", 0 });
}

static void the_rules_work_together(void **state)
{
    (void)state;
    const struct rules_text rules = { .items = ".[]",
                                      .key = { ".id" },
                                      .ignore = { ".at" },
                                      .deadband = { { ".v", "2" } },
                                      .when = ".after.v > 0",
                                      .confirm = 2,
                                      .absent_for = 3,
                                      .cooldown_ms = 10 * 60000 };
    PLAY(&rules, { 1, "[{'id':1,'v':1,'at':1}]", "", "", 0 },
         { 1, "[{'id':1,'v':2,'at':2}]", "", "deadband 1", 0 },
         { 1, "[{'id':1,'v':3,'at':3}]", "", "confirm 1", 0 },
         // Within the band again: the count starts anew.
         { 1, "[{'id':1,'v':2,'at':4}]", "", "deadband 1", 0 },
         { 1, "[{'id':1,'v':4,'at':5}]", "", "confirm 1", 0 },
         { 1, "[{'id':1,'v':5,'at':6}]", "item.updated 1", "", 0 },
         { 1, "[{'id':1,'v':9,'at':7}]", "", "confirm 1", 0 }, { 1, AGAIN, "", "cooldown 1", 8 },
         { 1, "[{'id':1,'v':-9,'at':7}]", "", "when 1", 0 },
         { 1, "[{'id':1,'v':9,'at':8}]", "", "confirm 1", 0 }, { 1, AGAIN, "", "cooldown 1", 5 },
         { 5, TIME, "item.updated 1", "", 0 });
}

static void a_clock_that_was_set_back_adds_one_wait_at_most(void **state)
{
    (void)state;
    const struct rules_text rules = { .cooldown_ms = 10 * 60000, .min_event_interval_ms = 60000 };
    PLAY(&rules, { 1, "{'v':1}", "", "", 0 }, { 1, "{'v':2}", "document.changed", "", 0 },
         { -1440, "{'v':3}", "", "cooldown", 10 }, { 10, TIME, "", "cooldown", 10 },
         { 1440, TIME, "document.changed", "", 0 });
}

// An unchanged answer writes nothing while nothing waits, and neither does what is suppressed for
// good.
static void only_what_waits_is_written(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    AUTO_OUTCOME struct digest_outcome quiet = { 0 };
    AUTO_OUTCOME struct digest_outcome waiting = { 0 };
    AUTO_OUTCOME struct digest_outcome same = { 0 };
    bench_init(&bench, "weather",
               &(struct rules_text){ .deadband = { { ".v", "2" } }, .cooldown_ms = 600000 });
    bench_accept(&bench, "{'v':1}", DIGEST_BASELINE);
    bench_digest(&bench, "{'v':2}", &quiet);
    assert_int_equal(quiet.suppressed.n, 1);
    assert_null(quiet.snapshot.document.data);
    bench_commit(&bench, &quiet);
    bench_accept(&bench, "{'v':9}", DIGEST_CHANGED);
    bench_digest(&bench, "{'v':19}", &waiting);
    assert_int_equal(waiting.result, DIGEST_UNCHANGED);
    // The document is the one told, the answer the one seen: so it can be told without another
    // poll.
    assert_string_equal(waiting.snapshot.document.data, "{\"v\":9}");
    assert_string_equal(waiting.snapshot.raw.data, "{\"v\":19}");
    bench_commit(&bench, &waiting);
    unsigned loads = bench.loads;
    bench_digest(&bench, "{'v':19}", &same);
    assert_int_equal(bench.loads, loads);
    assert_null(same.snapshot.document.data);
    assert_int_equal(same.noise_due_ms, waiting.noise_due_ms);
}

// An edit that leaves the document what it is must not lose what waits.
static void what_waits_survives_an_edit(void **state)
{
    (void)state;
    static const struct rules_text before = {
        .items = ".[]", .key = { ".id" }, .ignore = { ".at" }, .cooldown_ms = 600000
    };
    static const struct rules_text edits[] = {
        { .items = ".[]", .key = { ".id" }, .cooldown_ms = 600000 },
        { .items = ".[]", .key = { ".id" }, .ignore = { ".at" }, .confirm = 1 },
        { .items = ".[]",
          .key = { ".id" },
          .ignore = { ".at" },
          .normalize = { { ".v", "round(0)" } } },
        { .items = ".[]", .key = { ".id" }, .deadband = { { ".v", "1" } }, .when = ".after.v > 0" },
    };
    for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
        AUTO_BENCH struct bench bench;
        AUTO_OUTCOME struct digest_outcome outcome = { 0 };
        bench_init(&bench, "orders", &before);
        bench_accept(&bench, "[{'id':1,'v':1,'at':1},{'id':2,'v':1,'at':1}]", DIGEST_BASELINE);
        bench_accept(&bench, "[{'id':1,'v':2,'at':2},{'id':2,'v':1,'at':2}]", DIGEST_CHANGED);
        bench_accept(&bench, "[{'id':1,'v':5,'at':3},{'id':2,'v':1,'at':3}]", DIGEST_UNCHANGED);
        bench_edit(&bench, &edits[i]);
        bench.now_ms += 600000;
        // Of the item that does not wait nothing is told: not even that `at` moved.
        bench_repeat(&bench, true, &outcome);
        assert_events(&outcome, "item.updated 1");
        assert_in_body(&outcome.events.v[0], ".data.before", "{'id':1,'v':2,'at':2}");
        assert_in_body(&outcome.events.v[0], ".data.after", "{'id':1,'v':5,'at':3}");
    }
    // One that makes another document of it begins anew, in silence.
    AUTO_BENCH struct bench bench;
    bench_init(&bench, "orders", &before);
    bench_accept(&bench, "[{'id':1,'v':1}]", DIGEST_BASELINE);
    bench_accept(&bench, "[{'id':1,'v':2}]", DIGEST_CHANGED);
    bench_accept(&bench, "[{'id':1,'v':3}]", DIGEST_UNCHANGED);
    bench_edit(&bench, &(struct rules_text){ .items = ".[]", .key = { ".v" }, .cooldown_ms = 1 });
    bench_accept(&bench, "[{'id':1,'v':3}]", DIGEST_BASELINE);
    assert_int_equal(bench.state.noise_due_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_is_told_when_it_was_seen_often_enough),
        cmocka_unit_test(items_are_counted_one_by_one),
        cmocka_unit_test(an_item_is_deleted_when_it_is_missing_for_long_enough),
        cmocka_unit_test(a_state_told_not_long_ago_has_to_stay),
        cmocka_unit_test(at_the_end_of_the_cooldown_the_last_state_is_told),
        cmocka_unit_test(an_item_rests_by_itself),
        cmocka_unit_test(the_rules_work_together),
        cmocka_unit_test(a_clock_that_was_set_back_adds_one_wait_at_most),
        cmocka_unit_test(only_what_waits_is_written),
        cmocka_unit_test(what_waits_survives_an_edit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
