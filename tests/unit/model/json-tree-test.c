// What trees are made of: names and short strings that stand again are kept once, objects have as
// much room as they need, and none of it shows in what is read.

#include "tests/unit/expr/json-support.h"

#include <stdio.h>

#include <json-c/linkhash.h>

#include "bridge/model/json-names.h"

static const char *name_in(struct json_object *object)
{
    return lh_entry_k(lh_table_head(json_object_get_object(object)));
}

static void a_name_that_comes_again_is_kept_once(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *list = parse("[{'tree_name':1},{'tree_name':2}]");
    AUTO_JSON struct json_object *first = parse("{'tree_name':3}");
    AUTO_JSON struct json_object *second = parse("{'tree_name':4}");
    assert_int_equal(json_object_array_length(list), 2);
    assert_ptr_equal(name_in(first), name_in(second));
    assert_string_equal(name_in(first), "tree_name");
    json_object_object_del(first, "tree_name");
    assert_int_equal(json_object_object_length(first), 0);
}

static void names_that_come_once_take_no_place(void **state)
{
    (void)state;
    char name[32];
    int kept = 0;
    for (int i = 0; i < 100000; i++) {
        int len = snprintf(name, sizeof(name), "id-%d", i);
        kept += name_keep(name, (size_t)len) != NULL;
    }
    assert_int_equal(kept, 0);
    char long_name[] = "a name of forty characters is not kept..";
    for (int i = 0; i < 3; i++) {
        assert_null(name_keep(long_name, sizeof(long_name) - 1));
    }
    assert_null(name_keep("", 0));
    assert_string_equal(name_keep("", 0), "");
}

static void short_strings_that_come_again_are_one(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *list =
        parse("['a','a','\\u0061','a string that is too long','a string that is too long','']");
    struct json_object *first = json_object_array_get_idx(list, 0);
    assert_ptr_equal(first, json_object_array_get_idx(list, 1));
    assert_json_text(json_object_array_get_idx(list, 2), "'a'");
    assert_ptr_not_equal(json_object_array_get_idx(list, 3), json_object_array_get_idx(list, 4));
    assert_json_text(list, "['a','a','a','a string that is too long','a string that is too long',"
                           "'']");
}

// More than there is room for push each other out; each stays what it was.
static void many_strings_stay_themselves(void **state)
{
    (void)state;
    AUTO_BUF struct buf text = { 0 };
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(buf_printf(&text, "%s\"s%d\"", i == 0 ? "[" : ",", i * i % 1009), 0);
    }
    assert_int_equal(buf_append_char(&text, ']'), 0);
    AUTO_JSON struct json_object *list = NULL;
    AUTO_BUF struct buf again = { 0 };
    assert_int_equal(json_read(&list, text.data, text.len, NULL, NULL), 0);
    assert_int_equal(json_write(&again, list), 0);
    assert_string_equal(again.data, text.data);
}

static void objects_of_any_size_hold_what_they_should(void **state)
{
    (void)state;
    for (int n = 0; n < 300; n++) {
        AUTO_BUF struct buf text = { 0 };
        AUTO_JSON struct json_object *object = NULL;
        assert_int_equal(buf_append_char(&text, '{'), 0);
        for (int i = 0; i < n; i++) {
            assert_int_equal(buf_printf(&text, "%s\"n%d\":%d", i == 0 ? "" : ",", i, i), 0);
        }
        assert_int_equal(buf_append_char(&text, '}'), 0);
        assert_int_equal(json_read(&object, text.data, text.len, NULL, NULL), 0);
        assert_int_equal(json_object_object_length(object), n);
        assert_null(json_object_object_get(object, "none"));
        for (int i = n; i < 2 * n + 3; i++) { // it grows as any other
            char name[16];
            (void)snprintf(name, sizeof(name), "n%d", i);
            assert_int_equal(json_object_object_add(object, name, json_object_new_int(i)), 0);
        }
        for (int i = 0; i < 2 * n + 3; i++) {
            char name[16];
            (void)snprintf(name, sizeof(name), "n%d", i);
            assert_int_equal(json_object_get_int(json_object_object_get(object, name)), i);
        }
    }
}

static void integers_keep_their_digits_at_every_length(void **state)
{
    (void)state;
    static const char *const numbers[] = {
        "0",
        "-1",
        "-0",
        "999999999999999999",
        "-999999999999999999",
        "1000000000000000000",
        "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "1234567890123456789012345678901234567890",
        "10e2",
        "1.0",
    };
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        AUTO_JSON struct json_object *value = parse(numbers[i]);
        assert_json_text(value, numbers[i]);
    }
    static const char *const broken[] = { "00", "-01", "012", "-", "1-", "1+2", "12e", "1.2.3" };
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        struct json_object *value = NULL;
        assert_int_equal(json_read(&value, broken[i], strlen(broken[i]), NULL, NULL),
                         JSON_E_SYNTAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_that_comes_again_is_kept_once),
        cmocka_unit_test(names_that_come_once_take_no_place),
        cmocka_unit_test(short_strings_that_come_again_are_one),
        cmocka_unit_test(many_strings_stay_themselves),
        cmocka_unit_test(objects_of_any_size_hold_what_they_should),
        cmocka_unit_test(integers_keep_their_digits_at_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
