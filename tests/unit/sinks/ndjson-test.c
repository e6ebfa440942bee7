#include <stdlib.h>
#include <string.h>

#include "bridge/expr/expr.h"
#include "sinks/ndjson.h"
#include "tests/unit/sinks/support.h"

static struct sink_stream send_to(const struct sink_driver *driver, const void *settings,
                                  const struct event *event)
{
    struct encoded encoded = support_encode(driver, settings, event);
    assert_null(encoded.error);
    struct delivery AUTO_DELIVERY delivery = support_delivery(event, &encoded);
    struct sink_stream stream = { 0 };
    assert_int_equal(driver->send_stream(settings, &delivery, &stream), 0);
    return stream;
}

// Exactly one line end, the last byte; what stands before it is `text`.
static void assert_line(const struct bytes *line, const char *text, size_t len)
{
    assert_int_equal(line->len, len + 1);
    assert_memory_equal(line->data, text, len);
    assert_ptr_equal(memchr(line->data, '\n', line->len), line->data + len);
}

static void an_event_is_one_line_whatever_it_holds(void **state)
{
    (void)state;
    static const char *const data[] = {
        NULL,
        "{\"after\":{\"text\":\"a\\nb\\r\\nc\"}}",
        "{\"a\\nb\":\"\\u2028\"}",
        "{\"n\":12345678901234567890}",
        "{ \"spaced\" :\n [ 1,\n 2 ] }",
    };
    struct sink_file_settings settings = { .path = strdup("events.ndjson") };
    for (size_t i = 0; i < ARRAY_LEN(data); i++) {
        struct event AUTO_EVENT event = support_event(data[i]);
        struct sink_stream stream = send_to(&sink_file, &settings, &event);
        assert_ptr_equal(stream.path, settings.path);
        assert_line(&stream.bytes, event.body.data, event.body.len);
        bytes_deinit(&stream.bytes);
    }
    option_table_deinit(sink_file.options, &settings);
}

static void a_template_is_one_line_too(void **state)
{
    (void)state;
    struct sink_stdout_settings settings = { .body = support_expr(
                                                 "{ at: .timestamp, text: .data.text }") };
    struct event AUTO_EVENT event = support_event("{\"text\":\"a\\nb\"}");
    struct sink_stream stream = send_to(&sink_stdout, &settings, &event);
    static const char expected[] = "{\"at\":\"2026-01-01T00:00:00.123Z\",\"text\":\"a\\nb\"}";
    assert_string_equal(stream.path, "-");
    assert_line(&stream.bytes, expected, strlen(expected));
    bytes_deinit(&stream.bytes);
    option_table_deinit(sink_stdout.options, &settings);
}

static void a_template_that_fails_is_told(void **state)
{
    (void)state;
    struct sink_file_settings settings = { .body = support_expr(".data.text.length") };
    struct event AUTO_EVENT event = support_event("{\"text\":\"a\"}");
    struct encoded AUTO_ENCODED encoded = support_encode(&sink_file, &settings, &event);
    assert_non_null(encoded.error);
    option_table_deinit(sink_file.options, &settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_one_line_whatever_it_holds),
        cmocka_unit_test(a_template_is_one_line_too),
        cmocka_unit_test(a_template_that_fails_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
