#include "tests/unit/expr/json-support.h"

#include <stdio.h>
#include <unistd.h>

#include "bridge/expr/context.h"
#include "bridge/expr/expr.h"
#include "bridge/expr/program.h"

static struct expr *compile(const char *text)
{
    struct expr *expr = NULL;
    struct problem *problem = NULL;
    if (expr_new(&expr, text, &problem) != 0) {
        fail_msg("%s: %s", text, problem == NULL ? "?" : problem->message);
    }
    return expr;
}

static struct expr_context *context_of(void **state)
{
    return *state;
}

static int setup(void **state)
{
    struct expr_context *context = NULL;
    int r = expr_context_new(&context);
    *state = context;
    return r;
}

static int teardown(void **state)
{
    *state = expr_context_free(*state);
    return 0;
}

static void programs_give_what_jq_gives(void **state)
{
    static const struct {
        const char *text;
        const char *input;
        const char *all;
    } cases[] = {
        { ".a + 1", "{'a':1}", "[2]" },
        { ".a, .b", "{'a':1,'b':'x'}", "[1,'x']" },
        { "empty", "1", "[]" },
        { ".[] | select(.ok) | .id", "[{'id':1,'ok':true},{'id':2,'ok':false}]", "[1]" },
        { "map({id, n: (.x | length)})", "[{'id':'a','x':[1,2]}]", "[[{'id':'a','n':2}]]" },
        { "to_entries | map(.key)", "{'b':1,'a':2}", "[['b','a']]" },
        { "keys", "{'b':1,'a':2}", "[['a','b']]" },
        { ".x | tonumber", "{'x':'0.25'}", "[0.25]" },
        { ".[] / 4", "[1, 8, -1]", "[0.25,2,-0.25]" },
        { "tojson | fromjson", "{'a':[1,null,true,'é']}", "[{'a':[1,null,true,'é']}]" },
        { ".s | test(\"^a+$\")", "{'s':'aaa'}", "[true]" },
        { "nan, infinite | tostring", "null", "['null','1.7976931348623157e+308']" },
        { "nan", "null", "[null]" },
        { "-0", "null", "[0]" },
        { "1e300, 1e15, 123456789012", "null", "[1e+300,1000000000000000,123456789012]" },
        { ".[0] | length", "['a\\u0000b']", "[3]" },
        { "def f(x): x * 2; f(.a)", "{'a':4}", "[8]" },
        { ". as [$a, $b] | $b", "[1,2]", "[2]" },
        { "# only\n.a + 0", "{'a':3}", "[3]" },
        { "index(\"b\"), rindex(\"b\"), indices(\"b\")", "'abcb'", "[1,3,[1,3]]" },
        { "1425599621 | todate", "null", "['2015-03-05T23:53:41Z']" },
        { "[65,128512] | implode", "null", "['A😀']" },
        { "getpath([\"a\",\"b\"])", "{'a':{'b':5}}", "[5]" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(expr_freep) struct expr *expr = compile(cases[i].text);
        AUTO_JSON struct json_object *input = parse(cases[i].input);
        AUTO_JSON struct json_object *expected = parse(cases[i].all);
        AUTO_JSON struct json_object *all = NULL;
        struct problem *problem = NULL;
        if (expr_eval_all(expr, context_of(state), input, &all, &problem) != 0) {
            fail_msg("%s: %s", cases[i].text, problem == NULL ? "?" : problem->message);
        }
        if (!json_equal(all, expected)) {
            fail_msg("%s gives %s", cases[i].text, json_object_to_json_string(all));
        }
    }
}

static void the_first_result_is_enough(void **state)
{
    CLEANUP(expr_freep) struct expr *expr = compile("range(1e12)");
    AUTO_JSON struct json_object *result = NULL;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(expr_eval(expr, context_of(state), NULL, &result, NULL), 0);
        assert_json_text(result, "0");
        json_object_put(STEAL(result));
    }
}

static void no_result_and_errors_are_told(void **state)
{
    static const struct {
        const char *text;
        int error;
        const char *words;
    } cases[] = {
        { "empty", EXPR_E_NOTHING, "no result" },
        { ".[] | select(. > 9)", EXPR_E_NOTHING, "no result" },
        { "error(\"so it is\")", EXPR_E_FAILED, "so it is" },
        { "error({a: 1})", EXPR_E_FAILED, "{\"a\":1}" },
        { ".a + 1", EXPR_E_FAILED, "Cannot index array" },
        { "[0xD800, 55296] | implode", EXPR_E_FAILED, "" },
        { "[55296] | implode", EXPR_E_FAILED, "code points" },
        { "1e18 | todate", EXPR_E_FAILED, "seconds" },
        { "nan | strftime(\"%Y\")", EXPR_E_FAILED, "seconds" },
        { "1 | strftime(1)", EXPR_E_FAILED, "format" },
    };
    AUTO_JSON struct json_object *input = parse("[1,2]");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct expr *expr = NULL;
        if (expr_new(&expr, cases[i].text, NULL) != 0) {
            assert_int_equal(i, 5); // hexadecimal is no jq
            continue;
        }
        CLEANUP(problem_freep) struct problem *problem = NULL;
        struct json_object *result = NULL;
        int r = expr_eval(expr, context_of(state), input, &result, &problem);
        if (r != cases[i].error) {
            fail_msg("%s: %d", cases[i].text, r);
        }
        assert_contains(problem->message, cases[i].words);
        assert_null(result);
        expr_free(expr);
    }
}

// Mistakes come in the problem's words; libjq must not print by itself.
static void mistakes_are_found_at_load_and_not_printed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        { "", "empty" },
        { "  ", "empty" },
        { ".a |", "unexpected the end" },
        { ".a | foo", "foo/0 is not defined" },
        { ".a-b", "b/0 is not defined" },
        { "$x", "$x is not defined" },
        { "{a: 1", "unexpected" },
        { ".a) | (.b", "unexpected" },
        { "def f: 1;", "unexpected" },
    };
    int out[2];
    assert_int_equal(pipe(out), 0);
    int kept = dup(STDERR_FILENO);
    assert_true(dup2(out[1], STDERR_FILENO) >= 0);
    struct problem *problems[ARRAY_LEN(cases)] = { NULL };
    int results[ARRAY_LEN(cases)];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct expr *expr = NULL;
        results[i] = expr_new(&expr, cases[i].text, &problems[i]);
        expr_free(expr);
    }
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    assert_int_equal(close(out[1]) | close(kept), 0);
    char printed[16];
    assert_int_equal(read(out[0], printed, sizeof(printed)), 0);
    assert_int_equal(close(out[0]), 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(results[i], EXPR_E_SYNTAX);
        assert_contains(problems[i]->message, cases[i].words);
        assert_null(strstr(problems[i]->message, "shell"));
        assert_null(strchr(problems[i]->message, '\n'));
        problem_free(problems[i]);
    }
}

static void a_program_is_compiled_once_for_a_context(void **state)
{
    struct expr_context *context = context_of(state);
    CLEANUP(expr_freep) struct expr *one = compile(".a + 10");
    CLEANUP(expr_freep) struct expr *same = compile(".a + 10");
    AUTO_JSON struct json_object *input = parse("{'a':1}");
    uint64_t before = context_compiled(context);
    for (int i = 0; i < 10; i++) {
        AUTO_JSON struct json_object *result = NULL;
        assert_int_equal(expr_eval(i % 2 == 0 ? one : same, context, input, &result, NULL), 0);
        assert_json_text(result, "11");
    }
    assert_int_equal(context_compiled(context) - before, 1);
}

static void the_least_recently_used_program_makes_room(void **state)
{
    (void)state;
    CLEANUP(expr_context_freep) struct expr_context *context = NULL;
    assert_int_equal(expr_context_new(&context), 0);
    struct expr *exprs[CONTEXT_PROGRAMS + 1];
    for (size_t i = 0; i < ARRAY_LEN(exprs); i++) {
        char text[32];
        (void)snprintf(text, sizeof(text), "%zu + 0", i);
        exprs[i] = compile(text);
    }
    // 0 is used again before the table is full, so that 1 is the oldest when one more comes.
    static const size_t order[] = { 0, ARRAY_LEN(exprs) - 1, 0, 1 };
    static const uint64_t compiled[] = { 0, 1, 1, 2 };
    for (size_t i = 0; i < CONTEXT_PROGRAMS; i++) {
        AUTO_JSON struct json_object *result = NULL;
        assert_int_equal(expr_eval(exprs[i], context, NULL, &result, NULL), 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        AUTO_JSON struct json_object *result = NULL;
        assert_int_equal(expr_eval(exprs[order[i]], context, NULL, &result, NULL), 0);
        assert_int_equal(json_object_get_int64(result), order[i]);
        assert_int_equal(context_compiled(context), CONTEXT_PROGRAMS + compiled[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(exprs); i++) {
        expr_free(exprs[i]);
    }
}

static void a_run_away_program_is_stopped_and_the_context_lives_on(void **state)
{
    (void)state;
    static const char *const programs[] = {
        "reduce range(1e15) as $i (0; . + 1)",
        "def f: f; f",
        "[limit(1; range(1e15) | select(. < 0))]",
        "try (def f: f; f) catch 1",
        "repeat(.) | empty",
    };
    CLEANUP(expr_context_freep) struct expr_context *context = NULL;
    assert_int_equal(expr_context_new(&context), 0);
    context_set_limit(context, 50);
    CLEANUP(expr_freep) struct expr *fine = compile(".a + 1");
    AUTO_JSON struct json_object *input = parse("{'a':1}");
    for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
        CLEANUP(expr_freep) struct expr *expr = compile(programs[i]);
        CLEANUP(problem_freep) struct problem *problem = NULL;
        struct json_object *result = NULL;
        AUTO_JSON struct json_object *next = NULL;
        assert_int_equal(expr_eval(expr, context, input, &result, &problem), EXPR_E_FAILED);
        assert_contains(problem->message, "too long");
        assert_int_equal(expr_eval(fine, context, input, &next, NULL), 0);
        assert_json_text(next, "2");
    }
}

static void results_are_bounded_in_number_size_and_depth(void **state)
{
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        { "range(1e7)", "more than 1000000 results" },
        { "reduce range(40) as $i (1; [., .])", "more than 256 MiB" },
        { "reduce range(65) as $i (1; [.])", "deeper than 64" },
        { "{\"a\\u0000b\": 1}", "NUL" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(expr_freep) struct expr *expr = compile(cases[i].text);
        CLEANUP(problem_freep) struct problem *problem = NULL;
        struct json_object *result = NULL;
        assert_int_equal(expr_eval_all(expr, context_of(state), NULL, &result, &problem),
                         EXPR_E_FAILED);
        assert_contains(problem->message, cases[i].words);
    }
    CLEANUP(expr_freep) struct expr *deepest = compile("reduce range(64) as $i (1; [.])");
    AUTO_JSON struct json_object *result = NULL;
    assert_int_equal(expr_eval(deepest, context_of(state), NULL, &result, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_give_what_jq_gives),
        cmocka_unit_test(the_first_result_is_enough),
        cmocka_unit_test(no_result_and_errors_are_told),
        cmocka_unit_test(mistakes_are_found_at_load_and_not_printed),
        cmocka_unit_test(a_program_is_compiled_once_for_a_context),
        cmocka_unit_test(the_least_recently_used_program_makes_room),
        cmocka_unit_test(a_run_away_program_is_stopped_and_the_context_lives_on),
        cmocka_unit_test(results_are_bounded_in_number_size_and_depth),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
