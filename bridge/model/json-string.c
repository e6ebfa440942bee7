#include "bridge/model/json-string.h"

#include <stdint.h>
#include <string.h>

#include "bridge/base/encode.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The length of the escape at `at`, which is a backslash; 0 when it is none.
static size_t escape_length(const char *at, const char *end)
{
    if (end - at < 2 || at[1] == '\0' || !strchr("\"\\/bfnrtu", at[1])) {
        return 0;
    }
    if (at[1] != 'u') {
        return 2;
    }
    if (end - at < 6) {
        return 0;
    }
    for (int i = 2; i < 6; i++) {
        if (hex_value(at[i]) < 0) {
            return 0;
        }
    }
    return 6;
}

const char *json_string_scan(struct json_raw *ret, const char *at, const char *end,
                             const char **ret_bad)
{
    const char *start = at;
    ret->escaped = false;
    for (;;) {
        at += quote_json_run(at, 0, (size_t)(end - at));
        if (at < end && *at == '"') {
            ret->text = start;
            ret->len = (size_t)(at - start);
            return at + 1;
        }
        size_t escape = at < end && *at == '\\' ? escape_length(at, end) : 0;
        if (escape == 0) {
            // Cut off in the middle of an escape is "too early an end" as well.
            *ret_bad =
                at < end && *at == '\\' && end - at < 6 && !memchr(at, '"', (size_t)(end - at))
                    ? end
                    : at;
            return NULL;
        }
        ret->escaped = true;
        at += escape;
    }
}

static uint32_t code_unit(const char *escape)
{
    uint32_t unit = 0;
    for (int i = 2; i < 6; i++) {
        unit = unit << 4 | (uint32_t)hex_value(escape[i]);
    }
    return unit;
}

static int append_utf8(struct buf *buf, uint32_t c)
{
    char bytes[4];
    size_t n = 0;
    if (c < 0x80) {
        bytes[n++] = (char)c;
    } else if (c < 0x800) {
        bytes[n++] = (char)(0xc0 | c >> 6);
    } else if (c < 0x10000) {
        bytes[n++] = (char)(0xe0 | c >> 12);
        bytes[n++] = (char)(0x80 | (c >> 6 & 0x3f));
    } else {
        bytes[n++] = (char)(0xf0 | c >> 18);
        bytes[n++] = (char)(0x80 | (c >> 12 & 0x3f));
        bytes[n++] = (char)(0x80 | (c >> 6 & 0x3f));
    }
    if (c >= 0x80) {
        bytes[n++] = (char)(0x80 | (c & 0x3f));
    }
    return buf_append(buf, bytes, n);
}

static bool is_high_surrogate(uint32_t unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low_surrogate(uint32_t unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

// `at` is at a \uXXXX; moves past it, and past its second half where there is one.
static int decode_unicode(struct buf *buf, const char **at, const char *end)
{
    uint32_t unit = code_unit(*at);
    *at += 6;
    if (is_high_surrogate(unit) && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u') {
        uint32_t low = code_unit(*at);
        if (is_low_surrogate(low)) {
            *at += 6;
            return append_utf8(buf, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
        }
    }
    bool lone = is_high_surrogate(unit) || is_low_surrogate(unit);
    return append_utf8(buf, lone ? 0xfffd : unit);
}

static char plain_escape(char c)
{
    switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
    }
}

int json_string_decode(struct buf *buf, const struct json_raw *raw)
{
    const char *at = raw->text;
    const char *end = raw->text + raw->len;
    int error = buf_reserve(buf, raw->len); // the decoded text is never the longer one
    while (!error && at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        const char *stop = escape ? escape : end;
        error = buf_append(buf, at, (size_t)(stop - at));
        at = stop;
        if (error || !escape) {
            continue;
        }
        if (escape[1] == 'u') {
            error = decode_unicode(buf, &at, end);
        } else {
            error = buf_append_char(buf, plain_escape(escape[1]));
            at += 2;
        }
    }
    return error;
}
