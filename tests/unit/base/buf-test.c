#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "bridge/base/buf.h"

static void empty_buffer_reads_as_empty_text(void **state)
{
    (void)state;
    AUTO_BUF struct buf buf = { 0 };
    assert_string_equal(buf_str(&buf), "");
    buf_clear(&buf);
    assert_int_equal(buf_append(&buf, NULL, 0), 0);
    assert_string_equal(buf_str(&buf), "");
    struct bytes taken = buf_take(&buf);
    assert_null(taken.data);
    assert_int_equal(taken.len, 0);
}

static void content_grows_and_stays_terminated(void **state)
{
    (void)state;
    AUTO_BUF struct buf buf = { 0 };
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(buf_append_char(&buf, (char)('a' + i % 26)), 0);
        assert_int_equal(buf.data[buf.len], '\0');
    }
    assert_int_equal(buf.len, 1000);
    assert_int_equal(buf.data[999], 'a' + 999 % 26);
    assert_int_equal(buf_append(&buf, "x\0y", 3), 0);
    assert_memory_equal(buf.data + 1000, "x\0y\0", 4);
}

static void limit_refuses_and_changes_nothing(void **state)
{
    (void)state;
    AUTO_BUF struct buf buf = { .max = 5 };
    assert_int_equal(buf_append_str(&buf, "1234"), 0);
    assert_int_equal(buf_append_str(&buf, "56"), -EMSGSIZE);
    assert_int_equal(buf_printf(&buf, "%d", 56), -EMSGSIZE);
    assert_string_equal(buf_str(&buf), "1234");
    assert_int_equal(buf_append_char(&buf, '5'), 0);
    assert_int_equal(buf_append_char(&buf, '6'), -EMSGSIZE);
    assert_int_equal(buf_append(&buf, "", 0), 0);
    assert_string_equal(buf_str(&buf), "12345");
}

static void absurd_length_is_refused_before_it_wraps(void **state)
{
    (void)state;
    AUTO_BUF struct buf buf = { 0 };
    assert_int_equal(buf_append_str(&buf, "abc"), 0);
    assert_int_equal(buf_reserve(&buf, SIZE_MAX - 3), -ENOMEM);
    assert_int_equal(buf_reserve(&buf, SIZE_MAX), -ENOMEM);
    assert_string_equal(buf_str(&buf), "abc");
}

static void take_moves_the_content_and_keeps_the_limit(void **state)
{
    (void)state;
    AUTO_BUF struct buf buf = { .max = 10 };
    assert_int_equal(buf_printf(&buf, "%s-%d", "n", 7), 0);
    AUTO_BYTES struct bytes taken = buf_take(&buf);
    assert_string_equal(taken.data, "n-7");
    assert_int_equal(taken.len, 3);
    assert_null(buf.data);
    assert_int_equal(buf_append_str(&buf, "12345678901"), -EMSGSIZE);
}

static void dup_copies_bytes_with_a_terminator(void **state)
{
    (void)state;
    AUTO_BYTES struct bytes bytes = { 0 };
    assert_int_equal(bytes_dup(&bytes, "a\0b", 3), 0);
    assert_int_equal(bytes.len, 3);
    assert_memory_equal(bytes.data, "a\0b\0", 4);
    struct bytes none;
    assert_int_equal(bytes_dup(&none, NULL, 0), 0);
    assert_null(none.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_buffer_reads_as_empty_text),
        cmocka_unit_test(content_grows_and_stays_terminated),
        cmocka_unit_test(limit_refuses_and_changes_nothing),
        cmocka_unit_test(absurd_length_is_refused_before_it_wraps),
        cmocka_unit_test(take_moves_the_content_and_keeps_the_limit),
        cmocka_unit_test(dup_copies_bytes_with_a_terminator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
