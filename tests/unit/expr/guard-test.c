// The environment holds secrets, so these tests try to get one out by every door.

#include "tests/unit/expr/json-support.h"

#include <jq.h>

#include "bridge/expr/expr.h"
#include "bridge/expr/guard.h"

static void refused_names_are_told_at_load(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "env",
        "env.HOME",
        "$ENV",
        "$ENV.SECRET",
        ".a | env | keys",
        "{a: env}",
        "{a: $ENV}",
        "{$ENV}",
        "[.[] | $ENV.x]",
        "\"\\(env)\"",
        "\"\\(\"\\($ENV)\")\"",
        "\"a\" + \"\\(1)\\(env)\"",
        "input",
        "[inputs]",
        "input_filename",
        "debug",
        "stderr",
        "halt",
        "\"x\" | halt_error",
        "halt_error(1)",
        "now",
        "localtime",
        "strflocaltime(\"%Y\")",
        "import \"a\" as b; 1",
        "include \"a\"; 1",
        "\"a\" | modulemeta",
        "get_search_list",
        "$__prog_args",
        "# comment\nenv",
        "\"#\" | env",
        "(env)",
        "if env then 1 else 2 end",
        "{(env | keys[0]): 1}",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        CLEANUP(problem_freep) struct problem *problem = NULL;
        struct expr *expr = NULL;
        if (expr_new(&expr, texts[i], &problem) != EXPR_E_SYNTAX) {
            fail_msg("%s is let through", texts[i]);
        }
        assert_string_equal(problem->code, "expr_refused");
        assert_contains(problem->message, "is not available in an expression");
    }
}

static void the_same_words_elsewhere_are_fine(void **state)
{
    (void)state;
    static const char *const texts[] = {
        ".env + 1",
        ".input.now | length",
        "{env: 1, now: 2}",
        "{now:.a}",
        "\"env $ENV input\" | length",
        "# env\n1",
        ".[\"env\"] + 1",
        "1 as $env | $env",
        "$__loc__",
        ".environment + .inputs_seen",
        "\"\\(.env)\"",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct expr *expr = NULL;
        struct problem *problem = NULL;
        if (expr_new(&expr, texts[i], &problem) != 0) {
            fail_msg("%s: %s", texts[i], problem == NULL ? "?" : problem->message);
        }
        expr_free(expr);
    }
}

static void integers_that_jq_would_change_are_told_at_load(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool fine;
    } cases[] = {
        { ".id == 9007199254740993", false },
        { "[12345678901234567890]", false },
        { ".a | 10000000000000000000000000000000000000001", false },
        { "\"\\(9007199254740993)\"", false },
        { ".id == 9007199254740992", true },
        { ".id > 1234567890123456768", true }, // a double
        { ".id == 007 and .b == 0", true },
        { "1e22 + 3.1415926535897932384626", true },
        { "\"9007199254740993\" | length", true },
        { ".a9007199254740993 | length", true },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(problem_freep) struct problem *problem = NULL;
        struct expr *expr = NULL;
        int r = expr_new(&expr, cases[i].text, &problem);
        if ((r == 0) != cases[i].fine) {
            fail_msg("%s: %s", cases[i].text, problem ? problem->message : "let through");
        }
        if (r != 0) {
            assert_contains(problem->message, "another number");
        }
        expr_free(expr);
    }
}

// What the scanner would miss, the prelude must still stop: it is tried here without the scanner.
static void the_prelude_alone_keeps_the_environment_in(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "$ENV",
        "try env catch .",
        "try ([inputs] | length) catch .",
        "try input catch .",
        "try debug catch .",
        "try stderr catch .",
        "try halt catch .",
        "try (\"geheimnis\" | halt_error) catch .",
        "try now catch .",
        "def f: $ENV; f",
        "(1) | $ENV, (2 | $ENV)",
        "try ([1] | .[env:]) catch ., (try ([1] | .[$ENV:]) catch .)",
    };
    assert_int_equal(setenv("GUARD_TEST_SECRET", "geheimnis-im-umfeld", 1), 0);
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        AUTO_BUF struct buf source = { 0 };
        assert_int_equal(buf_printf(&source, "%s[%s] | tojson", guard_prelude, bodies[i]), 0);
        jq_state *jq = jq_init();
        assert_non_null(jq);
        assert_int_not_equal(jq_compile(jq, buf_str(&source)), 0);
        jq_start(jq, jv_null(), 0);
        jv result = jq_next(jq);
        assert_true(jv_is_valid(result));
        assert_null(strstr(jv_string_value(result), "umfeld"));
        assert_null(strstr(jv_string_value(result), "GUARD"));
        jv_free(result);
        jq_teardown(&jq);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_names_are_told_at_load),
        cmocka_unit_test(the_same_words_elsewhere_are_fine),
        cmocka_unit_test(integers_that_jq_would_change_are_told_at_load),
        cmocka_unit_test(the_prelude_alone_keeps_the_environment_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
