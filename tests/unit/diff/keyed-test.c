#include <errno.h>
#include <stdio.h>

#include "tests/unit/expr/json-support.h"

#include "bridge/diff/keyed.h"
#include "bridge/expr/expr.h"
#include "bridge/expr/pattern.h"

struct fixture {
    struct expr *key[2];
    struct patterns *ignore;
    struct keyed_rules rules;
};

static void fixture_init(struct fixture *fixture, const char *key, const char *second,
                         const char *ignore)
{
    *fixture = (struct fixture){ .rules.key_count = second == NULL ? 1 : 2 };
    assert_int_equal(expr_new(&fixture->key[0], key, NULL), 0);
    if (second != NULL) {
        assert_int_equal(expr_new(&fixture->key[1], second, NULL), 0);
    }
    assert_int_equal(patterns_new(&fixture->ignore, &ignore, ignore == NULL ? 0 : 1, NULL), 0);
    fixture->rules.key = (const struct expr *const *)fixture->key;
    fixture->rules.ignore = fixture->ignore;
}

static void fixture_deinit(struct fixture *fixture)
{
    expr_free(fixture->key[0]);
    expr_free(fixture->key[1]);
    patterns_free(fixture->ignore);
}

// "+1 ~2 -3": created, updated, deleted, by key, in the order of the answer.
static void describe(const struct keyed_changes *changes, struct buf *ret)
{
    for (size_t i = 0; i < changes->n; i++) {
        const struct keyed_change *change = &changes->v[i];
        assert_int_equal(change->before == NULL, change->op == KEYED_CREATED);
        assert_int_equal(change->after == NULL, change->op == KEYED_DELETED);
        assert_int_equal(
            buf_printf(ret, "%s%c%s", i == 0 ? "" : " ", "+~-"[change->op], change -> key), 0);
    }
}

static void items_are_compared_by_key_and_not_by_place(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        const char *second;
        const char *ignore;
        const char *before; // NULL: none yet
        const char *after;
        const char *changes;
    } cases[] = {
        { ".id", NULL, NULL, NULL, "[{'id':1},{'id':2}]", "+1 +2" },
        { ".id", NULL, NULL, "[]", "[]", "" },
        { ".id", NULL, NULL, "[{'id':1}]", "[]", "-1" },
        { ".id", NULL, NULL, "[{'id':1},{'id':2}]", "[{'id':2},{'id':1}]", "" },
        { ".id", NULL, NULL, "[{'id':1,'v':1},{'id':2}]", "[{'id':3},{'id':1,'v':2}]", "+3 ~1 -2" },
        { ".id", NULL, NULL, "[{'id':9},{'id':8},{'id':7}]", "[{'id':8}]", "-9 -7" },
        { ".id", NULL, NULL, "[{'id':1}]", "[{'id':1.0}]", "" },
        { ".id", NULL, NULL, "[{'id':1}]", "[{'id':'1'}]", "+\"1\" -1" },
        { ".id", NULL, NULL, "[{'id':18446744073709551615}]", "[{'id':18446744073709551614}]",
          "+18446744073709551614 -18446744073709551615" },
        { ".id", NULL, NULL, "[]", "[{'id':true},{'id':''},{'id':'a\\\"b'}]",
          "+true +\"\" +\"a\\\"b\"" },
        { ".id", NULL, ".t", "[{'id':1,'t':1}]", "[{'id':1,'t':2}]", "" },
        { ".id", NULL, ".t", "[{'id':1,'t':1}]", "[{'id':1}]", "" },
        { ".id", NULL, ".t", "[{'id':1,'t':1,'v':1}]", "[{'id':1,'t':2,'v':2}]", "~1" },
        { ".a.b", NULL, NULL, "[{'a':{'b':'k'}}]", "[{'a':{'b':'k'},'v':1}]", "~\"k\"" },
        { ".[0]", NULL, NULL, "[['x',1]]", "[['x',2],['y',1]]", "~\"x\" +\"y\"" },
        { ".[\"County Name\"]", NULL, NULL, "[]", "[{'County Name':'Polk'}]", "+\"Polk\"" },
        { ".", NULL, NULL, "['a','b']", "['b','c']", "+\"c\" -\"a\"" },
        { ".a", ".b", NULL, "[{'a':1,'b':2}]", "[{'a':1,'b':3},{'a':2,'b':2}]",
          "+[1,3] +[2,2] -[1,2]" },
        { ".a", ".b", NULL, "[]", "[{'a':'1,2','b':3},{'a':'1','b':'2,3'}]",
          "+[\"1,2\",3] +[\"1\",\"2,3\"]" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(fixture_deinit) struct fixture fixture;
        fixture_init(&fixture, cases[i].key, cases[i].second, cases[i].ignore);
        AUTO_JSON struct json_object *before =
            cases[i].before == NULL ? NULL : parse(cases[i].before);
        AUTO_JSON struct json_object *after = parse(cases[i].after);
        CLEANUP(keyed_changes_deinit) struct keyed_changes changes = { 0 };
        AUTO_BUF struct buf text = { 0 };
        assert_int_equal(keyed_diff(before, after, &fixture.rules, &changes, NULL), 0);
        describe(&changes, &text);
        assert_string_equal(buf_str(&text), cases[i].changes);
        assert_int_equal(changes.after_count, json_object_array_length(after));
        assert_int_equal(changes.before_count,
                         before == NULL ? 0 : json_object_array_length(before));
    }
}

static void a_missing_or_double_key_names_the_item(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        const char *second;
        const char *after;
        int error;
        const char *words;
    } cases[] = {
        { ".id", NULL, "[{'id':1},{'id':2},{'id':3},{}]", KEYED_E_MISSING,
          "item 3 has no key at .id" },
        { ".id", NULL, "[{'id':null}]", KEYED_E_MISSING, "item 0 has a key that is null at .id" },
        { ".id?", NULL, "[{}]", KEYED_E_MISSING, "item 0 has a key that is null at .id?" },
        { ".id", NULL, "[{'id':{}}]", KEYED_E_MISSING, "item 0 has a key that is an object" },
        { ".id", NULL, "[{'id':[1]}]", KEYED_E_MISSING, "item 0 has a key that is a list" },
        { ".id", NULL, "[{'id':1},null]", KEYED_E_MISSING, "item 1 has no key at .id" },
        { ".id", NULL, "[5]", KEYED_E_MISSING, "item 0 has no key at .id" },
        { ".a", ".b.c", "[{'a':1,'b':{}}]", KEYED_E_MISSING, "item 0 has no key at .b.c" },
        { ".id", NULL, "[{'id':'x'},{'id':'y'},{'id':'x'}]", KEYED_E_DUPLICATE,
          "items 0 and 2 have the same key \"x\"" },
        { ".id", NULL, "[{'id':1},{'id':1.0}]", KEYED_E_DUPLICATE,
          "items 0 and 1 have the same key 1" },
        { ".a", ".b", "[{'a':1,'b':2},{'a':1,'b':2}]", KEYED_E_DUPLICATE, "[1,2]" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(fixture_deinit) struct fixture fixture;
        fixture_init(&fixture, cases[i].key, cases[i].second, NULL);
        AUTO_JSON struct json_object *after = parse(cases[i].after);
        struct keyed_changes changes = { 0 };
        CLEANUP(problem_freep) struct problem *problem = NULL;
        CLEANUP(problem_freep) struct problem *again = NULL;
        struct hash128 hash;
        assert_int_equal(keyed_diff(after, after, &fixture.rules, &changes, &problem),
                         cases[i].error);
        assert_contains(problem->message, cases[i].words);
        assert_null(changes.v);
        assert_int_equal(keyed_fingerprint(after, &fixture.rules, &hash, &again), cases[i].error);
        assert_string_equal(again->message, problem->message);
    }
}

// The stored collection was checked when it was new; a broken one must not stop the source for
// good.
static void a_broken_old_collection_is_survived(void **state)
{
    (void)state;
    CLEANUP(fixture_deinit) struct fixture fixture;
    fixture_init(&fixture, ".id", NULL, NULL);
    AUTO_JSON struct json_object *before = parse("[{'id':1,'v':1},{},{'id':1,'v':2},{'id':2}]");
    AUTO_JSON struct json_object *after = parse("[{'id':1,'v':1},{'id':3}]");
    CLEANUP(keyed_changes_deinit) struct keyed_changes changes = { 0 };
    AUTO_BUF struct buf text = { 0 };
    assert_int_equal(keyed_diff(before, after, &fixture.rules, &changes, NULL), 0);
    describe(&changes, &text);
    assert_string_equal(buf_str(&text), "+3 -2");
    assert_int_equal(changes.deleted_count, 1);
}

static void what_is_no_list_is_refused(void **state)
{
    (void)state;
    CLEANUP(fixture_deinit) struct fixture fixture;
    fixture_init(&fixture, ".id", NULL, NULL);
    AUTO_JSON struct json_object *object = parse("{}");
    AUTO_JSON struct json_object *list = parse("[]");
    struct keyed_changes changes = { 0 };
    struct hash128 hash;
    assert_int_equal(keyed_diff(NULL, object, &fixture.rules, &changes, NULL), -EINVAL);
    assert_int_equal(keyed_diff(object, list, &fixture.rules, &changes, NULL), -EINVAL);
    assert_int_equal(keyed_diff(list, NULL, &fixture.rules, &changes, NULL), -EINVAL);
    assert_int_equal(keyed_fingerprint(NULL, &fixture.rules, &hash, NULL), -EINVAL);
}

static void the_fingerprint_of_a_collection_knows_no_order(void **state)
{
    (void)state;
    static const struct {
        const char *a;
        const char *b;
        bool equal;
    } cases[] = {
        { "[]", "[]", true },
        { "[{'id':1,'v':1},{'id':2,'v':2}]", "[{'v':2.0,'id':2},{'id':1,'v':1}]", true },
        { "[{'id':1,'v':1},{'id':2,'v':2}]", "[{'id':1,'v':2},{'id':2,'v':1}]", false },
        { "[{'id':1,'t':1}]", "[{'id':1,'t':2}]", true },
        { "[{'id':1}]", "[{'id':2}]", false },
        { "[{'id':1}]", "[]", false },
        { "[{'id':1}]", "[{'id':'1'}]", false },
    };
    CLEANUP(fixture_deinit) struct fixture fixture;
    fixture_init(&fixture, ".id", NULL, ".t");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_JSON struct json_object *a = parse(cases[i].a);
        AUTO_JSON struct json_object *b = parse(cases[i].b);
        struct hash128 left;
        struct hash128 right;
        assert_int_equal(keyed_fingerprint(a, &fixture.rules, &left, NULL), 0);
        assert_int_equal(keyed_fingerprint(b, &fixture.rules, &right, NULL), 0);
        assert_int_equal(hash128_eq(left, right), cases[i].equal);
    }
}

static void ten_thousand_items_are_matched(void **state)
{
    (void)state;
    CLEANUP(fixture_deinit) struct fixture fixture;
    fixture_init(&fixture, ".id", NULL, NULL);
    AUTO_JSON struct json_object *before = json_object_new_array();
    AUTO_JSON struct json_object *after = json_object_new_array();
    for (int i = 0; i < 10000; i++) {
        struct json_object *old = json_object_new_object();
        struct json_object *new = json_object_new_object();
        assert_int_equal(json_object_object_add(old, "id", json_object_new_int(i)), 0);
        assert_int_equal(json_object_object_add(new, "id", json_object_new_int(10004 - i)), 0);
        assert_int_equal(json_object_array_add(before, old), 0);
        assert_int_equal(json_object_array_add(after, new), 0);
    }
    CLEANUP(keyed_changes_deinit) struct keyed_changes changes = { 0 };
    AUTO_BUF struct buf text = { 0 };
    assert_int_equal(keyed_diff(before, after, &fixture.rules, &changes, NULL), 0);
    describe(&changes, &text);
    assert_string_equal(buf_str(&text), "+10004 +10003 +10002 +10001 +10000 -0 -1 -2 -3 -4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_are_compared_by_key_and_not_by_place),
        cmocka_unit_test(a_missing_or_double_key_names_the_item),
        cmocka_unit_test(a_broken_old_collection_is_survived),
        cmocka_unit_test(what_is_no_list_is_refused),
        cmocka_unit_test(the_fingerprint_of_a_collection_knows_no_order),
        cmocka_unit_test(ten_thousand_items_are_matched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
