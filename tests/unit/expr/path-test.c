#include "tests/unit/expr/json-support.h"

#include "bridge/expr/expr.h"
#include "bridge/expr/path.h"

static struct expr *compile(const char *text)
{
    struct expr *expr = NULL;
    struct problem *problem = NULL;
    if (expr_new(&expr, text, &problem) != 0) {
        fail_msg("%s: %s", text, problem == NULL ? "?" : problem->message);
    }
    return expr;
}

static void paths_find_their_place_without_jq(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *input;
        const char *result;
    } cases[] = {
        { ".", "{'a':1}", "{'a':1}" },
        { " . ", "null", "null" },
        { ".a", "{'a':1}", "1" },
        { ".a", "{'a':null}", "null" },
        { ".a.b", "{'a':{'b':[]}}", "[]" },
        { ".a_1.B", "{'a_1':{'B':true}}", "true" },
        { ".[\"a b\"]", "{'a b':1}", "1" },
        { ".\"a b\".c", "{'a b':{'c':2}}", "2" },
        { ".[\"a\"][\"b\"]", "{'a':{'b':3}}", "3" },
        { ".a[\"b\"].c", "{'a':{'b':{'c':3}}}", "3" },
        { ".a.[\"b\"]", "{'a':{'b':3}}", "3" },
        { ".[\"\"]", "{'':3}", "3" },
        { ".[\"\\u00e9\\n\\\"\"]", "{'\\u00e9\\n\\\"':4}", "4" },
        { ".[\"\\ud83d\\ude00\"]", "{'\\ud83d\\ude00':5}", "5" },
        { ".a[0]", "{'a':[7,8]}", "7" },
        { ".a[-1]", "{'a':[7,8]}", "8" },
        { ".a[-2]", "{'a':[7,8]}", "7" },
        { ".[ 1 ]", "[7,null]", "null" },
        { ".a[0][1].b", "{'a':[[0,{'b':9}]]}", "9" },
        { ".a[].b", "{'a':[{'b':1},{'b':2}]}", "1" },
        { ".[]", "{'x':1,'y':2}", "1" },
        { ".a | .b", "{'a':{'b':6}}", "6" },
        { ".a|.[0]|.", "{'a':[6]}", "6" },
        { ".and.or", "{'and':{'or':6}}", "6" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(expr_freep) struct expr *expr = compile(cases[i].path);
        AUTO_JSON struct json_object *input = parse(cases[i].input);
        AUTO_JSON struct json_object *result = NULL;
        assert_true(expr_is_path(expr));
        assert_int_equal(expr_eval(expr, NULL, input, &result, NULL), 0);
        assert_json_text(result, cases[i].result);
    }
}

static void a_missing_place_is_told_and_not_null(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *input;
        int error;
        const char *words;
    } cases[] = {
        { ".a", "{}", EXPR_E_NOTHING, "nothing at .a" },
        { ".a.b", "{'a':null}", EXPR_E_NOTHING, "nothing at .a.b" },
        { ".a", "null", EXPR_E_NOTHING, "nothing at .a" },
        { ".a[2].c", "{'a':[1,2]}", EXPR_E_NOTHING, "nothing at .a[2]" },
        { ".a[-3]", "{'a':[1,2]}", EXPR_E_NOTHING, "nothing at .a[-3]" },
        { ".[\"x y\"]", "{}", EXPR_E_NOTHING, "nothing at .[\"x y\"]" },
        { ".[0]", "[]", EXPR_E_NOTHING, "nothing at .[0]" },
        { ".[]", "[]", EXPR_E_NOTHING, "nothing at .[]" },
        { ".a.b", "{'a':1}", EXPR_E_FAILED, ".a is a number, not an object" },
        { ".a.b", "{'a':[]}", EXPR_E_FAILED, ".a is a list, not an object" },
        { ".a[0]", "{'a':{}}", EXPR_E_FAILED, ".a is an object, not a list" },
        { ".a[]", "{'a':'x'}", EXPR_E_FAILED, ".a is a string, not a list or an object" },
        { ".[]", "null", EXPR_E_FAILED, ". is null, not a list or an object" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(expr_freep) struct expr *expr = compile(cases[i].path);
        CLEANUP(problem_freep) struct problem *problem = NULL;
        AUTO_JSON struct json_object *input = parse(cases[i].input);
        struct json_object *result = NULL;
        assert_int_equal(expr_eval(expr, NULL, input, &result, &problem), cases[i].error);
        assert_contains(problem->message, cases[i].words);
        assert_null(result);
    }
}

static void a_question_mark_makes_a_step_behave_as_in_jq(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *input;
        const char *all; // NULL: EXPR_E_NOTHING
    } cases[] = {
        { ".a?", "{}", "[null]" },
        { ".a?", "null", "[null]" },
        { ".a?", "1", "[]" },
        { ".a?", "{'a':2}", "[2]" },
        { ".a[5]?", "{'a':[]}", "[null]" },
        { ".a[0]?", "{'a':{}}", "[]" },
        { ".a[]?", "{'a':null}", "[]" },
        { ".a[]?", "{'a':[1,2]}", "[1,2]" },
        { ".a[]?", "{}", NULL },
        { ".a?[]?", "{}", "[]" },
        { ".a?.b", "{}", NULL },
        { ".a?.b?", "{}", "[null]" },
        { ".[].a?", "[{'a':1},{},3]", "[1,null]" },
        { ".[].a", "[{'a':1},{}]", NULL },
        { ".?", "3", "[3]" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(expr_freep) struct expr *expr = compile(cases[i].path);
        AUTO_JSON struct json_object *input = parse(cases[i].input);
        AUTO_JSON struct json_object *all = NULL;
        int r = expr_eval_all(expr, NULL, input, &all, NULL);
        assert_int_equal(r, cases[i].all == NULL ? EXPR_E_NOTHING : 0);
        if (cases[i].all != NULL) {
            assert_json_text(all, cases[i].all);
        }
    }
}

static void results_are_references_and_keep_every_digit(void **state)
{
    (void)state;
    CLEANUP(expr_freep) struct expr *expr = compile(".a[]");
    AUTO_JSON struct json_object *input =
        parse("{'a':[18446744073709551615,1.2300,1e400,9007199254740993,{'x':1}]}");
    AUTO_JSON struct json_object *all = NULL;
    struct json_object *list = NULL;
    assert_int_equal(expr_eval_all(expr, NULL, input, &all, NULL), 0);
    assert_json_text(all, "[18446744073709551615,1.2300,1e400,9007199254740993,{'x':1}]");
    assert_true(json_object_object_get_ex(input, "a", &list));
    assert_ptr_equal(json_object_array_get_idx(all, 4), json_object_array_get_idx(list, 4));
    assert_ptr_not_equal(all, list);
}

static void only_paths_are_paths(void **state)
{
    (void)state;
    static const char *const programs[] = {
        ".a + 1",       ".. | .a?", ".a[1:2]", ".a | length", "map(.x)", ".[\"a\\(1)\"]",
        ".[.a]",        "1",        ".a // 2", "[.a]",        ".a, .b",  ".[1.5]",
        ". as $x | $x", "\"x\"",    ".a[0,1]",
    };
    for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
        CLEANUP(expr_freep) struct expr *expr = compile(programs[i]);
        CLEANUP(problem_freep) struct problem *problem = NULL;
        struct json_object *result = NULL;
        assert_false(expr_is_path(expr));
        assert_false(expr_is_identity(expr));
        assert_string_equal(expr_text(expr), programs[i]);
        // Without a context such an expression is refused, not a crash.
        assert_int_equal(expr_eval(expr, NULL, NULL, &result, &problem), EXPR_E_FAILED);
        assert_contains(problem->message, programs[i]);
    }
    CLEANUP(expr_freep) struct expr *identity = compile(" . ");
    CLEANUP(expr_freep) struct expr *path = compile(".a");
    assert_true(expr_is_identity(identity));
    assert_false(expr_is_identity(path));
}

static void broken_paths_name_their_column(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned column;
    } cases[] = {
        { "", 1 },
        { "a", 1 },
        { ".a.", 4 },
        { ".a[", 4 },
        { ".a[0", 5 },
        { ".a[\"x", 6 },
        { ".a[\"\\q\"]", 6 },
        { ".a[\"\\u12\"]", 9 },
        { ".a b", 4 },
        { ".a-b", 3 },
        { ".a[99999999999]", 4 },
        { ".a |", 5 },
        { ".a[\"\\u0000\"]", 11 },
        { ".a[-]", 4 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(problem_freep) struct problem *problem = NULL;
        struct path path = { 0 };
        assert_int_equal(path_parse(&path, cases[i].text, PATH_PLAIN, &problem), PATH_E_SYNTAX);
        if (problem->column != cases[i].column) {
            fail_msg("%s: column %u, not %u", cases[i].text, problem->column, cases[i].column);
        }
    }
}

static void a_path_has_a_maximum(void **state)
{
    (void)state;
    AUTO_BUF struct buf text = { 0 };
    struct path path = { 0 };
    for (int i = 0; i < PATH_STEPS_MAX; i++) {
        assert_int_equal(buf_append_str(&text, ".a"), 0);
    }
    assert_int_equal(path_parse(&path, buf_str(&text), PATH_PLAIN, NULL), 0);
    assert_int_equal(path.n, PATH_STEPS_MAX);
    path_deinit(&path);
    assert_int_equal(buf_append_str(&text, ".a"), 0);
    assert_int_equal(path_parse(&path, buf_str(&text), PATH_PLAIN, NULL), PATH_E_SYNTAX);
}

static void a_path_prints_as_it_is_written(void **state)
{
    (void)state;
    static const char *const texts[] = {
        ".", ".a", ".a.b[0]", ".a[-1][]", ".[\"a b\"].c", ".[0]", ".[]", "..a", ".a..b",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        AUTO_BUF struct buf out = { 0 };
        struct path path = { 0 };
        enum path_dialect dialect = strstr(texts[i], "-1") != NULL ? PATH_PLAIN : PATH_PATTERN;
        assert_int_equal(path_parse(&path, texts[i], dialect, NULL), 0);
        assert_int_equal(path_format(&out, &path, path.n), 0);
        assert_string_equal(buf_str(&out), texts[i]);
        path_deinit(&path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_find_their_place_without_jq),
        cmocka_unit_test(a_missing_place_is_told_and_not_null),
        cmocka_unit_test(a_question_mark_makes_a_step_behave_as_in_jq),
        cmocka_unit_test(results_are_references_and_keep_every_digit),
        cmocka_unit_test(only_paths_are_paths),
        cmocka_unit_test(broken_paths_name_their_column),
        cmocka_unit_test(a_path_has_a_maximum),
        cmocka_unit_test(a_path_prints_as_it_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
