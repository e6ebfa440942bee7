// What `test` shows of a document.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/secret.h"
#include "bridge/cli/document-text.h"

static void expect(const char *document, const char *wanted)
{
    AUTO_BUF struct buf text = { 0 };
    AUTO_BYTES struct bytes bytes = { 0 };
    assert_int_equal(bytes_dup(&bytes, document, strlen(document)), 0);
    assert_int_equal(document_text(&bytes, &text), 0);
    assert_string_equal(buf_str(&text), wanted);
}

static void a_document_is_indented(void **state)
{
    (void)state;
    expect("{\"a\":[1,2.50],\"b\":null}", "  {\n"
                                          "    \"a\": [\n"
                                          "      1,\n"
                                          "      2.50\n"
                                          "    ],\n"
                                          "    \"b\": null\n"
                                          "  }\n");
    expect("7", "  7\n");
    expect("null", "  null\n");
}

static void a_long_one_ends_after_a_screen(void **state)
{
    (void)state;
    AUTO_BUF struct buf list = { 0 };
    AUTO_BUF struct buf wanted = { 0 };
    for (int i = 0; i < 100; i++) {
        assert_int_equal(buf_printf(&list, "%c%d", i == 0 ? '[' : ',', i), 0);
    }
    assert_int_equal(buf_append_char(&list, ']'), 0);
    assert_int_equal(buf_append_str(&wanted, "  [\n"), 0);
    for (int i = 0; i < 39; i++) {
        assert_int_equal(buf_printf(&wanted, "    %d,\n", i), 0);
    }
    assert_int_equal(buf_append_str(&wanted, "  … 62 more lines, 100 items in all\n"), 0);
    expect(buf_str(&list), buf_str(&wanted));
}

// Not within a character, and not within a secret: half of one is one too.
static void a_long_line_is_cut_between_characters(void **state)
{
    (void)state;
    char text[320];
    char wanted[320];
    (void)memset(text, 'x', sizeof(text));
    text[0] = '"';
    (void)memcpy(text + 198, "\xe2\x82\xac\xe2\x82\xac\"", 8); // the second one is cut
    (void)snprintf(wanted, sizeof(wanted), "  %.198s…\n", text);
    expect(text, wanted);
}

static void a_secret_is_struck_out_before_anything_is_cut(void **state)
{
    (void)state;
    char text[320];
    AUTO_BUF struct buf shown = { 0 };
    AUTO_BYTES struct bytes bytes = { 0 };
    assert_int_equal(secret_register("sesame-open-sesame", 18), 0);
    (void)memset(text, 'x', sizeof(text));
    text[0] = '"';
    (void)memcpy(text + 190, "sesame-open-sesame\"", 20); // half of it within the line
    assert_int_equal(bytes_dup(&bytes, text, strlen(text)), 0);
    assert_int_equal(document_text(&bytes, &shown), 0);
    assert_null(strstr(buf_str(&shown), "sesame"));
    secret_unregister("sesame-open-sesame", 18);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_is_indented),
        cmocka_unit_test(a_long_one_ends_after_a_screen),
        cmocka_unit_test(a_long_line_is_cut_between_characters),
        cmocka_unit_test(a_secret_is_struck_out_before_anything_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
