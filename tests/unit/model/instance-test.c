#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/model/instance.h"
#include "bridge/model/json.h"

static int make(struct instance **ret, const char *members, struct problem **reterr)
{
    AUTO_JSON struct json_object *object = NULL;
    assert_int_equal(json_read(&object, members, strlen(members), NULL, NULL), 0);
    return instance_new(ret, "orders", object, reterr);
}

static void a_name_is_readable_and_says_which_members_it_stands_for(void **state)
{
    (void)state;
    static const struct {
        const char *members, *name, *canonical;
    } cases[] = {
        { "{\"region\":\"eu\"}", "orders{region=eu}", "{\"region\":\"eu\"}" },
        { "{\"b\":1, \"a\":\"x y\"}", "orders{a=\"x y\",b=1}", "{\"a\":\"x y\",\"b\":1}" },
        { "{\"n\":1.50}", "orders{n=1.5}", "{\"n\":1.5}" },
        { "{\"n\":\"1.5\"}", "orders{n=\"1.5\"}", "{\"n\":\"1.5\"}" },
        { "{\"n\":\"true\"}", "orders{n=\"true\"}", "{\"n\":\"true\"}" },
        { "{\"n\":true}", "orders{n=true}", "{\"n\":true}" },
        { "{\"n\":\"\"}", "orders{n=\"\"}", "{\"n\":\"\"}" },
        { "{\"v\":\"a,b=c\"}", "orders{v=\"a,b=c\"}", "{\"v\":\"a,b=c\"}" },
        { "{\"v\":\"a}\"}", "orders{v=\"a}\"}", "{\"v\":\"a}\"}" },
        { "{\"a b\":\"c\"}", "orders{\"a b\"=c}", "{\"a b\":\"c\"}" },
        { "{\"r\":\"octo/hello\"}", "orders{r=octo/hello}", "{\"r\":\"octo/hello\"}" },
        { "{\"c\":\"Łódź\"}", "orders{c=\"Łódź\"}", "{\"c\":\"Łódź\"}" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_INSTANCE struct instance *instance = NULL;
        assert_int_equal(make(&instance, cases[i].members, NULL), 0);
        assert_string_equal(instance->name, cases[i].name);
        assert_string_equal(instance->members, cases[i].canonical);
        assert_int_equal(instance->source_len, strlen("orders"));
    }
}

static void the_same_members_in_another_order_are_the_same_instance(void **state)
{
    (void)state;
    AUTO_INSTANCE struct instance *one = NULL;
    AUTO_INSTANCE struct instance *two = NULL;
    assert_int_equal(make(&one, "{\"a\":1,\"b\":\"x\"}", NULL), 0);
    assert_int_equal(make(&two, "{\"b\":\"x\",\"a\":1.0}", NULL), 0);
    assert_string_equal(one->name, two->name);
    assert_string_equal(one->members, two->members);
}

static void what_cannot_tell_instances_apart_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *members, *words;
    } cases[] = {
        { "{}", "at least one member" },
        { "{\"a\":null}", "\"a\" is null" },
        { "{\"a\":[1]}", "\"a\" is a list or an object" },
        { "{\"a\":{\"b\":1}}", "\"a\" is a list or an object" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct instance *instance = NULL;
        CLEANUP(problem_freep) struct problem *why = NULL;
        assert_int_equal(make(&instance, cases[i].members, &why), INSTANCE_E_UNFIT);
        assert_null(instance);
        assert_non_null(strstr(why->message, cases[i].words));
    }
}

static void very_long_members_are_refused(void **state)
{
    (void)state;
    AUTO_BUF struct buf text = { 0 };
    struct instance *instance = NULL;
    assert_int_equal(buf_append_str(&text, "{\"a\":\""), 0);
    for (int i = 0; i < INSTANCE_MEMBERS_BYTES_MAX; i++) {
        assert_int_equal(buf_append_char(&text, 'x'), 0);
    }
    assert_int_equal(buf_append_str(&text, "\"}"), 0);
    assert_int_equal(make(&instance, buf_str(&text), NULL), INSTANCE_E_UNFIT);
}

static void a_name_from_the_store_keeps_the_name_of_its_source(void **state)
{
    (void)state;
    AUTO_INSTANCE struct instance *member = NULL;
    AUTO_INSTANCE struct instance *plain = NULL;
    assert_int_equal(instance_of_name(&member, "orders{region=eu}"), 0);
    assert_int_equal(member->source_len, strlen("orders"));
    assert_null(member->members);
    assert_int_equal(instance_new(&plain, "orders", NULL, NULL), 0);
    assert_string_equal(plain->name, "orders");
    assert_int_equal(plain->source_len, strlen("orders"));
    assert_null(plain->members);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_readable_and_says_which_members_it_stands_for),
        cmocka_unit_test(the_same_members_in_another_order_are_the_same_instance),
        cmocka_unit_test(what_cannot_tell_instances_apart_is_refused),
        cmocka_unit_test(very_long_members_are_refused),
        cmocka_unit_test(a_name_from_the_store_keeps_the_name_of_its_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
