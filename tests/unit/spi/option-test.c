#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/base/secret.h"
#include "bridge/expr/expr.h"
#include "bridge/expr/pattern.h"
#include "bridge/model/event.h"
#include "bridge/model/http.h"
#include "bridge/spi/option.h"

struct inner {
    char *text;
    struct secret secret;
};

struct outer {
    int64_t number;
    char *url;
    struct string_list strings;
    struct headers pairs;
    struct template_pairs templates;
    char *json;
    struct expr *expr;
    struct expr_list exprs;
    struct patterns *patterns;
    struct status_set statuses;
    struct duration_list durations;
    struct inner inner;
};

static const struct option inner_list[] = {
    { .key = "text", .type = OPTION_STRING, .offset = offsetof(struct inner, text) },
    { .key = "secret", .type = OPTION_SECRET, .offset = offsetof(struct inner, secret) },
};
static const struct option_table inner_table = { .name = "inner",
                                                 OPTION_TABLE_OF(struct inner, inner_list) };
static const struct option outer_list[] = {
    { .key = "number", .type = OPTION_INT, .offset = offsetof(struct outer, number) },
    { .key = "url", .type = OPTION_URL, .offset = offsetof(struct outer, url) },
    { .key = "strings", .type = OPTION_STRINGS, .offset = offsetof(struct outer, strings) },
    { .key = "pairs", .type = OPTION_PAIRS, .offset = offsetof(struct outer, pairs) },
    { .key = "templates", .type = OPTION_TEMPLATES, .offset = offsetof(struct outer, templates) },
    { .key = "json", .type = OPTION_JSON, .offset = offsetof(struct outer, json) },
    { .key = "expr", .type = OPTION_EXPR, .offset = offsetof(struct outer, expr) },
    { .key = "exprs", .type = OPTION_EXPRS, .offset = offsetof(struct outer, exprs) },
    { .key = "patterns", .type = OPTION_PATTERNS, .offset = offsetof(struct outer, patterns) },
    { .key = "statuses", .type = OPTION_STATUSES, .offset = offsetof(struct outer, statuses) },
    { .key = "durations", .type = OPTION_DURATIONS, .offset = offsetof(struct outer, durations) },
    { .key = "inner",
      .type = OPTION_TABLE,
      .offset = offsetof(struct outer, inner),
      .table = &inner_table },
};
static const struct option_table outer_table = { .name = "outer",
                                                 OPTION_TABLE_OF(struct outer, outer_list) };

static void fill(struct outer *outer)
{
    static const char *const texts[] = { ".a", ".b" };
    *outer = (struct outer){ .number = 7 };
    outer->url = strdup("http://example.com");
    assert_int_equal(string_list_add(&outer->strings, "one"), 0);
    assert_int_equal(string_list_add(&outer->strings, "two"), 0);
    assert_int_equal(headers_add(&outer->pairs, "a", "1"), 0);
    outer->templates.v = calloc(1, sizeof(struct template_pair));
    assert_non_null(outer->templates.v);
    outer->templates.n = 1;
    outer->templates.v[0].name = strdup("t");
    assert_int_equal(template_new(&outer->templates.v[0].value, "{{ .x }}", NULL), 0);
    outer->json = strdup("{}");
    assert_int_equal(expr_new(&outer->expr, ".a", NULL), 0);
    outer->exprs.v = calloc(2, sizeof(struct expr *));
    assert_non_null(outer->exprs.v);
    outer->exprs.n = 2; // the second was never built
    assert_int_equal(expr_new(&outer->exprs.v[0], ".b", NULL), 0);
    assert_int_equal(patterns_new(&outer->patterns, texts, 2, NULL), 0);
    outer->statuses.v = calloc(1, sizeof(struct status_range));
    outer->statuses.n = 1;
    outer->durations.v_ms = calloc(1, sizeof(int64_t));
    outer->durations.n = 1;
    outer->inner.text = strdup("inner");
    assert_int_equal(secret_init(&outer->inner.secret, "hush", 4), 0);
}

// The leak check of the sanitizer is what fails when a type is forgotten.
static void deinit_frees_every_type_and_zeroes(void **state)
{
    (void)state;
    struct outer outer;
    const struct outer zero = { 0 };
    fill(&outer);
    option_table_deinit(&outer_table, &outer);
    assert_memory_equal(&outer, &zero, sizeof(outer));
    option_table_deinit(&outer_table, &outer); // of nothing
}

static void find_takes_whole_keys_only(void **state)
{
    (void)state;
    assert_ptr_equal(option_table_find(&outer_table, "json"), &outer_list[5]);
    assert_null(option_table_find(&outer_table, "jso"));
    assert_null(option_table_find(&outer_table, "json "));
    assert_null(option_table_find(&outer_table, ""));
}

static void status_set_bounds_belong_to_it(void **state)
{
    (void)state;
    struct status_range ranges[] = { { 200, 204 }, { 304, 304 } };
    struct status_set set = { .v = ranges, .n = 2 };
    struct status_set empty = { 0 };
    assert_true(status_set_has(&set, 200));
    assert_true(status_set_has(&set, 204));
    assert_true(status_set_has(&set, 304));
    assert_false(status_set_has(&set, 199));
    assert_false(status_set_has(&set, 205));
    assert_false(status_set_has(&empty, 200));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deinit_frees_every_type_and_zeroes),
        cmocka_unit_test(find_takes_whole_keys_only),
        cmocka_unit_test(status_set_bounds_belong_to_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
