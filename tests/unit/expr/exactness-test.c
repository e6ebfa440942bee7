// Numbers that a double does not hold must pass jq untouched or be refused in words.

#include "tests/unit/expr/json-support.h"

#include <math.h>

#include "bridge/expr/expr.h"
#include "bridge/expr/number.h"

static void exact_numbers_are_told_from_inexact_ones(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool exact;
    } cases[] = {
        { "0", true },
        { "-0", true },
        { "9007199254740992", true },
        { "-9007199254740992", true },
        { "9007199254740993", false },
        { "9007199254740994", true },
        { "1152921504606846976", true },
        { "9223372036854775807", false },
        { "-9223372036854775808", true },
        { "18446744073709551615", false },
        { "0.1", true },
        { "0.10", true },
        { "1.0", true },
        { "123456789.123456", true },
        { "3.141592653589793", true },
        { "3.14159265358979312", false },
        { "0.30000000000000004", true },
        { "0.1000000000000000055511151231257827", false },
        { "1e300", true },
        { "1e400", false },
        { "-1e400", false },
        { "1e-400", false },
        { "5e-324", false },                 // 15 digits are written at least
        { "1.7976931348623157e308", false }, // the largest double: kept free for its neighbour
        { "123456789012345678901234567890", false },
        { "1e22", true },
        { "100000000000000000000000", true },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_JSON struct json_object *value = parse(cases[i].text);
        if (number_is_exact(value) != cases[i].exact) {
            fail_msg("%s is %sexact", cases[i].text, cases[i].exact ? "" : "not ");
        }
    }
}

struct exactness_case {
    const char *program;
    const char *input;
    const char *result; // NULL: refused as inexact
};

static void run_case(struct expr_context *context, const struct exactness_case *c)
{
    struct expr *expr = NULL;
    CLEANUP(problem_freep) struct problem *problem = NULL;
    AUTO_JSON struct json_object *input = parse(c->input);
    AUTO_JSON struct json_object *all = NULL;
    assert_int_equal(expr_new(&expr, c->program, NULL), 0);
    int r = expr_eval_all(expr, context, input, &all, &problem);
    expr_free(expr);
    if (c->result == NULL) {
        if (r != EXPR_E_FAILED) {
            fail_msg("%s of %s gives %s", c->program, c->input, json_object_to_json_string(all));
        }
        assert_string_equal(problem->code, "expr_inexact");
        return;
    }
    if (r != 0) {
        fail_msg("%s of %s: %s", c->program, c->input, problem == NULL ? "?" : problem->message);
    }
    assert_json_text(all, c->result);
}

static void digits_pass_through_or_are_refused(void **state)
{
    (void)state;
    static const struct exactness_case cases[] = {
        { ".[] | .", "[9007199254740993]", "[9007199254740993]" },
        { "map(.)", "[9007199254740993,1]", "[[9007199254740993,1]]" },
        { "{id: .a, b}", "{'a':18446744073709551615,'b':1.1}",
          "[{'id':18446744073709551615,'b':1.1}]" },
        { ".[] | select(.id > 5)", "[{'id':9007199254740993},{'id':3}]",
          "[{'id':9007199254740993}]" },
        { "[.[] | .x + 1]", "[{'x':1,'id':9007199254740993}]", "[[2]]" },
        { "map(.id) | unique", "[{'id':9007199254740993},{'id':9007199254740993}]",
          "[[9007199254740993]]" },
        { "sort_by(.id)", "[{'id':9007199254740993},{'id':1}]",
          "[[{'id':1},{'id':9007199254740993}]]" },
        { "map(.a | length)", "[{'a':[1e400]}]", "[[1]]" },
        { "[.[0], .[1]]", "[1e400,-1e400]", "[[1e400,-1e400]]" },
        { "[.[]]", "[1e-400,0.1000000000000000055]", "[[1e-400,0.1000000000000000055]]" },
        // Neighbours that share their nearest double come back each as itself.
        { "[.[]]", "[1234567890123456789,1234567890123456790,1234567890123456791]",
          "[[1234567890123456789,1234567890123456790,1234567890123456791]]" },
        { "reverse", "[9007199254740993,9007199254740992,9007199254740994]",
          "[[9007199254740994,9007199254740992,9007199254740993]]" },
        // Anything computed from such a number is refused.
        { ".[0] + 1", "[9007199254740993]", NULL },
        { ".[0] | tostring", "[9007199254740993]", NULL },
        { "\"\\(.[0])\"", "[9007199254740993]", NULL },
        { "tojson", "[9007199254740993]", NULL },
        { "{\"\\(.[0])\": 1}", "[9007199254740993]", NULL },
        { ".[0] == 9007199254740992", "[9007199254740993]", NULL },
        { ".[0] == .[1]", "[9007199254740993,9007199254740992]", NULL },
        { "unique", "[1234567890123456789,1234567890123456790]", NULL },
        { ".[0] - .[1]", "[1234567890123456790,1234567890123456789]", NULL },
        // Numbers a double holds are computed with as ever.
        { "add", "[0.1,0.2]", "[0.30000000000000004]" },
        { ".[0] + 1", "[9007199254740991]", "[9007199254740992]" },
        { ".[0]", "[1.50]", "[1.50]" },
    };
    CLEANUP(expr_context_freep) struct expr_context *context = NULL;
    assert_int_equal(expr_context_new(&context), 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        run_case(context, &cases[i]);
    }
}

static void doubles_come_back_as_their_shortest_text(void **state)
{
    (void)state;
    static const struct {
        double number;
        const char *text;
    } cases[] = {
        { 0.1, "0.1" },
        { 1.0 / 3, "0.3333333333333333" },
        { -0.0, "0" },
        { 1e15, "1000000000000000" },
        { 0x1p62, "4611686018427387904" },
        { -0x1p63, "-9223372036854775808" },
        { 0x1p63, "9.223372036854776e+18" },
        { 1e300, "1e+300" },
        { INFINITY, "1.7976931348623157e+308" },
        { -INFINITY, "-1.7976931348623157e+308" },
        { NAN, "null" },
        { 5e-324, "4.94065645841247e-324" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_JSON struct json_object *value = NULL;
        assert_int_equal(number_from_double(&value, cases[i].number), 0);
        assert_json_text(value, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_numbers_are_told_from_inexact_ones),
        cmocka_unit_test(digits_pass_through_or_are_refused),
        cmocka_unit_test(doubles_come_back_as_their_shortest_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
