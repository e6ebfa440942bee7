#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/secret.h"

static void add(const char *text)
{
    assert_int_equal(secret_register(text, strlen(text)), 0);
}

static void drop(const char *text)
{
    secret_unregister(text, strlen(text));
}

static void expect(const char *text, size_t from, const char *wanted)
{
    AUTO_BUF struct buf buf = { 0 };
    assert_int_equal(buf_append_str(&buf, text), 0);
    secret_redact(&buf, from);
    assert_string_equal(buf_str(&buf), wanted);
    assert_int_equal(buf.len, strlen(wanted));
}

static void every_place_is_struck_out(void **state)
{
    (void)state;
    add("s3cr3t-token");
    expect("s3cr3t-token", 0, "***");
    expect("a s3cr3t-token b s3cr3t-token", 0, "a *** b ***");
    expect("s3cr3t-tokens3cr3t-token!", 0, "******!");
    expect("s3cr3t-toke", 0, "s3cr3t-toke");
    expect("", 0, "");
    drop("s3cr3t-token");
    expect("s3cr3t-token", 0, "s3cr3t-token");
}

static void only_what_lies_behind_from_is_touched(void **state)
{
    (void)state;
    add("abcdefgh");
    expect("abcdefgh abcdefgh", 9, "abcdefgh ***");
    expect("abcdefgh", 1, "abcdefgh");
    expect("abcdefgh", 8, "abcdefgh");
    drop("abcdefgh");
}

static void longer_secret_wins_over_the_one_inside(void **state)
{
    (void)state;
    add("password");
    add("my-password-2");
    add("-passwo");
    expect("my-password-2 password", 0, "*** ***");
    drop("password");
    drop("my-password-2");
    drop("-passwo");
}

static void registrations_are_counted(void **state)
{
    (void)state;
    add("shared-secret");
    add("shared-secret");
    drop("shared-secret");
    expect("shared-secret", 0, "***");
    drop("shared-secret");
    expect("shared-secret", 0, "shared-secret");
    drop("shared-secret"); // one too many is harmless
}

static void short_texts_are_never_struck_out(void **state)
{
    (void)state;
    add("12345");
    expect("x12345x", 0, "x12345x");
    drop("12345");
    add("123456");
    expect("x123456x", 0, "x***x");
    drop("123456");
}

static void secrets_with_nul_and_quotes_are_found(void **state)
{
    (void)state;
    static const char raw[] = "ab\0c\"\nd";
    assert_int_equal(secret_register(raw, 7), 0);
    AUTO_BUF struct buf buf = { 0 };
    assert_int_equal(buf_append(&buf, "<ab\0c\"\nd>", 9), 0);
    secret_redact(&buf, 0);
    assert_string_equal(buf_str(&buf), "<***>");
    secret_unregister(raw, 7);
}

static void many_secrets_come_and_go(void **state)
{
    (void)state;
    char text[32];
    for (int i = 0; i < 100; i++) {
        (void)snprintf(text, sizeof(text), "secret-number-%d.", i);
        add(text);
    }
    expect("secret-number-7. secret-number-77. secret-number-100.", 0,
           "*** *** secret-number-100.");
    for (int i = 99; i >= 0; i--) {
        (void)snprintf(text, sizeof(text), "secret-number-%d.", i);
        drop(text);
        expect(text, 0, text);
    }
}

static void owned_secret_is_terminated_and_forgotten(void **state)
{
    (void)state;
    struct secret secret;
    assert_int_equal(secret_init(&secret, "a\0b", 3), 0);
    assert_int_equal(secret.len, 3);
    assert_memory_equal(secret.data, "a\0b\0", 4);
    secret_deinit(&secret);
    assert_null(secret.data);
    assert_int_equal(secret.len, 0);
    secret_deinit(&secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_place_is_struck_out),
        cmocka_unit_test(only_what_lies_behind_from_is_touched),
        cmocka_unit_test(longer_secret_wins_over_the_one_inside),
        cmocka_unit_test(registrations_are_counted),
        cmocka_unit_test(short_texts_are_never_struck_out),
        cmocka_unit_test(secrets_with_nul_and_quotes_are_found),
        cmocka_unit_test(many_secrets_come_and_go),
        cmocka_unit_test(owned_secret_is_terminated_and_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
