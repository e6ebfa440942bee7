// Keys that nobody named, and more changes than are told one by one.

#include "tests/unit/poll/ledger.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

static const struct rules_text by_itself = { .items = ".[]" };

static void a_key_is_found_said_and_kept(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    AUTO_LEDGER struct ledger ledger = { 0 };
    AUTO_OUTCOME struct digest_outcome first = { 0 };
    AUTO_OUTCOME struct digest_outcome second = { 0 };
    AUTO_OUTCOME struct digest_outcome third = { 0 };
    bench_init(&bench, "orders", &by_itself);
    bench.found_key = ".name";
    bench_digest(&bench, "[{'name':'a','v':1},{'name':'b','v':1}]", &first);
    assert_int_equal(first.result, DIGEST_BASELINE);
    assert_string_equal(first.snapshot.key, ".name");
    assert_non_null(strstr(first.detail, "takes .name"));
    ledger_take(&ledger, &bench, &first);
    bench_commit(&bench, &first);
    // Another order is no change, and is seen without a look at the base.
    bench_accept(&bench, "[{'v':1,'name':'b'},{'name':'a','v':1}]", DIGEST_UNCHANGED);
    assert_int_equal(bench.loads, 0);
    // A better one that comes later does not count: the events would name other items.
    bench_digest(&bench, "[{'name':'a','v':2,'id':1},{'name':'c','v':1,'id':2}]", &second);
    assert_events(&second, "item.updated \"a\", item.created \"c\", item.deleted \"b\"");
    assert_string_equal(second.snapshot.key, ".name");
    assert_null(second.detail);
    ledger_take(&ledger, &bench, &second);
    bench_commit(&bench, &second);
    // It tells no longer.
    bench_digest(&bench, "[{'name':'a','id':1},{'name':'a','id':2}]", &third);
    assert_int_equal(third.result, DIGEST_FAILED);
    assert_string_equal(third.code, "key_duplicate");
    assert_non_null(strstr(third.detail, "items 0 and 1 have the same key \"a\""));
}

static void without_items_the_key_is_found_later(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    bench_init(&bench, "orders", &by_itself);
    bench_accept(&bench, "[]", DIGEST_BASELINE);
    assert_null(bench.stored.key);
    bench_digest(&bench, "[{'id':'x','v':1}]", &outcome);
    assert_events(&outcome, "item.created \"x\"");
    assert_string_equal(outcome.snapshot.key, ".id");
}

static void items_that_nothing_tells_apart_are_a_failure(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    bench_init(&bench, "orders", &by_itself);
    bench_digest(&bench, "[{'v':1},{'v':1}]", &outcome);
    assert_int_equal(outcome.result, DIGEST_FAILED);
    assert_string_equal(outcome.code, "key_unknown");
    assert_non_null(strstr(outcome.detail, "with `key`"));
}

static void an_edit_looks_for_the_key_again(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    static const char body[] = "{'a':[{'id':1,'x':'p'}],'b':[{'name':'n','x':'q'}]}";
    bench_init(&bench, "orders", &(struct rules_text){ .items = ".a[]" });
    bench_accept(&bench, body, DIGEST_BASELINE);
    assert_string_equal(bench.stored.key, ".id");
    bench_edit(&bench, &(struct rules_text){ .items = ".a[]", .ignore = { ".x" } });
    bench_accept(&bench, body, DIGEST_BASELINE);
    assert_string_equal(bench.stored.key, ".id");
    bench_edit(&bench, &(struct rules_text){ .items = ".b[]" });
    bench_digest(&bench, body, &outcome);
    assert_int_equal(outcome.result, DIGEST_BASELINE);
    assert_string_equal(outcome.snapshot.key, ".name");
}

static void many_changes_are_told_in_batches(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    AUTO_LEDGER struct ledger ledger = { 0 };
    AUTO_OUTCOME struct digest_outcome first = { 0 };
    AUTO_OUTCOME struct digest_outcome few = { 0 };
    AUTO_OUTCOME struct digest_outcome many = { 0 };
    bench_init(&bench, "orders",
               &(struct rules_text){
                   .items = ".[]", .key = { ".id" }, .max_removed = 1, .max_events_per_poll = 2 });
    bench_digest(&bench, "[{'id':1},{'id':2},{'id':3}]", &first);
    ledger_take(&ledger, &bench, &first);
    bench_commit(&bench, &first);
    bench_digest(&bench, "[{'id':1,'v':1},{'id':2},{'id':3,'v':1}]", &few);
    assert_events(&few, "item.updated 1, item.updated 3");
    ledger_take(&ledger, &bench, &few);
    bench_commit(&bench, &few);
    bench_digest(&bench, "[{'id':'1','v':1},{'id':2,'v':2},{'id':3,'v':2}]", &many);
    assert_events(&many, "batch, batch");
    assert_string_not_equal(many.events.v[0].id, many.events.v[1].id);
    assert_int_equal(many.events.v[1].sequence, 4);
    const struct event *last = &many.events.v[1];
    assert_in_body(last, ".data.page", "2");
    assert_in_body(last, ".data.pages", "2");
    assert_in_body(last, ".data.total", "4");
    assert_in_body(last, ".data.created", "1");
    assert_in_body(last, ".data.updated", "2");
    assert_in_body(last, ".data.deleted", "1");
    assert_in_body(last, ".data.events[0].type", "'item.updated'");
    assert_in_body(last, ".data.events[0].patch", "[{'op':'replace','path':'/v','value':2}]");
    assert_in_body(last, ".data.events[1].key", "1");
    assert_in_body(last, ".data.events[1].after", "null");
    ledger_take(&ledger, &bench, &many);
}

static void an_answer_has_to_have_what_is_required(void **state)
{
    (void)state;
    static const struct {
        struct rules_text rules;
        const char *body;
        const char *code; // NULL: it is good
    } cases[] = {
        { { .require = ".meta.total" }, "{'meta':{'total':0}}", NULL },
        { { .require = ".meta.total" }, "{'meta':{}}", "required_missing" },
        { { .require = ".meta.total" }, "{'meta':{'total':null}}", "required_missing" },
        { { .error_when = ".error" }, "{'a':1}", NULL },
        { { .error_when = ".error" }, "{'error':null}", NULL },
        { { .error_when = ".error" }, "{'error':false}", NULL },
        { { .error_when = ".error" }, "{'error':'quota'}", "error_answer" },
        { { .error_when = ".status == \"fail\"" }, "{'status':'ok'}", NULL },
        { { .error_when = ".status == \"fail\"" }, "{'status':'fail'}", "error_answer" },
        { { .error_when = ".list | length > 9" }, "{'list':7}", NULL },
        { { .error_when = ".list[0].x > 2" }, "{'list':7}", "error_when_failed" },
        // The error says more than what is missing for it.
        { { .error_when = ".error", .require = ".data" }, "{'error':1}", "error_answer" },
        { { .select = ".data", .require = ".data" }, "{'x':1}", "required_missing" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_BENCH struct bench bench;
        AUTO_OUTCOME struct digest_outcome outcome = { 0 };
        bench_init(&bench, "orders", &cases[i].rules);
        bench_digest(&bench, cases[i].body, &outcome);
        if (!cases[i].code) {
            assert_int_equal(outcome.result, DIGEST_BASELINE);
            continue;
        }
        assert_int_equal(outcome.result, DIGEST_FAILED);
        assert_string_equal(outcome.code, cases[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_found_said_and_kept),
        cmocka_unit_test(without_items_the_key_is_found_later),
        cmocka_unit_test(items_that_nothing_tells_apart_are_a_failure),
        cmocka_unit_test(an_edit_looks_for_the_key_again),
        cmocka_unit_test(many_changes_are_told_in_batches),
        cmocka_unit_test(an_answer_has_to_have_what_is_required),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
