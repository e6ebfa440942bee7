// Answers that must never become the base: no document, or a list the guard does not believe.

#include "tests/unit/poll/support.h"

#include <stdio.h>
#include <string.h>

#include "bridge/base/buf.h"

#define BY_ID .items = ".data[]", .key = { ".id" }

static void what_is_no_document_fails_and_leaves_the_base_alone(void **state)
{
    (void)state;
    static const char base[] = "{'data':[{'id':1},{'id':2},{'id':3}]}";
    static const struct {
        struct rules_text rules;
        const char *body;
        const char *code;
        const char *detail; // a part of it
    } cases[] = {
        { { 0 }, "", "json_syntax", "" },
        { { 0 }, " ", "json_syntax", "" },
        { { 0 }, "<html><body>Log in</body></html>", "json_syntax", "" },
        { { 0 }, "{'data':[{'id':1},{'id':2", "json_syntax", "" },
        { { 0 }, "{'data':[]} {}", "json_syntax", "" },
        { { 0 }, "{'data':NaN}", "json_syntax", "" },
        { { 0 }, "{'data':'\xff'}", "json_syntax", "" },
        { { 0 }, "{'data':1,'data':2}", "json_duplicate", "data" },
        { { .select = ".data" }, "{'error':'rate limit'}", "selector_found_nothing", ".data" },
        { { .select = ".data[2]" }, "{'data':[]}", "selector_found_nothing", ".data[2]" },
        { { .select = ".data[2].id" }, "{'data':7}", "selector_failed", ".data[2].id" },
        { { .select = ".data | map(.id)" }, "{'data':'no'}", "selector_failed", "map" },
        { { .select = ".data | arrays" }, "{'data':1}", "selector_found_nothing", "arrays" },
        { { BY_ID }, "{'error':'rate limit'}", "selector_found_nothing", ".data[]" },
        { { BY_ID }, "{'data':null}", "selector_failed", ".data[]" },
        { { BY_ID }, "{'data':'none'}", "selector_failed", ".data[]" },
        { { BY_ID }, "null", "selector_found_nothing", "" },
        { { BY_ID }, "{'data':[{'id':1},{'name':'x'}]}", "key_missing", "item 1" },
        { { BY_ID }, "{'data':[{'id':null}]}", "key_missing", "item 0" },
        { { BY_ID }, "{'data':[{'id':{}}]}", "key_missing", "item 0" },
        { { BY_ID }, "{'data':[1]}", "key_missing", "item 0" },
        { { BY_ID }, "{'data':[{'id':1},{'id':2},{'id':1.0}]}", "key_duplicate", "items 0 and 2" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_BENCH struct bench bench;
        AUTO_OUTCOME struct digest_outcome outcome = { 0 };
        bench_init(&bench, "orders", &cases[i].rules);
        bench_accept(&bench, base, DIGEST_BASELINE);
        bench_digest(&bench, cases[i].body, &outcome);
        if (outcome.result != DIGEST_FAILED || !strstr(outcome.code, cases[i].code) ||
            !strstr(outcome.detail, cases[i].detail)) {
            fail_msg("%s: result %d, %s: %s", cases[i].body, (int)outcome.result,
                     outcome.code ? outcome.code : "", outcome.detail ? outcome.detail : "");
        }
        assert_int_equal(outcome.events.n, 0);
        assert_null(outcome.snapshot.document.data);
        assert_null(outcome.snapshot.raw.data);
        assert_int_equal(bench.loads, 0);
        bench_commit(&bench, &outcome);
        bench_accept(&bench, base, DIGEST_UNCHANGED);
    }
}

static void nesting_without_end_fails(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    char body[131];
    memset(body, '[', 65);
    memset(body + 65, ']', 65);
    body[130] = '\0';
    bench_init(&bench, "deep", &(struct rules_text){ 0 });
    bench_digest(&bench, body, &outcome);
    assert_int_equal(outcome.result, DIGEST_FAILED);
    assert_string_equal(outcome.code, "json_limit");
}

static void what_is_optional_and_not_there_is_empty(void **state)
{
    (void)state;
    AUTO_BENCH struct bench document;
    AUTO_BENCH struct bench list;
    bench_init(&document, "alert", &(struct rules_text){ .select = ".alert", .optional = true });
    bench_accept(&document, "{}", DIGEST_BASELINE);
    bench_accept(&document, "{'x':1}", DIGEST_UNCHANGED);
    bench_accept(&document, "{'alert':null}", DIGEST_UNCHANGED);
    bench_accept(&document, "{'alert':'fire'}", DIGEST_CHANGED);
    bench_accept(&document, "{}", DIGEST_CHANGED);
    bench_accept(&document, "7", DIGEST_FAILED); // not absent: something else
    bench_init(&list, "alerts", &(struct rules_text){ BY_ID, .optional = true });
    bench_accept(&list, "{}", DIGEST_BASELINE);
    bench_accept(&list, "{'data':[{'id':1},{'id':2},{'id':3}]}", DIGEST_CHANGED);
    bench_accept(&list, "{}", DIGEST_HELD); // the guard is asked all the same
}

// A list of `n` items with ids from `from`.
static void write_list(struct buf *ret, int from, int n)
{
    assert_int_equal(buf_append_str(ret, "{\"data\":["), 0);
    for (int i = from; i < from + n; i++) {
        assert_int_equal(buf_printf(ret, "%s{\"id\":%d}", i == from ? "" : ",", i), 0);
    }
    assert_int_equal(buf_append_str(ret, "]}"), 0);
}

static void the_guard_holds_a_list_that_lost_more_than_it_may(void **state)
{
    (void)state;
    static const struct {
        double max_removed;
        int before;
        int gone;
        int came;
        bool held;
    } cases[] = {
        { 0.5, 0, 0, 5, false },
        { 0.5, 4, 2, 0, false },
        { 0.5, 4, 3, 0, true },
        { 0.5, 5, 2, 0, false },
        { 0.5, 5, 3, 0, true },
        { 0.5, 100, 100, 0, true },
        { 0.5, 100, 51, 100, true },
        { 0.5, 3, 3, 300, true }, // replaced by others
        { 0.5, 1, 1, 0, false },  // one alone may always go
        { 0.5, 1, 1, 1, false },
        { 0.5, 2, 2, 0, true },
        { 0.5, 2, 1, 0, false },
        { 0.1, 5, 1, 0, false },
        { 0.1, 5, 2, 0, true },
        { 1.0, 50, 50, 0, false },
        // Fractions that binary numbers cannot hold: exactly as many as allowed.
        { 0.29, 100, 29, 0, false },
        { 0.29, 100, 30, 0, true },
        { 0.07, 100, 7, 0, false },
        { 0.57, 100, 57, 0, false },
        { 0.14, 50, 7, 0, false },
        { 0.58, 1000, 580, 0, false },
        { 0.58, 1000, 581, 0, true },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_BENCH struct bench bench;
        AUTO_OUTCOME struct digest_outcome outcome = { 0 };
        AUTO_BUF struct buf before = { 0 };
        AUTO_BUF struct buf after = { 0 };
        bench_init(&bench, "orders",
                   &(struct rules_text){ BY_ID, .max_removed = cases[i].max_removed });
        write_list(&before, 0, cases[i].before);
        write_list(&after, cases[i].gone, cases[i].before - cases[i].gone + cases[i].came);
        bench_accept(&bench, buf_str(&before), DIGEST_BASELINE);
        bench_digest(&bench, buf_str(&after), &outcome);
        if (outcome.result != (cases[i].held ? DIGEST_HELD : DIGEST_CHANGED) &&
            cases[i].gone + cases[i].came > 0) {
            fail_msg("%d of %d gone, %g allowed: result %d", cases[i].gone, cases[i].before,
                     cases[i].max_removed, (int)outcome.result);
        }
        assert_int_equal(outcome.events.n,
                         cases[i].held ? 0 : (size_t)(cases[i].gone + cases[i].came));
        assert_int_equal(outcome.snapshot.document.data == NULL, cases[i].held);
    }
}

static void a_hold_says_how_many_are_gone_and_how_many_may_go(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    bench_init(&bench, "orders", &(struct rules_text){ BY_ID, .max_removed = 0.125 });
    bench_accept(&bench, "{'data':[{'id':1},{'id':2},{'id':3}]}", DIGEST_BASELINE);
    bench_digest(&bench, "{'data':[{'id':3}]}", &outcome);
    assert_int_equal(outcome.result, DIGEST_HELD);
    assert_string_equal(outcome.code, "max_removed");
    assert_string_equal(outcome.detail, "2 of 3 items are gone, more than 12.5 % at once");
    assert_false(hash128_is_zero(outcome.fingerprint));
}

// An empty list between two full ones announces neither deletions nor creations.
static void what_comes_after_a_hold_is_compared_with_the_base_before_it(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    bench_init(&bench, "orders", &(struct rules_text){ BY_ID });
    bench_accept(&bench, "{'data':[{'id':1},{'id':2},{'id':3}]}", DIGEST_BASELINE);
    bench_accept(&bench, "{'data':[]}", DIGEST_HELD);
    bench_accept(&bench, "{'data':[]}", DIGEST_HELD);
    bench_accept(&bench, "{'data':[{'id':1},{'id':2},{'id':3}]}", DIGEST_UNCHANGED);
    bench_accept(&bench, "{'data':[{'id':1}]}", DIGEST_HELD);
    bench_digest(&bench, "{'data':[{'id':1},{'id':2},{'id':4}]}", &outcome);
    assert_events(&outcome, "item.created 4, item.deleted 3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_document_fails_and_leaves_the_base_alone),
        cmocka_unit_test(nesting_without_end_fails),
        cmocka_unit_test(what_is_optional_and_not_there_is_empty),
        cmocka_unit_test(the_guard_holds_a_list_that_lost_more_than_it_may),
        cmocka_unit_test(a_hold_says_how_many_are_gone_and_how_many_may_go),
        cmocka_unit_test(what_comes_after_a_hold_is_compared_with_the_base_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
