// The printed forms of the option tables say everything that the tables say.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "bridge/model/json.h"
#include "config/config.h"
#include "config/describe.h"
#include "config/json-out.h"
#include "tests/unit/config/test-drivers.h"

static void expect_line(const char *page, const char *line)
{
    if (!strstr(page, line)) {
        fail_msg("the reference lacks: %s", line);
    }
}

static void the_reference_has_a_row_for_every_key(void **state)
{
    (void)state;
    AUTO_BUF struct buf page = { 0 };
    assert_int_equal(config_write_reference(&test_drivers, &page), 0);
    const char *text = buf_str(&page);
    expect_line(text, "## `server`\n");
    expect_line(text, "| `listen` | text | `127.0.0.1:8080` | ");
    expect_line(text, "| `retention` | mapping, [`store.retention`](#storeretention) |  | ");
    expect_line(text, "### `store.retention`\n");
    expect_line(text, "| `age` | duration | `30d` | Settled deliveries and events older "
                      "than this are removed. From 1h to 3650d. | `30d` |\n");
    expect_line(text, "### `type: web` (the default)\n\nPolls the web.\n");
    expect_line(text, "### `type: probe`\n\nPolls a probe.\n");
    expect_line(text,
                "| `url` | URL | *required* | Where. | `https://api.example.com/v1/status` |\n");
    expect_line(text, "| `method` | one of `GET`, `POST` | `GET` | How. | `POST` |\n");
    expect_line(text, "| `min_version` | one of `1.2`, `1.3` | `1.2` | Oldest TLS. | `1.3` |\n");
    expect_line(text, "| `secret` | secret |  | Signs. Or as `secret_file`. | `${OPS_SECRET}` |\n");
    expect_line(text, "| `level` | number | `3` | How much. From -5 to 5. | `1` |\n");
    expect_line(text, "## `auth`\n");
    expect_line(text, "### `type: login`\n");
}

static void a_table_of_several_drivers_has_one_section(void **state)
{
    (void)state;
    static const char heading[] = "#### `tls`\n";
    AUTO_BUF struct buf page = { 0 };
    assert_int_equal(config_write_reference(&test_drivers, &page), 0);
    const char *first = strstr(buf_str(&page), heading);
    assert_non_null(first);
    assert_null(strstr(first + 1, heading));
}

static void the_schema_is_json_that_knows_every_type(void **state)
{
    (void)state;
    AUTO_BUF struct buf text = { 0 };
    AUTO_JSON struct json_object *schema = NULL;
    struct json_object *defs = NULL;
    assert_int_equal(config_write_schema(&test_drivers, &text), 0);
    assert_int_equal(json_read(&schema, buf_str(&text), text.len, NULL, NULL), 0);
    assert_true(json_object_object_get_ex(schema, "$defs", &defs));
    static const char *const names[] = { "source", "source-web", "source-probe",
                                         "sink",   "sink-hook",  "sink-log",
                                         "auth",   "auth-basic", "auth-login" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_true(json_object_object_get_ex(defs, names[i], NULL));
    }
}

static void a_full_buffer_is_told(void **state)
{
    (void)state;
    AUTO_BUF struct buf small = { .max = 2000 };
    assert_int_equal(config_write_reference(&test_drivers, &small), -EMSGSIZE);
    buf_clear(&small);
    assert_int_equal(config_write_schema(&test_drivers, &small), -EMSGSIZE);
}

static void json_out_separates_and_indents(void **state)
{
    (void)state;
    AUTO_BUF struct buf text = { 0 };
    struct json_out out = { .buf = &text };
    json_out_open(&out, NULL, '{');
    json_out_string(&out, "a\"b", "c\n");
    json_out_open(&out, "list", '[');
    json_out_number(&out, NULL, -5);
    json_out_bool(&out, NULL, false);
    json_out_open(&out, NULL, '{');
    json_out_close(&out, '}');
    json_out_close(&out, ']');
    json_out_open(&out, "none", '[');
    json_out_close(&out, ']');
    json_out_bool(&out, "t", true);
    json_out_close(&out, '}');
    assert_int_equal(out.error, 0);
    assert_string_equal(buf_str(&text), "{\n"
                                        "  \"a\\\"b\": \"c\\n\",\n"
                                        "  \"list\": [\n"
                                        "    -5,\n"
                                        "    false,\n"
                                        "    {}\n"
                                        "  ],\n"
                                        "  \"none\": [],\n"
                                        "  \"t\": true\n"
                                        "}\n");
}

static void bounds_are_told_in_the_units_of_the_type(void **state)
{
    (void)state;
    static const struct {
        struct option option;
        const char *wanted;
    } cases[] = {
        { { .type = OPTION_INT, .least = -1, .most = 9 }, "From -1 to 9." },
        { { .type = OPTION_DURATION, .least = 1000, .most = 5400000 }, "From 1s to 1h30m." },
        { { .type = OPTION_DURATIONS, .least = 1, .most = 1000 }, "From 1ms to 1s." },
        { { .type = OPTION_SIZE, .least = 1024, .most = 1 << 20 }, "From 1KiB to 1MiB." },
        { { .type = OPTION_INT }, "" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_BUF struct buf text = { 0 };
        assert_int_equal(describe_bounds(&cases[i].option, &text), 0);
        assert_string_equal(buf_str(&text), cases[i].wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_has_a_row_for_every_key),
        cmocka_unit_test(a_table_of_several_drivers_has_one_section),
        cmocka_unit_test(the_schema_is_json_that_knows_every_type),
        cmocka_unit_test(a_full_buffer_is_told),
        cmocka_unit_test(json_out_separates_and_indents),
        cmocka_unit_test(bounds_are_told_in_the_units_of_the_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
