// RFC 7396 both ways: what diff_merge makes, an applier written from the RFC turns back.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/diff/merge.h"
#include "bridge/model/json.h"
#include "tests/unit/diff/merge-applier.h"

static struct json_object *parse(const char *text)
{
    struct json_object *value = NULL;
    assert_int_equal(json_read(&value, text, strlen(text), NULL, NULL), 0);
    return value;
}

static void check(const char *before_text, const char *after_text, const char *expected_text)
{
    AUTO_JSON struct json_object *before = parse(before_text);
    AUTO_JSON struct json_object *target = parse(before_text); // apply changes it
    AUTO_JSON struct json_object *after = parse(after_text);
    AUTO_JSON struct json_object *expected = parse(expected_text);
    AUTO_JSON struct json_object *patch = NULL;
    assert_int_equal(diff_merge(before, after, &patch, NULL), 0);
    if (!json_equal(patch, expected)) {
        fail_msg("%s to %s gave %s", before_text, after_text, json_object_to_json_string(patch));
    }
    target = apply_merge(target, patch);
    assert_true(json_equal(target, after));
}

static void members_that_differ_are_told(void **state)
{
    (void)state;
    check("{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}");
    check("{\"a\":\"b\"}", "{\"a\":\"b\",\"b\":\"c\"}", "{\"b\":\"c\"}");
    check("{\"a\":\"b\",\"b\":\"c\"}", "{\"b\":\"c\"}", "{\"a\":null}");
    check("{\"a\":{\"b\":\"c\",\"d\":1}}", "{\"a\":{\"b\":\"d\",\"d\":1}}",
          "{\"a\":{\"b\":\"d\"}}");
    check("{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}");
    check("{\"a\":1}", "{\"a\":1.0}", "{}");
    check("{\"a\":{}}", "{\"a\":{\"b\":{\"c\":1}}}", "{\"a\":{\"b\":{\"c\":1}}}");
}

static void values_that_are_no_objects_replace_each_other(void **state)
{
    (void)state;
    check("[1,2]", "[1,2]", "[1,2]");
    check("{\"a\":1}", "[1]", "[1]");
    check("{\"a\":1}", "null", "null");
    check("null", "{\"a\":1}", "{\"a\":1}");
    check("{\"a\":\"b\"}", "{\"a\":{\"c\":2}}", "{\"a\":{\"c\":2}}");
}

static void nulls_in_arrays_and_equal_members_are_no_trouble(void **state)
{
    (void)state;
    check("{\"a\":1}", "{\"a\":[null,{\"b\":null}]}", "{\"a\":[null,{\"b\":null}]}");
    check("{\"e\":null,\"a\":1}", "{\"e\":null,\"a\":2}", "{\"a\":2}");
}

static void a_new_null_is_refused_by_name(void **state)
{
    static const struct {
        const char *before, *after, *path;
    } cases[] = {
        { "{\"a\":1}", "{\"a\":null}", "/a is null" },
        { "{}", "{\"a\":{\"b/c\":{\"d\":null}}}", "/a/b~1c/d is null" },
        { "{\"a\":{\"x\":1}}", "{\"a\":{\"x\":{\"y\":null}}}", "/a/x/y is null" },
        { "1", "{\"a\":null}", "/a is null" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_JSON struct json_object *before = parse(cases[i].before);
        AUTO_JSON struct json_object *after = parse(cases[i].after);
        CLEANUP(problem_freep) struct problem *problem = NULL;
        struct json_object *patch = NULL;
        assert_int_equal(diff_merge(before, after, &patch, &problem), MERGE_E_AMBIGUOUS);
        assert_null(patch);
        assert_non_null(strstr(problem->message, cases[i].path));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_that_differ_are_told),
        cmocka_unit_test(values_that_are_no_objects_replace_each_other),
        cmocka_unit_test(nulls_in_arrays_and_equal_members_are_no_trouble),
        cmocka_unit_test(a_new_null_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
