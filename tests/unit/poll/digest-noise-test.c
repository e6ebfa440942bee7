// What is not worth telling, and that it is not lost.

#include "tests/unit/poll/ledger.h"

#include <string.h>

struct step {
    const char *body;
    const char *events;
    const char *suppressed; // "rule key" of each, as in `events`
};

static void describe_suppressed(const struct suppression_list *list, struct buf *ret)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct suppression *one = &list->v[i];
        assert_non_null(one->reason);
        assert_int_equal(buf_printf(ret, "%s%s%s%s", i == 0 ? "" : ", ",
                                    suppression_rule_name(one->rule), one->key ? " " : "",
                                    one->key ? one->key : ""),
                         0);
    }
}

static void play(const struct rules_text *rules, const struct step *steps, size_t n)
{
    AUTO_BENCH struct bench bench;
    AUTO_LEDGER struct ledger ledger = { 0 };
    bench_init(&bench, "weather", rules);
    for (size_t i = 0; i < n; i++) {
        AUTO_OUTCOME struct digest_outcome outcome = { 0 };
        AUTO_BUF struct buf events = { 0 };
        AUTO_BUF struct buf suppressed = { 0 };
        bench_digest(&bench, steps[i].body, &outcome);
        support_describe(&outcome.events, &events);
        describe_suppressed(&outcome.suppressed, &suppressed);
        if (strcmp(buf_str(&events), steps[i].events) != 0 ||
            strcmp(buf_str(&suppressed), steps[i].suppressed) != 0) {
            fail_msg("step %zu, %s: told \"%s\", suppressed \"%s\"", i, steps[i].body,
                     buf_str(&events), buf_str(&suppressed));
        }
        ledger_take(&ledger, &bench, &outcome);
        bench_commit(&bench, &outcome);
        bench.now_ms += 60000;
    }
}

#define PLAY(rules, ...)                                                                           \
    do {                                                                                           \
        static const struct step steps_[] = { __VA_ARGS__ };                                       \
        play((rules), steps_, ARRAY_LEN(steps_));                                                  \
    } while (0)

static void a_drift_is_told_when_it_is_far_from_what_was_told_last(void **state)
{
    (void)state;
    const struct rules_text rules = { .deadband = { { ".t", "0.5" } } };
    PLAY(&rules, { "{'t':20.0,'w':'sun'}", "", "" }, { "{'t':20.3,'w':'sun'}", "", "deadband" },
         { "{'t':20.4,'w':'sun'}", "", "deadband" },
         { "{'t':20.6,'w':'sun'}", "document.changed", "" },
         { "{'t':20.2,'w':'sun'}", "", "deadband" },
         // With another change it is told as well, and the band begins there.
         { "{'t':20.2,'w':'rain'}", "document.changed", "" },
         { "{'t':20.6,'w':'rain'}", "", "deadband" }, { "{'t':20.2,'w':'rain'}", "", "" },
         { "{'t':19.7,'w':'rain'}", "document.changed", "" });
}

static void an_item_keeps_what_was_told_of_it_while_others_are_told(void **state)
{
    (void)state;
    const struct rules_text rules = {
        .items = ".[]", .key = { ".id" }, .ignore = { ".at" }, .deadband = { { ".v", "10%" } }
    };
    PLAY(&rules, { "[{'id':1,'v':100,'at':1},{'id':2,'v':100,'at':1}]", "", "" },
         { "[{'id':1,'v':105,'at':2},{'id':2,'v':150,'at':2}]", "item.updated 2", "deadband 1" },
         { "[{'id':2,'v':150,'at':3},{'id':1,'v':109,'at':3},{'id':3,'v':1}]", "item.created 3",
           "deadband 1" },
         { "[{'id':1,'v':110,'at':4},{'id':3,'v':1}]", "item.updated 1, item.deleted 2", "" },
         { "[{'id':1,'v':115,'at':5}]", "item.deleted 3", "deadband 1" });
}

static void when_is_asked_with_what_was_told_last(void **state)
{
    (void)state;
    const struct rules_text document = { .when = "(.after.t - .before.t) | fabs >= 2" };
    PLAY(&document, { "{'t':20}", "", "" }, { "{'t':21}", "", "when" },
         { "{'t':22}", "document.changed", "" }, { "{'t':21}", "", "when" },
         { "{'t':22}", "", "" });
    const struct rules_text items = { .items = ".[]",
                                      .key = { ".id" },
                                      .when = "(.after // .before).state == \"open\" and "
                                              "(.changes | all(.path != \"/seen\"))" };
    PLAY(&items, { "[{'id':1,'state':'open'}]", "", "" },
         { "[{'id':1,'state':'open','seen':1},{'id':2,'state':'new'}]", "", "when 1, when 2" },
         // What was never told is created when it is, and what never was is not deleted.
         { "[{'id':1,'state':'open'},{'id':2,'state':'open'},{'id':3,'state':'new'}]",
           "item.created 2", "when 3" },
         { "[{'id':2,'state':'shut'}]", "item.deleted 1", "when 2" });
    // An expression that fails on a change must not lose it.
    const struct rules_text failing = { .when = ".after.t + 1 > 0" };
    PLAY(&failing, { "{'t':1}", "", "" }, { "{'t':'warm'}", "document.changed", "" });
}

static void what_is_normalised_is_compared_and_told_so(void **state)
{
    (void)state;
    const struct rules_text rules = {
        .items = ".[]",
        .key = { ".id" },
        .normalize = { { ".id", "trim | lowercase" }, { ".v", "round(1)" }, { ".tags", "set" } }
    };
    PLAY(&rules, { "[{'id':'A','v':1.23,'tags':['x','y']}]", "", "" },
         { "[{'id':'a ','v':1.21,'tags':['y','x','y']}]", "", "" },
         { "[{'id':'a','v':1.26,'tags':['y','x']}]", "item.updated \"a\"", "" });
    AUTO_BENCH struct bench bench;
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    bench_init(&bench, "prices", &rules);
    bench_accept(&bench, "[{'id':'A','v':1.23}]", DIGEST_BASELINE);
    bench_digest(&bench, "[{'id':'A','v':1.38}]", &outcome);
    assert_in_body(&outcome.events.v[0], ".data.before", "{'id':'a','v':1.2}");
    assert_in_body(&outcome.events.v[0], ".data.after", "{'id':'a','v':1.4}");
    // What is kept has all its digits, for other rules.
    assert_string_equal(outcome.snapshot.document.data, "[{\"id\":\"A\",\"v\":1.38}]");
}

static void what_was_suppressed_says_what_moved(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    bench_init(&bench, "weather", &(struct rules_text){ .deadband = { { ".t", "1" } } });
    bench_accept(&bench, "{'t':1}", DIGEST_BASELINE);
    bench_digest(&bench, "{'t':1.5}", &outcome);
    assert_int_equal(outcome.result, DIGEST_UNCHANGED);
    assert_int_equal(outcome.suppressed.n, 1);
    assert_int_equal(outcome.suppressed.counts[SUPPRESSED_BY_DEADBAND], 1);
    assert_string_equal(outcome.suppressed.v[0].changes,
                        "[{\"path\":\"/t\",\"old\":1,\"new\":1.5}]");
    assert_int_equal(outcome.suppressed.v[0].at_ms, bench.now_ms);
    // Nothing is to be written for it.
    assert_null(outcome.snapshot.document.data);
}

// All are counted, the first ones kept.
static void a_flood_of_suppressed_changes_is_bounded(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    AUTO_BUF struct buf body = { 0 };
    bench_init(&bench, "flood",
               &(struct rules_text){ .items = ".[]", .key = { ".id" }, .when = "false" });
    bench_accept(&bench, "[]", DIGEST_BASELINE);
    for (int i = 0; i < 500; i++) {
        assert_int_equal(buf_printf(&body, "%c{'id':%d}", i == 0 ? '[' : ',', i), 0);
    }
    assert_int_equal(buf_append_char(&body, ']'), 0);
    bench_digest(&bench, body.data, &outcome);
    assert_int_equal(outcome.suppressed.counts[SUPPRESSED_BY_WHEN], 500);
    assert_int_equal(outcome.suppressed.n, SUPPRESSIONS_KEPT);
}

static void an_edit_of_any_of_these_rules_tells_nothing(void **state)
{
    (void)state;
    static const struct rules_text edits[] = {
        { .ignore = { ".w" } },
        { .normalize = { { ".t", "round(0)" } } },
        { .normalize = { { ".w", "lowercase" }, { ".t", "round(-1)" } } },
        { .deadband = { { ".t", "5" } } },
        { .when = ".after.t > 100" },
        { 0 },
    };
    for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
        for (size_t k = 0; k < ARRAY_LEN(edits); k++) {
            AUTO_BENCH struct bench bench;
            bench_init(&bench, "weather", &edits[i]);
            bench_accept(&bench, "{'t':20.44,'w':'Sun'}", DIGEST_BASELINE);
            bench_edit(&bench, &edits[k]);
            bench_accept(&bench, "{'t':20.44,'w':'Sun'}",
                         i == k ? DIGEST_UNCHANGED : DIGEST_BASELINE);
            bench_accept(&bench, "{'t':20.44,'w':'Sun'}", DIGEST_UNCHANGED);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_drift_is_told_when_it_is_far_from_what_was_told_last),
        cmocka_unit_test(an_item_keeps_what_was_told_of_it_while_others_are_told),
        cmocka_unit_test(when_is_asked_with_what_was_told_last),
        cmocka_unit_test(what_is_normalised_is_compared_and_told_so),
        cmocka_unit_test(what_was_suppressed_says_what_moved),
        cmocka_unit_test(a_flood_of_suppressed_changes_is_bounded),
        cmocka_unit_test(an_edit_of_any_of_these_rules_tells_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
