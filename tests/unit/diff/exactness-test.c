// What must not get lost between two texts and the patch between them: digits, names, characters,
// size and depth.

#include <stdio.h>
#include <time.h>

#include "tests/unit/expr/json-support.h"

#include "bridge/base/str.h"
#include "bridge/diff/fingerprint.h"
#include "bridge/diff/patch.h"

#if defined(__SANITIZE_ADDRESS__)
#define PATIENCE 8.0 // times as long
#else
#define PATIENCE 1.0
#endif

static void assert_patch(const char *before, const char *after, const char *expected)
{
    AUTO_JSON struct json_object *a = parse(before);
    AUTO_JSON struct json_object *b = parse(after);
    AUTO_JSON struct json_object *patch = NULL;
    AUTO_BUF struct buf text = { 0 };
    assert_int_equal(diff_patch(a, b, &patch), 0);
    assert_int_equal(json_write(&text, patch), 0);
    for (size_t i = 0; i < text.len; i++) {
        text.data[i] = (char)(text.data[i] == '"' ? '\'' : text.data[i]);
    }
    assert_string_equal(buf_str(&text), expected); // byte for byte, so numbers by their text
    bool equal = strcmp(expected, "[]") == 0;
    assert_int_equal(diff_equal(a, b, NULL), equal);
    assert_int_equal(hash128_eq(diff_fingerprint(a, NULL), diff_fingerprint(b, NULL)), equal);
}

#define REPLACED(value) "[{'op':'replace','path':'','value':" value "}]"

static void numbers_are_compared_by_decimal_value_and_keep_their_text(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        const char *after;
        const char *patch;
    } cases[] = {
        // Integers of any length.
        { "12345678901234567890", "12345678901234567891", REPLACED("12345678901234567891") },
        { "9007199254740992", "9007199254740993", REPLACED("9007199254740993") },
        { "18446744073709551615", "18446744073709551616", REPLACED("18446744073709551616") },
        { "-123456789012345678901234567890123456789", "-123456789012345678901234567890123456780",
          REPLACED("-123456789012345678901234567890123456780") },
        { "12345678901234567890", "12345678901234567890.0", "[]" },
        // Fractions: by value, which a double would round.
        { "0.1", "0.10", "[]" },
        { "0.1", "0.1000000000000000055511151231257827",
          REPLACED("0.1000000000000000055511151231"
                   "257827") },
        { "3.14159265358979323846264338", "3.14159265358979323846264339",
          REPLACED("3.14159265358979323846264339") },
        { "1", "1.50", REPLACED("1.50") },
        // Exponents, beyond those of a double too.
        { "100", "1E+2", "[]" },
        { "0.001", "1e-3", "[]" },
        { "1e400", "10e399", "[]" },
        { "1e400", "1e401", REPLACED("1e401") },
        { "1e-400", "0", REPLACED("0") },
        { "7", "1E+2", REPLACED("1E+2") },
        // Zero has no sign that counts, and keeps the one it has.
        { "0", "-0", "[]" },
        { "-0", "0e9", "[]" },
        { "1", "-0", REPLACED("-0") },
        // A number is no text and no truth.
        { "1", "'1'", REPLACED("'1'") },
        { "1", "true", REPLACED("true") },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_patch(cases[i].before, cases[i].after, cases[i].patch);
    }
}

#define LONG "'pad':'long enough to keep the whole from being replaced whatever there is to say'"

static void names_and_characters_are_taken_as_they_are(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        const char *after;
        const char *patch;
    } cases[] = {
        { "{'':1," LONG "}", "{'':2," LONG "}", "[{'op':'replace','path':'/','value':2}]" },
        { "{'':{'':1}," LONG "}", "{'':{'':2}," LONG "}",
          "[{'op':'replace','path':'//','value':2}]" },
        { "{'a/b':1,'m~n':1," LONG "}", "{'a/b':2,'m~n':2," LONG "}",
          "[{'op':'replace','path':'/a~1b','value':2},{'op':'replace','path':'/m~0n','value':2}]" },
        { "{'~1':1,'/':1," LONG "}", "{'~1':2,'/':2," LONG "}",
          "[{'op':'replace','path':'/~01','value':2},{'op':'replace','path':'/~1','value':2}]" },
        // As one character and as two: not the same text, no normalisation.
        { "'\u00e9'", "'e\u0301'", REPLACED("'e\u0301'") },
        { "{'\u00e9':1," LONG "}", "{'e\u0301':1," LONG "}",
          "[{'op':'add','path':'/e\u0301','value':1},{'op':'remove','path':'/\u00e9'}]" },
        // Four bytes, and an escape that says the same.
        { "'\U0001F3A8'", "'\\ud83c\\udfa8'", "[]" },
        { "'a'", "'a\\u0000b'", REPLACED("'a\\u0000b'") },
        { "'A'", "'a'", REPLACED("'a'") },
        { "' '", "'\u00a0'", REPLACED("'\u00a0'") },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_patch(cases[i].before, cases[i].after, cases[i].patch);
    }
}

static void assert_operations(struct json_object *before, struct json_object *after, size_t n)
{
    AUTO_JSON struct json_object *patch = NULL;
    clock_t start = clock();
    assert_int_equal(diff_patch(before, after, &patch), 0);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    assert_int_equal(json_object_array_length(patch), n);
    assert_true(seconds < 0.1 * PATIENCE);
}

static struct json_object *many_members(int from, int to)
{
    struct json_object *object = json_object_new_object();
    for (int i = from; i < to; i++) {
        AUTO_FREE char *name = str_printf("member %d", i);
        assert_int_equal(json_object_object_add(object, name, json_object_new_int(i)), 0);
    }
    return object;
}

static void an_object_of_a_hundred_thousand_members_is_quick(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *before = many_members(0, 100000);
    AUTO_JSON struct json_object *after = many_members(1, 100001);
    assert_int_equal(json_object_object_add(after, "member 5000", NULL), 0);
    assert_operations(before, after, 3);
}

static void an_insertion_at_the_head_of_ten_thousand_is_quick(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *before = json_object_new_array();
    AUTO_JSON struct json_object *after = json_object_new_array();
    assert_int_equal(json_object_array_add(after, json_object_new_string("new")), 0);
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(json_object_array_add(before, many_members(i, i + 5)), 0);
        assert_int_equal(json_object_array_add(after, many_members(i, i + 5)), 0);
    }
    assert_operations(before, after, 1);
}

static void nested(struct buf *ret, int depth, const char *innermost)
{
    for (int i = 0; i < depth; i++) {
        assert_int_equal(buf_append_str(ret, i % 2 == 0 ? "{\"a\":" : "["), 0);
    }
    assert_int_equal(buf_append_str(ret, innermost), 0);
    for (int i = depth; i > 0; i--) {
        assert_int_equal(buf_append_char(ret, i % 2 == 1 ? '}' : ']'), 0);
    }
}

static void the_greatest_depth_is_reached_and_no_more(void **state)
{
    (void)state;
    AUTO_BUF struct buf one = { 0 };
    AUTO_BUF struct buf two = { 0 };
    AUTO_BUF struct buf deeper = { 0 };
    nested(&one, JSON_DEPTH_MAX, "1");
    nested(&two, JSON_DEPTH_MAX, "2");
    nested(&deeper, JSON_DEPTH_MAX + 1, "1");
    AUTO_JSON struct json_object *before = parse(buf_str(&one));
    AUTO_JSON struct json_object *after = parse(buf_str(&two));
    AUTO_JSON struct json_object *patch = NULL;
    AUTO_JSON struct json_object *changes = NULL;
    struct json_object *none = NULL;
    assert_int_equal(diff_patch(before, after, &patch), 0);
    assert_int_equal(json_object_array_length(patch), 1);
    assert_int_equal(diff_changes(before, after, NULL, &changes), 0);
    struct json_object *change = json_object_array_get_idx(changes, 0);
    const char *path = json_object_get_string(json_object_object_get(change, "path"));
    assert_int_equal(strlen(path), JSON_DEPTH_MAX * strlen("/a"));
    assert_int_equal(json_read(&none, buf_str(&deeper), deeper.len, NULL, NULL), JSON_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_compared_by_decimal_value_and_keep_their_text),
        cmocka_unit_test(names_and_characters_are_taken_as_they_are),
        cmocka_unit_test(an_object_of_a_hundred_thousand_members_is_quick),
        cmocka_unit_test(an_insertion_at_the_head_of_ten_thousand_is_quick),
        cmocka_unit_test(the_greatest_depth_is_reached_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
