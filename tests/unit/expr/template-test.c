#include <errno.h>

#include "tests/unit/expr/json-support.h"

#include "bridge/expr/expr.h"

static struct template *compile(const char *text)
{
    struct template *template = NULL;
    struct problem *problem = NULL;
    if (template_new(&template, text, &problem) != 0) {
        fail_msg("%s: %s", text, problem == NULL ? "?" : problem->message);
    }
    return template;
}

static void places_are_filled_in(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *result;
        bool plain;
    } cases[] = {
        { "", "", true },
        { "plain } text }} {", "plain } text }} {", true },
        { "{{ .s }}", "a\"b", false },
        { "{{.s}}{{.s}}", "a\"ba\"b", false },
        { "x {{ .n }} y", "x 12345678901234567890123 y", false },
        { "{{ .f }}", "1.50", false },
        { "{{ .t }}/{{ .z }}", "true/null", false },
        { "{{ .a[0].b }}", "deep", false },
        { "{{ .a[-1].b }}!", "deep!", false },
        { "{{ .[\"x y\"] }}", "spaced", false },
        { "{{ .missing? }}", "null", false },
        { "{\"k\":\"{{ .t }}\"}", "{\"k\":\"true\"}", false },
    };
    AUTO_JSON struct json_object *input =
        parse("{'s':'a\\\"b','n':12345678901234567890123,'f':1.50,'t':true,'z':null,"
              "'a':[{'b':'deep'}],'x y':'spaced'}");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(template_freep) struct template *template = compile(cases[i].text);
        AUTO_BUF struct buf out = { 0 };
        assert_int_equal(template_render(template, input, &out, NULL), 0);
        assert_string_equal(buf_str(&out), cases[i].result);
        assert_int_equal(template_is_plain(template), cases[i].plain);
        assert_string_equal(template_text(template), cases[i].text);
    }
}

static void what_is_no_text_fails_in_words(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int error;
        const char *words;
    } cases[] = {
        { "{{ .missing }}", EXPR_E_NOTHING, ".missing" },
        { "{{ .o }}", EXPR_E_FAILED, ".o is an object or a list" },
        { "{{ .o.l }}", EXPR_E_FAILED, ".o.l is an object or a list" },
        { "{{ . }}", EXPR_E_FAILED, ". is an object or a list" },
        { "{{ .o.l.x }}", EXPR_E_FAILED, ".o.l is a list" },
    };
    AUTO_JSON struct json_object *input = parse("{'o':{'l':[]}}");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(template_freep) struct template *template = compile(cases[i].text);
        CLEANUP(problem_freep) struct problem *problem = NULL;
        AUTO_BUF struct buf out = { 0 };
        assert_int_equal(template_render(template, input, &out, &problem), cases[i].error);
        assert_contains(problem->message, cases[i].words);
    }
}

static void mistakes_name_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
        unsigned column;
        const char *words;
    } cases[] = {
        { "a {{ .x", 1, 3, "}} is missing" },
        { "a\nbc {{ .x }", 2, 4, "}} is missing" },
        { "{{ x }}", 1, 4, "begins with a dot" },
        { "{{ .a }} {{ .b. }}", 1, 16, "member name" },
        { "{{ .a | length }}", 1, 9, "begins with a dot" },
        { "{{}}", 1, 3, "begins with a dot" },
        { "x{{ .a[] }}", 1, 2, "names many" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(problem_freep) struct problem *problem = NULL;
        struct template *template = NULL;
        assert_int_equal(template_new(&template, cases[i].text, &problem), EXPR_E_SYNTAX);
        assert_null(template);
        assert_contains(problem->message, cases[i].words);
        assert_int_equal(problem->line, cases[i].line);
        if (problem->column != cases[i].column) {
            fail_msg("%s: column %u, not %u", cases[i].text, problem->column, cases[i].column);
        }
    }
}

static void the_limit_of_the_buffer_holds(void **state)
{
    (void)state;
    CLEANUP(template_freep) struct template *template = compile("ab{{ .s }}");
    AUTO_JSON struct json_object *input = parse("{'s':'cdef'}");
    AUTO_BUF struct buf out = { .max = 5 };
    assert_int_equal(template_render(template, input, &out, NULL), -EMSGSIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_filled_in),
        cmocka_unit_test(what_is_no_text_fails_in_words),
        cmocka_unit_test(mistakes_name_line_and_column),
        cmocka_unit_test(the_limit_of_the_buffer_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
