// Rules that were edited, and stored snapshots that are of no use.

#include "tests/unit/poll/support.h"

#include <string.h>

static const struct rules_text by_id = { .items = ".data[]", .key = { ".id" } };

// What the new rules see differently is no change of the source.
static void an_edit_tells_nothing_by_itself_and_makes_a_base_under_the_new_rules(void **state)
{
    (void)state;
    static const struct rules_text edits[] = {
        { 0 },
        { .select = ".data" },
        { .select = ".data[0].id" },
        { .items = ".data[]", .key = { ".name" } },
        { .items = ".data[]", .key = { ".id", ".name" } },
        { .items = ".data[]", .key = { ".id" }, .ignore = { ".v" } },
        { .items = ".data[] | select(.v > 1)", .key = { ".id" } },
        { .items = ".data[]", .key = { ".id" }, .optional = true },
    };
    static const char body[] = "{'data':[{'id':1,'name':'a','v':1},{'id':2,'name':'b','v':2}]}";
    for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
        AUTO_BENCH struct bench bench;
        AUTO_OUTCOME struct digest_outcome outcome = { 0 };
        bench_init(&bench, "orders", &by_id);
        bench_accept(&bench, body, DIGEST_BASELINE);
        bench_edit(&bench, &edits[i]);
        bench_digest(&bench, body, &outcome);
        assert_int_equal(outcome.result, DIGEST_BASELINE);
        assert_int_equal(outcome.events.n, 0);
        assert_null(outcome.detail);
        assert_true(hash128_eq(outcome.snapshot.rules, bench.source.document_hash));
        bench_commit(&bench, &outcome);
        bench_accept(&bench, body, DIGEST_UNCHANGED);
    }
}

static void a_change_that_comes_with_an_edit_is_told_under_the_new_rules(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    bench_init(&bench, "orders", &(struct rules_text){ .select = ".data[0]" });
    bench_accept(&bench, "{'data':[{'id':1,'v':1},{'id':2,'v':1}]}", DIGEST_BASELINE);
    bench_edit(&bench, &by_id);
    bench_digest(&bench, "{'data':[{'id':1,'v':1},{'id':2,'v':5},{'id':3}]}", &outcome);
    assert_int_equal(outcome.result, DIGEST_CHANGED);
    assert_events(&outcome, "item.updated 2, item.created 3");
}

static void the_guard_holds_under_edited_rules_too(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    bench_init(&bench, "orders", &(struct rules_text){ 0 });
    bench_accept(&bench, "{'data':[{'id':1},{'id':2},{'id':3}]}", DIGEST_BASELINE);
    bench_edit(&bench, &by_id);
    bench_accept(&bench, "{'data':[]}", DIGEST_HELD);
    bench_accept(&bench, "{'data':[{'id':1},{'id':2},{'id':3}]}", DIGEST_BASELINE);
}

// The base is made again, told to nobody; the words say why.
static void a_base_that_cannot_be_used_is_made_again_in_silence(void **state)
{
    (void)state;
    static const struct {
        const char *document; // stored; NULL: nothing is
        const char *raw;
        bool edited;
        const char *detail; // a part of it
    } cases[] = {
        { NULL, NULL, false, "nothing is stored" },
        { "[{\"id\":1}]", NULL, true, "nothing is stored" },
        { "[{\"id\":", "{}", false, "" },
        { "[{\"id\":1}]", "{\"other\":[]}", true, "found nothing" },
        { "[{\"id\":1}]", "{\"data\":[{\"name\":1}]}", true, "item 0 has no key" },
        { "[{\"id\":1}]", "not json", true, "" },
        { "{\"id\":1}", "{}", false, "no list" },
        { "null", "{}", false, "no list" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_BENCH struct bench bench;
        AUTO_OUTCOME struct digest_outcome outcome = { 0 };
        // Even where the first answer is told: this is not the first one.
        bench_init(&bench, "orders",
                   &(struct rules_text){
                       .items = ".data[]", .key = { ".id" }, .first_run = FIRST_RUN_ITEMS });
        bench.state.has_snapshot = true;
        bench.state.version = 4;
        bench.state.rules = bench.source.rules_hash;
        bench.state.rules.high += cases[i].edited;
        if (cases[i].document) {
            assert_int_equal(
                bytes_dup(&bench.stored.document, cases[i].document, strlen(cases[i].document)), 0);
        }
        if (cases[i].raw) {
            assert_int_equal(bytes_dup(&bench.stored.raw, cases[i].raw, strlen(cases[i].raw)), 0);
        }
        bench_digest(&bench, "{'data':[{'id':1},{'id':2}]}", &outcome);
        assert_int_equal(bench.loads, 1);
        assert_int_equal(outcome.result, DIGEST_BASELINE);
        assert_int_equal(outcome.events.n, 0);
        assert_non_null(outcome.detail);
        assert_non_null(strstr(outcome.detail, cases[i].detail));
        assert_string_equal(outcome.snapshot.document.data, "[{\"id\":1},{\"id\":2}]");
    }
}

// A stored base whose item lost its key (an older version wrote it) must not stop the source.
static void a_stored_item_without_a_key_is_left_out(void **state)
{
    (void)state;
    static const char stored[] = "[{\"id\":1},{\"x\":1},{\"id\":1,\"v\":2}]";
    AUTO_BENCH struct bench bench;
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    bench_init(&bench, "orders", &by_id);
    bench.state.has_snapshot = true;
    bench.state.rules = bench.source.rules_hash;
    assert_int_equal(bytes_dup(&bench.stored.document, stored, sizeof(stored) - 1), 0);
    bench_digest(&bench, "{'data':[{'id':1},{'id':2}]}", &outcome);
    assert_events(&outcome, "item.created 2");
}

static void recovery_is_told_with_a_base_made_again(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    bench_init(&bench, "orders", &(struct rules_text){ 0 });
    bench_accept(&bench, "{'data':[{'id':1}]}", DIGEST_BASELINE);
    bench_edit(&bench, &by_id);
    bench.state.failing_told = true;
    bench_digest(&bench, "{'data':[{'id':1}]}", &outcome);
    assert_int_equal(outcome.result, DIGEST_BASELINE);
    assert_events(&outcome, "source.recovered");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_edit_tells_nothing_by_itself_and_makes_a_base_under_the_new_rules),
        cmocka_unit_test(a_change_that_comes_with_an_edit_is_told_under_the_new_rules),
        cmocka_unit_test(the_guard_holds_under_edited_rules_too),
        cmocka_unit_test(a_base_that_cannot_be_used_is_made_again_in_silence),
        cmocka_unit_test(a_stored_item_without_a_key_is_left_out),
        cmocka_unit_test(recovery_is_told_with_a_base_made_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
