// What a filter lets through, what it refuses to be, and that its work is bounded.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <json-c/json.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/expr/filter.h"
#include "bridge/model/json.h"

static const char event[] =
    "{\"type\":\"item.updated\",\"empty\":{},\"data\":{\"key\":7,\"after\":{\"status\":\"paid\","
    "\"total\":12.50,\"big\":12345678901234567890123,\"flag\":true,\"none\":null,"
    "\"name\":\"\\u017elu\\u0165\",\"tags\":[\"a\",\"b\"],"
    "\"lines\":[{\"sku\":\"x\",\"n\":1},{\"sku\":\"y\",\"n\":5}]}}}";

static bool fits(const char *json)
{
    CLEANUP(filter_freep) struct filter *filter = NULL;
    CLEANUP(problem_freep) struct problem *why = NULL;
    AUTO_JSON struct json_object *value = NULL;
    assert_int_equal(json_read(&value, event, strlen(event), NULL, NULL), 0);
    if (filter_new(&filter, json, &why) != 0) {
        fail_msg("%s: %s", json, why ? why->message : "no words");
    }
    return filter_fits(filter, value);
}

// The condition on data.after.
static void expect(const char *condition, bool wanted)
{
    AUTO_FREE char *json = str_printf("{\"data\":{\"after\":%s}}", condition);
    if (fits(json) != wanted) {
        fail_msg("%s is %s", condition, wanted ? "not let through" : "let through");
    }
}

static void conditions_that_fit(void **state)
{
    static const char *const texts[] = {
        "{}",
        "{\"status\":\"paid\"}",
        "{\"status\":{\"$eq\":\"paid\"},\"flag\":true}",
        "{\"total\":12.5}",
        "{\"total\":{\"$gt\":12,\"$lt\":13}}",
        "{\"total\":{\"$gte\":12.5,\"$lte\":1.25e1}}",
        "{\"big\":12345678901234567890123}",
        "{\"big\":{\"$gt\":12345678901234567890122}}",
        "{\"status\":{\"$gte\":\"paid\",\"$lt\":\"paie\"}}",
        "{\"status\":{\"$in\":[\"void\",\"paid\"]}}",
        "{\"status\":{\"$nin\":[\"void\"]},\"absent\":{\"$nin\":[1]}}",
        "{\"status\":{\"$ne\":\"void\"},\"absent\":{\"$ne\":\"x\"}}",
        "{\"status\":{\"$startsWith\":\"pa\"}}",
        "{\"status\":{\"$startsWith\":[\"vo\",\"paid\"]}}",
        "{\"name\":\"\\u017elu\\u0165\"}",
        "{\"none\":null,\"none x\":{\"$exist\":false}}",
        "{\"none\":{\"$exist\":true},\"absent\":{\"$exist\":false}}",
        "{\"tags\":\"b\"}",
        "{\"tags\":{\"$in\":[\"x\",\"a\"]}}",
        "{\"lines\":{\"sku\":\"y\",\"n\":{\"$gt\":4}}}",
        "{\"lines\":{\"n\":{\"$gt\":4}}}",
        "{\"$or\":[{\"status\":\"void\"},{\"total\":{\"$gt\":10}}]}",
        "{\"$and\":[{\"status\":\"paid\"},{\"$not\":{\"flag\":false}}]}",
        "{\"status\":{\"$not\":{\"$startsWith\":\"v\"}}}",
        "{\"status\":{\"$or\":[\"void\",\"paid\"]}}",
        "{\"$and\":[]}",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        expect(texts[i], true);
    }
    assert_true(fits("{\"type\":\"item.updated\",\"data\":{\"key\":{\"$in\":[7,8]}}}"));
}

static void conditions_that_do_not(void **state)
{
    static const char *const texts[] = {
        "{\"status\":\"Paid\"}",
        "{\"status\":true}",
        "{\"total\":\"12.5\"}",
        "{\"total\":{\"$gt\":12.5}}",
        "{\"total\":{\"$gt\":\"1\"}}",
        "{\"big\":12345678901234567890124}",
        "{\"status\":{\"$in\":[]}}",
        "{\"status\":{\"$nin\":[\"paid\"]}}",
        "{\"status\":{\"$ne\":\"paid\"}}",
        "{\"tags\":{\"$ne\":\"a\"}}",
        "{\"status\":{\"$startsWith\":\"paid.\"}}",
        "{\"absent\":null}",
        "{\"absent\":{\"$gt\":0}}",
        "{\"status\":{\"inner\":1}}",
        "{\"none\":{\"$exist\":false}}",
        "{\"tags\":\"c\"}",
        "{\"lines\":{\"sku\":\"z\"}}",
        "{\"$or\":[]}",
        "{\"$not\":{}}",
        "{\"status\":\"paid\",\"flag\":false}",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        expect(texts[i], false);
    }
}

static void refuse(const char *json, const char *words)
{
    struct filter *filter = NULL;
    CLEANUP(problem_freep) struct problem *why = NULL;
    assert_int_equal(filter_new(&filter, json, &why), FILTER_E_SYNTAX);
    assert_null(filter);
    if (!why || !strstr(why->message, words)) {
        fail_msg("%s: %s", json, why ? why->message : "no words");
    }
}

static void what_is_no_filter_is_refused_with_words(void **state)
{
    (void)state;
    refuse("[]", "mapping");
    refuse("{\"a\":[1]}", "$in");
    refuse("{\"a\":{\"$gtt\":1}}", "did you mean \"$gt\"");
    refuse("{\"a\":{\"$in\":1}}", "takes a list");
    refuse("{\"a\":{\"$in\":[{}]}}", "takes a text");
    refuse("{\"a\":{\"$gt\":{}}}", "takes a text");
    refuse("{\"a\":{\"$exist\":1}}", "true or false");
    refuse("{\"a\":{\"$startsWith\":[1]}}", "text");
    refuse("{\"$or\":{}}", "list of conditions");
    refuse("{\"a\":{\"$where\":\"1\"}}", "no operator");
}

static void a_filter_has_its_bounds(void **state)
{
    (void)state;
    AUTO_BUF struct buf deep = { 0 };
    AUTO_BUF struct buf wide = { 0 };
    for (int i = 0; i < 20; i++) {
        assert_int_equal(buf_append_str(&deep, "{\"a\":"), 0);
    }
    assert_int_equal(buf_append_str(&deep, "1"), 0);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(buf_append_str(&deep, "}"), 0);
    }
    refuse(buf_str(&deep), "deeper");
    assert_int_equal(buf_append_str(&wide, "{\"$or\":[1"), 0);
    for (int i = 0; i < 600; i++) {
        assert_int_equal(buf_append_str(&wide, ",1"), 0);
    }
    assert_int_equal(buf_append_str(&wide, "]}"), 0);
    refuse(buf_str(&wide), "more than");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_that_fit),
        cmocka_unit_test(conditions_that_do_not),
        cmocka_unit_test(what_is_no_filter_is_refused_with_words),
        cmocka_unit_test(a_filter_has_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
