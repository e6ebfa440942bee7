// What is written: exactly what was read, in the three styles.

#include "tests/unit/expr/json-support.h"

#include <errno.h>

#include "bridge/base/str.h"

static void compact_text_comes_back_byte_for_byte(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "null",
        "true",
        "\"\"",
        "{}",
        "[]",
        "{\"z\":1,\"a\":[{},[],null,false,\"x\"],\"\":{\"b\":{}}}",
        "[1.0,1e0,-0,1E+2,0.10,12345678901234567890123456789,-9223372036854775808,1e-400]",
        "[\"\u00e4\u20ac\U0001d11e/\",\"\\\"\\\\\",\"\\u0000\\u0001\\u001f\",\"\\n\\t\"]",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        AUTO_JSON struct json_object *value = NULL;
        AUTO_BUF struct buf out = { 0 };
        assert_int_equal(json_read(&value, texts[i], strlen(texts[i]), NULL, NULL), 0);
        assert_int_equal(json_write(&out, value), 0);
        assert_string_equal(buf_str(&out), texts[i]);
    }
}

static void pretty_text_is_indented_and_means_the_same(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *value = parse("{'b':[1,{'x':null}],'a':{},'c':[]}");
    AUTO_JSON struct json_object *again = NULL;
    AUTO_BUF struct buf out = { 0 };
    assert_int_equal(json_write_pretty(&out, value), 0);
    assert_string_equal(buf_str(&out), "{\n"
                                       "  \"b\": [\n"
                                       "    1,\n"
                                       "    {\n"
                                       "      \"x\": null\n"
                                       "    }\n"
                                       "  ],\n"
                                       "  \"a\": {},\n"
                                       "  \"c\": []\n"
                                       "}");
    assert_int_equal(json_read(&again, buf_str(&out), out.len, NULL, NULL), 0);
    assert_true(json_equal(value, again));
}

static void canonical_text_sorts_names_by_bytes(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *value =
        parse("{'b':1.0,'a':{'\u00e4':1e2,'z':-0,'Z':[3,1,2]},'':'x','aa':12e-8}");
    AUTO_BUF struct buf out = { 0 };
    assert_int_equal(json_write_canonical(&out, value), 0);
    assert_string_equal(buf_str(&out), "{\"\":\"x\",\"a\":{\"Z\":[3,1,2],\"z\":0,\"\u00e4\":100},"
                                       "\"aa\":1.2e-7,\"b\":1}");
}

static void strings_are_always_valid_text(void **state)
{
    (void)state;
    AUTO_BUF struct buf out = { 0 };
    assert_int_equal(json_write_string(&out, "a\0\"\xff\xc3", 5), 0);
    assert_string_equal(buf_str(&out), "\"a\\u0000\\\"\ufffd\ufffd\"");
    AUTO_JSON struct json_object *value = NULL;
    assert_int_equal(json_read(&value, buf_str(&out), out.len, NULL, NULL), 0);
    assert_int_equal(json_object_get_string_len(value), 9);
}

static void half_a_value_is_never_left_behind(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *value = parse("{'name':[1,2,3],'more':'text'}");
    int (*const writers[])(struct buf *, struct json_object *) = { json_write, json_write_pretty,
                                                                   json_write_canonical };
    for (size_t w = 0; w < ARRAY_LEN(writers); w++) {
        for (size_t max = 3; max < 30; max++) {
            AUTO_BUF struct buf small = { .max = max };
            assert_int_equal(buf_append_str(&small, "ab:"), 0);
            assert_int_equal(writers[w](&small, value), -EMSGSIZE);
            assert_string_equal(buf_str(&small), "ab:");
        }
    }
}

static void appending_keeps_what_is_there(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *value = parse("[1]");
    AUTO_BUF struct buf out = { 0 };
    assert_int_equal(json_write(&out, value), 0);
    assert_int_equal(json_write(&out, NULL), 0);
    assert_int_equal(json_write_canonical(&out, value), 0);
    assert_string_equal(buf_str(&out), "[1]null[1]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compact_text_comes_back_byte_for_byte),
        cmocka_unit_test(pretty_text_is_indented_and_means_the_same),
        cmocka_unit_test(canonical_text_sorts_names_by_bytes),
        cmocka_unit_test(strings_are_always_valid_text),
        cmocka_unit_test(half_a_value_is_never_left_behind),
        cmocka_unit_test(appending_keeps_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
