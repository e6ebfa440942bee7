#pragma once
// JSON text to values and back, for tests of expressions and differences.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/model/json.h"

// Single quotes stand for double ones, so that cases read well.
static inline struct json_object *parse(const char *text)
{
    char *quoted = strdup(text);
    assert_non_null(quoted);
    for (char *c = quoted; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    struct json_object *value = NULL;
    struct problem *problem = NULL;
    if (json_read(&value, quoted, strlen(quoted), NULL, &problem) != 0) {
        fail_msg("%s: %s", quoted, problem == NULL ? "?" : problem->message);
    }
    free(quoted);
    return value;
}

static inline void assert_json_text(struct json_object *value, const char *expected)
{
    AUTO_BUF struct buf got = { 0 };
    AUTO_BUF struct buf want = { 0 };
    AUTO_JSON struct json_object *expected_value = parse(expected);
    assert_int_equal(json_write(&got, value), 0);
    assert_int_equal(json_write(&want, expected_value), 0);
    assert_string_equal(buf_str(&got), buf_str(&want));
}

static inline void assert_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", text, part);
    }
}
