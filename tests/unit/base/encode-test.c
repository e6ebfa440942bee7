#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "bridge/base/encode.h"

static void hex_is_lower_case(void **state)
{
    (void)state;
    char text[9];
    hex_encode("\x00\x7f\xab\xff", 4, text);
    assert_string_equal(text, "007fabff");
    hex_encode("", 0, text);
    assert_string_equal(text, "");
}

struct base64_case {
    const char *plain;
    const char *text;
};

static const struct base64_case rfc4648[] = {
    { "", "" },
    { "f", "Zg==" },
    { "fo", "Zm8=" },
    { "foo", "Zm9v" },
    { "foob", "Zm9vYg==" },
    { "fooba", "Zm9vYmE=" },
    { "foobar", "Zm9vYmFy" },
    { "\xfb\xff\xfe", "+//+" },
};

static void base64_vectors_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rfc4648); i++) {
        const struct base64_case *c = &rfc4648[i];
        AUTO_BUF struct buf text = { 0 };
        assert_int_equal(buf_append_str(&text, ">"), 0);
        assert_int_equal(base64_encode(&text, c->plain, strlen(c->plain)), 0);
        assert_string_equal(text.data + 1, c->text);
        AUTO_BYTES struct bytes plain = { 0 };
        assert_int_equal(base64_decode(&plain, c->text, strlen(c->text)), 0);
        assert_int_equal(plain.len, strlen(c->plain));
        assert_memory_equal(plain.data ? plain.data : "", c->plain, plain.len);
    }
}

static void base64_padding_may_be_missing_but_not_wrong(void **state)
{
    (void)state;
    AUTO_BYTES struct bytes plain = { 0 };
    assert_int_equal(base64_decode(&plain, "Zm8", 3), 0);
    assert_string_equal(plain.data, "fo");
    bytes_deinit(&plain);
    assert_int_equal(base64_decode(&plain, "Zg", 2), 0);
    assert_string_equal(plain.data, "f");
    static const char *const bad[] = { "Z",    "Zg=",   "Zm9v=", "Zm9v==",  "=",
                                       "====", "Zg===", "Z=g=",  "Zm 8",    "Zm8=\n",
                                       "Zm8_", "Zm-8",  "Zm9vY", "Zg==Zg==" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct bytes none = { 0 };
        if (base64_decode(&none, bad[i], strlen(bad[i])) != ENCODE_E_SYNTAX) {
            fail_msg("accepted %s", bad[i]);
        }
        assert_null(none.data);
    }
}

static void base64_obeys_the_limit_of_the_buffer(void **state)
{
    (void)state;
    AUTO_BUF struct buf text = { .max = 7 };
    assert_int_equal(base64_encode(&text, "foob", 4), -EMSGSIZE);
    assert_int_equal(text.len, 0);
}

static void base32_is_crockfords_as_in_ulids(void **state)
{
    (void)state;
    char text[BASE32_HASH_SIZE];
    base32_encode_hash((struct hash128){ 0 }, text);
    assert_string_equal(text, "00000000000000000000000000");
    base32_encode_hash((struct hash128){ .low = UINT64_MAX, .high = UINT64_MAX }, text);
    assert_string_equal(text, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"); // the largest ULID
    // The example of the ULID specification: 01ARZ3NDEKTSV4RRFFQ69G5FAV
    base32_encode_hash((struct hash128){ .high = 0x01563e3ab5d3d676, .low = 0x4c61efb99302bd5b },
                       text);
    assert_string_equal(text, "01ARZ3NDEKTSV4RRFFQ69G5FAV");
}

static void quotes_exactly_what_json_asks(void **state)
{
    (void)state;
    AUTO_BUF struct buf text = { 0 };
    static const char raw[] = "a\"b\\c/d\b\f\n\r\t\x01\x1f\x7f\0é€😀";
    assert_int_equal(quote_json(&text, raw, sizeof(raw) - 1), 0);
    assert_string_equal(text.data, "\"a\\\"b\\\\c/d\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\\u0000é€😀\"");
    buf_clear(&text);
    assert_int_equal(quote_json(&text, "", 0), 0);
    assert_string_equal(text.data, "\"\"");
}

static void quoting_replaces_each_invalid_byte(void **state)
{
    (void)state;
    AUTO_BUF struct buf text = { 0 };
    assert_int_equal(quote_json(&text,
                                "\xff"
                                "a\xe2\x82\"\xc0",
                                6),
                     0);
    assert_string_equal(text.data, "\"\xef\xbf\xbd"
                                   "a\xef\xbf\xbd\xef\xbf\xbd\\\"\xef\xbf\xbd\"");
}

static void failed_quoting_leaves_nothing_behind(void **state)
{
    (void)state;
    AUTO_BUF struct buf text = { .max = 6 };
    assert_int_equal(buf_append_str(&text, "ab"), 0);
    assert_int_equal(quote_json(&text, "\n\n", 2), -EMSGSIZE);
    assert_string_equal(buf_str(&text), "ab");
    assert_int_equal(text.len, 2);
}

static void escapes_are_found_at_every_offset(void **state)
{
    (void)state;
    static const char special[] = { '"', '\\', '\n', '\0', '\x1f' };
    char text[40];
    for (size_t s = 0; s < sizeof(special); s++) {
        for (size_t at = 0; at < sizeof(text); at++) {
            memset(text, '\xc3', sizeof(text)); // top bits set everywhere else
            text[at] = special[s];
            assert_int_equal(quote_json_run(text, 0, sizeof(text)), at);
            assert_int_equal(quote_json_run(text, at, sizeof(text)), at);
        }
    }
    memset(text, ' ', sizeof(text));
    assert_int_equal(quote_json_run(text, 0, sizeof(text)), sizeof(text));
    memset(text, '!', sizeof(text)); // the neighbour of the quote
    assert_int_equal(quote_json_run(text, 3, sizeof(text)), sizeof(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_is_lower_case),
        cmocka_unit_test(base64_vectors_both_ways),
        cmocka_unit_test(base64_padding_may_be_missing_but_not_wrong),
        cmocka_unit_test(base64_obeys_the_limit_of_the_buffer),
        cmocka_unit_test(base32_is_crockfords_as_in_ulids),
        cmocka_unit_test(quotes_exactly_what_json_asks),
        cmocka_unit_test(quoting_replaces_each_invalid_byte),
        cmocka_unit_test(failed_quoting_leaves_nothing_behind),
        cmocka_unit_test(escapes_are_found_at_every_offset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
