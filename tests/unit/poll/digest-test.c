// Good answers: what is told, with which ids, and what is not even looked at.

#include "tests/unit/poll/support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct rules_text whole = { 0 };
static const struct rules_text by_id = { .items = ".data[]", .key = { ".id" } };

static void the_first_answer_is_a_silent_base(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    bench_init(&bench, "orders", &by_id);
    bench_digest(&bench, "{'data':[{'id':1}],'page':1}", &outcome);
    assert_int_equal(outcome.result, DIGEST_BASELINE);
    assert_int_equal(outcome.events.n, 0);
    assert_null(outcome.code);
    assert_null(outcome.detail);
    assert_string_equal(outcome.snapshot.document.data, "[{\"id\":1}]");
    assert_string_equal(outcome.snapshot.raw.data, "{\"data\":[{\"id\":1}],\"page\":1}");
    assert_true(hash128_eq(outcome.snapshot.rules, bench.source.document_hash));
    assert_int_equal(bench.loads, 0);
}

static void first_run_tells_what_it_is_asked_to(void **state)
{
    (void)state;
    static const struct {
        struct rules_text rules;
        const char *body;
        const char *events;
    } cases[] = {
        { { .first_run = FIRST_RUN_BASELINE }, "{'a':1}", "" },
        { { .first_run = FIRST_RUN_SNAPSHOT }, "{'a':1}", "document.changed" },
        { { .first_run = FIRST_RUN_SNAPSHOT }, "null", "document.changed" },
        { { .first_run = FIRST_RUN_ITEMS }, "{'a':1}", "document.changed" },
        { { .items = ".[]", .key = { ".id" } }, "[{'id':1}]", "" },
        { { .items = ".[]", .key = { ".id" }, .first_run = FIRST_RUN_SNAPSHOT },
          "[{'id':1},{'id':2}]",
          "document.changed" },
        { { .items = ".[]", .key = { ".id" }, .first_run = FIRST_RUN_ITEMS },
          "[{'id':2},{'id':'x'}]",
          "item.created 2, item.created \"x\"" },
        { { .items = ".[]", .key = { ".id" }, .first_run = FIRST_RUN_ITEMS }, "[]", "" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_BENCH struct bench bench;
        AUTO_OUTCOME struct digest_outcome outcome = { 0 };
        bench_init(&bench, "orders", &cases[i].rules);
        bench_digest(&bench, cases[i].body, &outcome);
        assert_int_equal(outcome.result, DIGEST_BASELINE);
        assert_events(&outcome, cases[i].events);
        for (size_t k = 0; k < outcome.events.n; k++) {
            assert_in_body(&outcome.events.v[k], ".data.before", "null");
        }
        // Once only: the same answer again is unchanged.
        bench_commit(&bench, &outcome);
        bench_accept(&bench, cases[i].body, DIGEST_UNCHANGED);
    }
}

// Order of members and items, white space and spellings of a number never count; nor is the base
// asked for to find that out.
static void what_means_the_same_is_unchanged_without_a_look_at_the_base(void **state)
{
    (void)state;
    static const struct {
        struct rules_text rules;
        const char *before;
        const char *after;
    } cases[] = {
        { { 0 }, "{'a':1,'b':[1,2]}", "{'a':1,'b':[1,2]}" },
        { { 0 }, "{'a':1,'b':2}", " {\n'b' : 2 , 'a':1.0 }\r\n" },
        { { 0 }, "[100, 0, 0.5]", "[1e2, -0, 5E-1]" },
        { { 0 }, "{'s':'\\u00e9'}", "{'s':'é'}" },
        { { 0 }, "null", "null" },
        { { .select = ".current" }, "{'current':{'t':1},'x':1}", "{'x':2,'current':{'t':1}}" },
        { { .ignore = { ".time", ".a.seen" } },
          "{'time':1,'a':{'seen':1,'v':1}}",
          "{'a':{'v':1},'time':2}" },
        { { .ignore = { "..at" } }, "{'l':[{'at':1}],'at':1}", "{'l':[{'at':{'x':2}}]}" },
        { { .items = ".data[]", .key = { ".id" } },
          "{'data':[{'id':1},{'id':2},{'id':3}]}",
          "{'data':[{'id':3},{'id':1.0},{'id':2}]}" },
        { { .items = ".data[]", .key = { ".id" }, .ignore = { ".at" } },
          "{'data':[{'id':1,'at':5}],'next':'a'}",
          "{'data':[{'id':1,'at':6}],'next':'b'}" },
        { { .items = ".data[]", .key = { ".id" } }, "{'data':[]}", "{'data':[]}" },
        { { .select = "[.data[] | select(.on) | .id]" },
          "{'data':[{'id':1,'on':true},{'id':2,'on':false}]}",
          "{'data':[{'id':1,'on':true},{'id':3,'on':false}]}" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_BENCH struct bench bench;
        AUTO_OUTCOME struct digest_outcome outcome = { 0 };
        bench_init(&bench, "weather", &cases[i].rules);
        bench_accept(&bench, cases[i].before, DIGEST_BASELINE);
        bench_digest(&bench, cases[i].after, &outcome);
        assert_int_equal(outcome.result, DIGEST_UNCHANGED);
        assert_int_equal(outcome.events.n, 0);
        assert_null(outcome.snapshot.document.data);
        assert_int_equal(bench.loads, 0);
    }
}

#define PAD                                                                                        \
    "'pad':'a text so long that it is cheaper to say what moved than to say it all again, "        \
    "even for a patch of several steps'"

static void a_changed_document_carries_changes_patch_and_both_sides(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    bench_init(&bench, "weather", &(struct rules_text){ .ignore = { ".at" } });
    // Long enough that a patch of three steps is shorter than a replacement of the whole.
    bench_accept(&bench, "{" PAD ",'at':1,'t':9007199254740993,'w':['a']}", DIGEST_BASELINE);
    bench_digest(&bench, "{" PAD ",'at':2,'t':9007199254740994,'w':['b','a']}", &outcome);
    assert_int_equal(outcome.result, DIGEST_CHANGED);
    assert_events(&outcome, "document.changed");
    const struct event *event = &outcome.events.v[0];
    assert_string_equal(event->source, "weather");
    assert_null(event->key);
    assert_int_equal(event->at_ms, bench.now_ms);
    assert_in_body(event, ".timestamp", "'2026-01-01T00:00:00.000Z'");
    assert_in_body(event, ".data.before", "{" PAD ",'at':1,'t':9007199254740993,'w':['a']}");
    assert_in_body(event, ".data.after", "{" PAD ",'at':2,'t':9007199254740994,'w':['b','a']}");
    assert_in_body(event, ".data.changes",
                   "[{'path':'/t','old':9007199254740993,'new':9007199254740994},"
                   "{'path':'/w/0','new':'b'}]");
    // The patch is exact: it moves what is ignored too.
    assert_in_body(event, ".data.patch",
                   "[{'op':'replace','path':'/at','value':2},"
                   "{'op':'replace','path':'/t','value':9007199254740994},"
                   "{'op':'add','path':'/w/0','value':'b'}]");
    // What is told is what becomes the base.
    bench_commit(&bench, &outcome);
    bench_accept(&bench, "{'t':9007199254740994,'w':['b','a']," PAD "}", DIGEST_UNCHANGED);
}

static void a_document_may_come_from_null_and_go_to_null(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    bench_init(&bench, "weather", &(struct rules_text){ .select = ".alert" });
    bench_accept(&bench, "{'alert':null}", DIGEST_BASELINE);
    bench_accept(&bench, "{'alert':null,'x':1}", DIGEST_UNCHANGED);
    AUTO_OUTCOME struct digest_outcome came = { 0 };
    bench_digest(&bench, "{'alert':'storm'}", &came);
    assert_int_equal(came.result, DIGEST_CHANGED);
    assert_in_body(&came.events.v[0], ".data.changes", "[{'path':'','old':null,'new':'storm'}]");
    bench_commit(&bench, &came);
    AUTO_OUTCOME struct digest_outcome went = { 0 };
    bench_digest(&bench, "{'alert':null}", &went);
    assert_int_equal(went.result, DIGEST_CHANGED);
    assert_in_body(&went.events.v[0], ".data.before", "'storm'");
    assert_in_body(&went.events.v[0], ".data.after", "null");
}

static void items_are_told_in_the_new_order_and_deletions_last(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    bench_init(&bench, "orders", &by_id);
    bench_accept(&bench, "{'data':[{'id':4},{'id':1,'v':1},{'id':9},{'id':2},{'id':3}]}",
                 DIGEST_BASELINE);
    bench_digest(&bench, "{'data':[{'id':'new'},{'id':3},{'id':1,'v':2},{'id':0},{'id':2}]}",
                 &outcome);
    assert_int_equal(outcome.result, DIGEST_CHANGED);
    assert_events(&outcome, "item.created \"new\", item.updated 1, item.created 0, "
                            "item.deleted 4, item.deleted 9");
    const struct event *v = outcome.events.v;
    assert_in_body(&v[0], ".data", "{'key':'new','before':null,'after':{'id':'new'}}");
    assert_in_body(&v[1], ".data",
                   "{'key':1,'changes':[{'path':'/v','old':1,'new':2}],"
                   "'patch':[{'op':'replace','path':'/v','value':2}],"
                   "'before':{'id':1,'v':1},'after':{'id':1,'v':2}}");
    assert_in_body(&v[3], ".data", "{'key':4,'before':{'id':4},'after':null}");
}

// `changes` is for people: without what is ignored. Both sides and the patch are whole.
static void an_updated_item_does_not_speak_of_what_is_ignored(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    bench_init(&bench, "orders",
               &(struct rules_text){
                   .items = ".[]", .key = { ".id" }, .ignore = { ".at", ".links[].ttl" } });
    bench_accept(&bench, "[{'id':1,'at':1,'v':1,'links':[{'ttl':1}]}]", DIGEST_BASELINE);
    bench_accept(&bench, "[{'id':1,'at':2,'v':1,'links':[{'ttl':2}]}]", DIGEST_UNCHANGED);
    bench_digest(&bench, "[{'id':1,'at':3,'v':2,'links':[{'ttl':3}]}]", &outcome);
    assert_events(&outcome, "item.updated 1");
    const struct event *event = &outcome.events.v[0];
    assert_in_body(event, ".data.changes", "[{'path':'/v','old':1,'new':2}]");
    assert_in_body(event, ".data.before.at", "1"); // of what was told last
    assert_in_body(event, ".data.after.at", "3");
    assert_in_body(event, ".data.after.links", "[{'ttl':3}]");
}

static void keys_are_told_as_the_values_they_are(void **state)
{
    (void)state;
    static const struct {
        struct rules_text rules;
        const char *item;
        const char *key;
        const char *told;
    } cases[] = {
        { { .items = ".[]", .key = { ".id" } },
          "{'id':18446744073709551616}",
          "18446744073709551616",
          "18446744073709551616" },
        { { .items = ".[]", .key = { ".id" } }, "{'id':1.50}", "1.5", "1.5" },
        { { .items = ".[]", .key = { ".id" } }, "{'id':'1'}", "\"1\"", "'1'" },
        { { .items = ".[]", .key = { ".id" } }, "{'id':''}", "\"\"", "''" },
        { { .items = ".[]", .key = { ".id" } }, "{'id':false}", "false", "false" },
        { { .items = ".[]", .key = { ".['a b']" } }, "{'a b':'ü/\\n'}", "\"ü/\\n\"", "'ü/\\n'" },
        { { .items = ".[]", .key = { ".a", ".b.c" } },
          "{'a':1,'b':{'c':'x'}}",
          "[1,\"x\"]",
          "[1,'x']" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_BENCH struct bench bench;
        AUTO_OUTCOME struct digest_outcome outcome = { 0 };
        struct rules_text rules = cases[i].rules;
        rules.key[0] = strcmp(rules.key[0], ".['a b']") == 0 ? ".[\"a b\"]" : rules.key[0];
        bench_init(&bench, "orders", &rules);
        bench_accept(&bench, "[]", DIGEST_BASELINE);
        char body[128];
        (void)snprintf(body, sizeof(body), "[%s]", cases[i].item);
        bench_digest(&bench, body, &outcome);
        assert_int_equal(outcome.events.n, 1);
        assert_string_equal(outcome.events.v[0].key, cases[i].key);
        assert_in_body(&outcome.events.v[0], ".data.key", cases[i].told);
    }
}

// Each event names the one before it, the first of a poll the last of the poll before.
static void sequences_have_no_gap_and_events_hang_together(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{'data':[]}",
        "{'data':[{'id':1},{'id':2},{'id':3},{'id':4},{'id':5},{'id':6}]}",
        "{'data':[{'id':1},{'id':2},{'id':3,'v':1},{'id':4},{'id':5}]}",
        "{'data':[{'id':1},{'id':2},{'id':3,'v':1},{'id':4},{'id':5}],'x':1}",
        "{'data':[{'id':9},{'id':2},{'id':3},{'id':4},{'id':5}]}",
    };
    AUTO_BENCH struct bench bench;
    bench_init(&bench, "orders", &by_id);
    char previous[EVENT_ID_SIZE] = "";
    int64_t sequence = 0;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        AUTO_OUTCOME struct digest_outcome outcome = { 0 };
        bench_digest(&bench, bodies[i], &outcome);
        for (size_t k = 0; k < outcome.events.n; k++) {
            const struct event *event = &outcome.events.v[k];
            assert_int_equal(event->sequence, ++sequence);
            assert_string_equal(event->previous_id, previous);
            memcpy(previous, event->id, sizeof(previous));
        }
        bench_commit(&bench, &outcome);
    }
    assert_int_equal(sequence, 6 + 2 + 3);
}

static void a_repeated_poll_has_the_same_ids_and_a_later_change_has_others(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    AUTO_OUTCOME struct digest_outcome first = { 0 };
    AUTO_OUTCOME struct digest_outcome again = { 0 };
    AUTO_OUTCOME struct digest_outcome later = { 0 };
    bench_init(&bench, "light", &whole);
    bench_accept(&bench, "{'on':false}", DIGEST_BASELINE);
    bench_digest(&bench, "{'on':true}", &first);
    bench_digest(&bench, "{'on':true}", &again); // the commit of the first was lost
    assert_string_equal(first.events.v[0].id, again.events.v[0].id);
    assert_string_equal(first.events.v[0].body.data, again.events.v[0].body.data);
    bench_commit(&bench, &again);
    bench_accept(&bench, "{'on':false}", DIGEST_CHANGED);
    bench_digest(&bench, "{'on':true}", &later);
    assert_string_not_equal(first.events.v[0].id, later.events.v[0].id);
    // Nor do two sources share ids.
    AUTO_BENCH struct bench other;
    AUTO_OUTCOME struct digest_outcome elsewhere = { 0 };
    bench_init(&other, "lamp", &whole);
    bench_accept(&other, "{'on':false}", DIGEST_BASELINE);
    bench_digest(&other, "{'on':true}", &elsewhere);
    assert_string_not_equal(first.events.v[0].id, elsewhere.events.v[0].id);
}

static void recovery_is_told_first_and_with_any_good_answer(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum digest_result result;
        const char *events;
    } cases[] = {
        { "{'data':[{'id':1},{'id':2}]}", DIGEST_UNCHANGED, "source.recovered" },
        { "{'data':[{'id':1},{'id':3},{'id':2}]}", DIGEST_CHANGED,
          "source.recovered, item.created 3" },
        { "{'data':[]}", DIGEST_HELD, "" },
        { "{'error':'later'}", DIGEST_FAILED, "" },
        { "", DIGEST_FAILED, "" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_BENCH struct bench bench;
        AUTO_OUTCOME struct digest_outcome outcome = { 0 };
        bench_init(&bench, "orders", &by_id);
        bench_accept(&bench, "{'data':[{'id':1},{'id':2}]}", DIGEST_BASELINE);
        bench.state.failing_told = true;
        bench.state.failures = 7;
        bench.state.failing_since_ms = bench.now_ms - 90000;
        bench_digest(&bench, cases[i].body, &outcome);
        assert_int_equal(outcome.result, cases[i].result);
        assert_events(&outcome, cases[i].events);
        if (outcome.events.n > 0) {
            assert_in_body(&outcome.events.v[0], ".data",
                           "{'failures':7,'since':'2025-12-31T23:58:30.000Z'}");
        }
    }
}

static void a_source_that_never_worked_recovers_with_its_first_base(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    bench_init(&bench, "orders", &by_id);
    bench.state.failing_told = true;
    bench.state.failures = 3;
    bench.state.failing_since_ms = bench.now_ms - 1;
    bench_digest(&bench, "{'data':[{'id':1}]}", &outcome);
    assert_int_equal(outcome.result, DIGEST_BASELINE);
    assert_events(&outcome, "source.recovered");
}

static void what_is_primed_becomes_the_base_without_a_word(void **state)
{
    (void)state;
    const struct rules_text rules = { .items = ".[]", .key = { ".id" }, .first_run = 2 };
    AUTO_BENCH struct bench bench;
    bench_init(&bench, "s", &rules);
    bench.primes = true;
    bench_accept(&bench, "[{'id':1},{'id':2},{'id':3},{'id':4}]", DIGEST_BASELINE);
    bench_accept(&bench, "[{'id':9}]", DIGEST_BASELINE); // nor is the guard asked
    bench.primes = false;
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    bench_digest(&bench, "[{'id':9},{'id':8}]", &outcome);
    assert_events(&outcome, "item.created 8");
    assert_int_equal(bench.state.sequence, 0);
}

static void trouble_of_the_process_is_passed_up_and_tells_nothing(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    bench_init(&bench, "light", &whole);
    bench_accept(&bench, "1", DIGEST_BASELINE);
    bench.load_error = -EIO;
    assert_int_equal(bench_digest_bytes(&bench, "2", 1, &outcome), -EIO);
    bench.load_error = 0;
    bench.decode_errors = 1;
    assert_int_equal(bench_digest_bytes(&bench, "2", 1, &outcome), -ENOMEM);
    assert_null(outcome.snapshot.document.data);
    assert_int_equal(outcome.events.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_answer_is_a_silent_base),
        cmocka_unit_test(first_run_tells_what_it_is_asked_to),
        cmocka_unit_test(what_means_the_same_is_unchanged_without_a_look_at_the_base),
        cmocka_unit_test(a_changed_document_carries_changes_patch_and_both_sides),
        cmocka_unit_test(a_document_may_come_from_null_and_go_to_null),
        cmocka_unit_test(items_are_told_in_the_new_order_and_deletions_last),
        cmocka_unit_test(an_updated_item_does_not_speak_of_what_is_ignored),
        cmocka_unit_test(keys_are_told_as_the_values_they_are),
        cmocka_unit_test(sequences_have_no_gap_and_events_hang_together),
        cmocka_unit_test(a_repeated_poll_has_the_same_ids_and_a_later_change_has_others),
        cmocka_unit_test(recovery_is_told_first_and_with_any_good_answer),
        cmocka_unit_test(a_source_that_never_worked_recovers_with_its_first_base),
        cmocka_unit_test(what_is_primed_becomes_the_base_without_a_word),
        cmocka_unit_test(trouble_of_the_process_is_passed_up_and_tells_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
