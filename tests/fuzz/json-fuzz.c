// Any text is read or refused in words; what was read is written so that it is read as the same.

#include <assert.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/json.h"
#include "tests/fuzz/fuzz.h"

typedef int (*write_fn)(struct buf *buf, struct json_object *value);

static void expect_words(const struct problem *why)
{
    assert(why && why->line > 0 && why->column > 0 && why->code && !str_is_empty(why->message));
    assert(str_is_utf8(why->message, strlen(why->message), NULL));
}

static void write_text(struct buf *ret, write_fn write, struct json_object *value)
{
    int r = write(ret, value);
    assert(r == 0);
    assert(str_is_utf8(ret->data, ret->len, NULL));
}

static void expect_round_trip(write_fn write, struct json_object *value)
{
    AUTO_BUF struct buf text = { 0 };
    AUTO_BUF struct buf again_text = { 0 };
    AUTO_JSON struct json_object *again = NULL;
    write_text(&text, write, value);
    int r = json_read(&again, text.data, text.len, NULL, NULL);
    assert(r == 0);
    assert(json_equal(value, again));
    assert(hash128_eq(json_fingerprint(value), json_fingerprint(again)));
    write_text(&again_text, write, again);
    assert(str_eq(text.data, again_text.data));
}

// Beside itself a text is read as itself.
static void expect_same_beside(const uint8_t *data, size_t size, struct json_object *like)
{
    const struct json_limits limits = { .like = like };
    AUTO_JSON struct json_object *again = NULL;
    AUTO_BUF struct buf text = { 0 };
    AUTO_BUF struct buf again_text = { 0 };
    int r = json_read(&again, (const char *)data, size, &limits, NULL);
    assert(r == 0);
    write_text(&text, json_write, like);
    write_text(&again_text, json_write, again);
    assert(str_eq(text.data, again_text.data));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_JSON struct json_object *value = NULL;
    CLEANUP(problem_freep) struct problem *why = NULL;
    int r = json_read(&value, (const char *)data, size, NULL, &why);
    assert(r >= 0);
    assert((r == 0) == !why);
    if (r != 0) {
        assert(!value);
        expect_words(why);
        return 0;
    }
    expect_same_beside(data, size, value);
    expect_round_trip(json_write, value);
    expect_round_trip(json_write_pretty, value);
    expect_round_trip(json_write_canonical, value);
    return 0;
}
