// Numbers by value: what is one, which are equal, and the one form each is written in.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <math.h>

#include "bridge/base/buf.h"
#include "bridge/model/json-number.h"
#include "bridge/model/json.h"

static void expect_canonical(const char *text, const char *wanted)
{
    struct number number;
    AUTO_BUF struct buf out = { 0 };
    if (!number_parse(&number, text, strlen(text))) {
        fail_msg("%s is refused", text);
    }
    assert_int_equal(number_write_canonical(&out, &number), 0);
    if (strcmp(buf_str(&out), wanted) != 0) {
        fail_msg("%s: %s, not %s", text, buf_str(&out), wanted);
    }
}

static void every_value_has_one_form(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "0", "0" },
        { "-0", "0" },
        { "-0.00e17", "0" },
        { "0e999999999999999999", "0" },
        { "1", "1" },
        { "1.0", "1" },
        { "1e0", "1" },
        { "10e-1", "1" },
        { "0.1e1", "1" },
        { "100", "100" },
        { "1E+2", "100" },
        { "-12.50", "-12.5" },
        { "-1250e-2", "-12.5" },
        { "0.00001", "0.00001" },
        { "1e-5", "0.00001" },
        { "0.000001", "0.000001" },
        { "0.0000001", "1e-7" },
        { "12e-8", "1.2e-7" },
        { "100000000000000000000", "100000000000000000000" },
        { "1e21", "1e21" },
        { "1e20", "100000000000000000000" },
        { "123456789012345678901", "123456789012345678901" },
        { "1234567890123456789012", "1.234567890123456789012e21" },
        { "3.141592653589793238462643383279502884197",
          "3.141592653589793238462643383279502884197" },
        { "1e999999999999999999", "1e999999999999999999" },
        { "1e-999999999999999999", "1e-999999999999999999" },
        { "1e0000000000000000000000000000000002", "100" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        expect_canonical(cases[i][0], cases[i][1]);
        expect_canonical(cases[i][1], cases[i][1]);
    }
}

static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = { "",    "-",     "+1",    "01",  "-01",      "1.",   ".5",
                                         "1e",  "1e+",   "1.e1",  "0x1", "1 ",       " 1",   "1_0",
                                         "NaN", "1.2.3", "1e1.5", "--1", "Infinity", "1e1e1" };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct number number;
        if (number_parse(&number, cases[i], strlen(cases[i]))) {
            fail_msg("\"%s\" is accepted", cases[i]);
        }
        assert_false(number.exponent_too_long);
    }
}

static void an_exponent_beyond_18_digits_is_told_apart(void **state)
{
    (void)state;
    static const char text[] = "1e1000000000000000000";
    struct number number;
    assert_false(number_parse(&number, text, strlen(text)));
    assert_true(number.exponent_too_long);
    assert_false(number_parse(&number, "1e-1000000000000000000", 22));
    assert_true(number.exponent_too_long);
    // Its one form would have 19 digits, so that what was written could not be read.
    assert_false(number_parse(&number, "12e999999999999999999", 21));
    assert_true(number.exponent_too_long);
    assert_false(number_parse(&number, "0.1e-999999999999999999", 23));
    assert_true(number.exponent_too_long);
    assert_false(number_parse(&number, "12e999999999999999999x", 22));
    assert_false(number.exponent_too_long);
    expect_canonical("0.1e999999999999999999", "1e999999999999999998");
}

static struct number read_number(const char *text)
{
    struct number number;
    assert_true(number_parse(&number, text, strlen(text)));
    return number;
}

static void numbers_are_equal_by_value(void **state)
{
    (void)state;
    // Within a row all are equal; no two rows are.
    static const char *const rows[][4] = {
        { "0", "-0", "0.000", "0e5" },
        { "1", "1.0", "1e0", "0.001e3" },
        { "-1", "-1.0", "-10e-1", "-0.1E+1" },
        { "9007199254740993", "9007199254740993.0", "9.007199254740993e15",
          "90071992547409930e-1" },
        { "9007199254740992", "9007199254740992.0", "9.007199254740992e15",
          "90071992547409920e-1" },
        { "18446744073709551616", "18446744073709551616.0", "1.8446744073709551616e19",
          "184467440737095516160e-1" },
        { "123456789012345678901234567890", "123456789012345678901234567890.0",
          "1.2345678901234567890123456789e29", "12345678901234567890123456789e1" },
        { "123456789012345678901234567891", "123456789012345678901234567891.0",
          "1.23456789012345678901234567891e29", "1234567890123456789012345678910e-1" },
        { "1e400", "10e399", "0.1e401", "1.0e400" },
        { "1e401", "10e400", "0.1e402", "1.0e401" },
        { "0.1", "0.10", "1e-1", "10e-2" },
        { "0.1000000000000000055511151231257827", "1.000000000000000055511151231257827e-1",
          "0.10000000000000000555111512312578270", "100000.0000000000055511151231257827e-6" },
    };
    const size_t n = sizeof(rows) / sizeof(rows[0]);
    for (size_t i = 0; i < n * 4; i++) {
        struct number a = read_number(rows[i / 4][i % 4]);
        for (size_t j = 0; j < n * 4; j++) {
            struct number b = read_number(rows[j / 4][j % 4]);
            if (number_eq(&a, &b) != (i / 4 == j / 4) ||
                hash128_eq(number_hash(&a), number_hash(&b)) != (i / 4 == j / 4)) {
                fail_msg("%s, %s", rows[i / 4][i % 4], rows[j / 4][j % 4]);
            }
        }
    }
}

// The hash goes over the digits block by block; where a block ends must not show.
static void long_numbers_hash_by_every_digit(void **state)
{
    (void)state;
    char digits[301];
    char shifted[310];
    for (size_t len = 1; len <= 300; len++) {
        memset(digits, '7', len);
        digits[len] = '\0';
        int n = snprintf(shifted, sizeof(shifted), "0.%se%zu", digits, len);
        struct number a = read_number(digits);
        struct number b;
        assert_true(number_parse(&b, shifted, (size_t)n));
        assert_true(hash128_eq(number_hash(&a), number_hash(&b)));
        digits[len - 1] = '8';
        struct number c = read_number(digits);
        assert_false(hash128_eq(number_hash(&b), number_hash(&c)));
        assert_false(number_eq(&b, &c));
    }
}

static void numbers_of_a_tree_keep_their_text(void **state)
{
    (void)state;
    static const char *const texts[] = { "0",
                                         "-1",
                                         "9223372036854775807",
                                         "-9223372036854775808",
                                         "18446744073709551615",
                                         "18446744073709551616",
                                         "-0",
                                         "1.50",
                                         "1E+2",
                                         "0.1" };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        AUTO_JSON struct json_object *value = NULL;
        char own[32];
        assert_int_equal(json_read(&value, texts[i], strlen(texts[i]), NULL, NULL), 0);
        assert_string_equal(number_text(value, own), texts[i]);
    }
}

static void doubles_without_text_are_written_shortest(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        { 0.1, "0.1" },
        { 1.0 / 3, "0.3333333333333333" },
        { 5e-324, "4.94065645841247e-324" },
        { 1e300, "1e+300" },
        { 0.1 + 0.2, "0.30000000000000004" },
        { 123456789.0, "123456789" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_JSON struct json_object *value = json_object_new_double(cases[i].value);
        char own[32];
        assert_string_equal(number_text(value, own), cases[i].text);
        assert_true(strtod(own, NULL) == cases[i].value);
    }
}

static void what_json_does_not_know_has_no_text(void **state)
{
    (void)state;
    const double none[] = { (double)NAN, (double)INFINITY, -(double)INFINITY };
    for (size_t i = 0; i < 3; i++) {
        AUTO_JSON struct json_object *value = json_object_new_double(none[i]);
        struct number number;
        char own[32];
        assert_null(number_text(value, own));
        assert_false(number_get(&number, value));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_has_one_form),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(an_exponent_beyond_18_digits_is_told_apart),
        cmocka_unit_test(numbers_are_equal_by_value),
        cmocka_unit_test(long_numbers_hash_by_every_digit),
        cmocka_unit_test(numbers_of_a_tree_keep_their_text),
        cmocka_unit_test(doubles_without_text_are_written_shortest),
        cmocka_unit_test(what_json_does_not_know_has_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
