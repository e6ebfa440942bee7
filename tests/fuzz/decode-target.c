#include "tests/fuzz/decode-target.h"

#include <assert.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"
#include "bridge/spi/source.h"

// By the first byte, modulo their number.
static const char *const types[] = {
    NULL,
    "text/plain",
    "text/html; charset=utf-8",
    "application/xml; charset=iso-8859-1",
    "text/csv; charset=shift_jis",
    "text/tab-separated-values",
    "text/plain; charset=utf-16le",
    "text/xml; charset=gb18030",
    "application/json",
    "text/plain; charset=windows-1258", // keeps a character back until the next one
};
static char xpaths[][24] = {
    "//*", "//p | //@*", "//text()", "string(//body)", "count(//*[.//a])", "//td[1]/..", "/",
};

static void set_up(struct decode_settings *settings, enum format format, uint8_t pick)
{
    static char delimiter[] = ";";
    static char list[] = "a";
    static char *lists[] = { list };
    *settings = (struct decode_settings){ .format = (int)format };
    settings->allow_empty = pick & 1;
    settings->csv.header = pick & 2;
    settings->csv.delimiter = pick & 4 ? delimiter : NULL;
    settings->xml.lists = (struct string_list){ lists, pick & 8 ? 1 : 0 };
    bool is_page = format == FORMAT_HTML || (format == FORMAT_AUTO && pick & 128);
    settings->xpath = is_page ? xpaths[pick % ARRAY_LEN(xpaths)] : NULL;
}

static void expect_round_trip(struct json_object *value)
{
    AUTO_BUF struct buf text = { 0 };
    AUTO_JSON struct json_object *again = NULL;
    int r = json_write(&text, value);
    assert(r == 0);
    r = json_read(&again, text.data, text.len, NULL, NULL);
    assert(r == 0);
    assert(json_equal(value, again));
}

int decode_target(enum format format, const uint8_t *data, size_t size,
                  void (*check)(struct json_object *value))
{
    CLEANUP(http_response_deinit) struct http_response response = { .status = 200 };
    CLEANUP(problem_freep) struct problem *why = NULL;
    AUTO_JSON struct json_object *value = NULL;
    struct decode_settings settings;
    uint8_t pick = size > 0 ? data[0] : 0;
    const char *type = types[pick % ARRAY_LEN(types)];
    int r = type ? headers_add(&response.headers, "Content-Type", type) : 0;
    r = r ? r : bytes_dup(&response.body, size > 0 ? data + 1 : data, size > 0 ? size - 1 : 0);
    assert(r == 0);
    set_up(&settings, format, pick);
    r = decode_answer(&response, &settings, &value, &why);
    assert(r == 0 || r == SOURCE_E_BAD_ANSWER);
    assert((r == 0) == !why);
    if (r) {
        assert(!value && !str_is_empty(why->code) && !str_is_empty(why->message));
        assert(str_is_utf8(why->message, strlen(why->message), NULL));
        return 0;
    }
    expect_round_trip(value);
    if (check) {
        check(value);
    }
    return 0;
}
