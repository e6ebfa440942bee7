#include "bridge/model/json-scalars.h"

#include <errno.h>
#include <json-c/json_object.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/str.h"
#include "bridge/model/json-like.h"
#include "bridge/model/json-number.h"
#include "bridge/model/json-reader.h"
#include "bridge/model/json-string.h"
#include "bridge/model/json.h"

static int read_literal(struct reader *reader, const struct place *place, const char *word,
                        struct json_object *value, struct json_object **ret)
{
    size_t len = strlen(word);
    size_t have = (size_t)(reader->end - reader->at);
    size_t same = 0;
    while (same < len && same < have && reader->at[same] == word[same]) {
        same++;
    }
    if (same < len) {
        (void)json_object_put(value);
        return report_syntax(reader, place, reader->at + (same < have ? 0 : same),
                             "expected a value");
    }
    reader->at += len;
    *ret = value;
    return 0;
}

int scalar_read_bool(struct reader *reader, const struct place *place, bool is,
                     struct json_object *like, struct json_object **ret)
{
    struct json_object *value =
        like_bool(like, is) ? json_object_get(like) : json_object_new_boolean(is);
    if (!value) {
        return -ENOMEM;
    }
    return read_literal(reader, place, is ? "true" : "false", value, ret);
}

int scalar_read_null(struct reader *reader, const struct place *place, struct json_object **ret)
{
    return read_literal(reader, place, "null", NULL, ret);
}

int scalar_scan_raw(struct reader *reader, const struct place *place, struct json_raw *ret)
{
    const char *bad = reader->end;
    const char *after = json_string_scan(ret, reader->at + 1, reader->end, &bad);
    if (!after) {
        return report_syntax(reader, place, bad,
                             bad < reader->end && *bad == '\\'
                                 ? "a string holds an unknown escape"
                                 : "a string holds a raw control character");
    }
    reader->at = after;
    return 0;
}

// The text of a string; borrowed from the reader.
static int decode_raw(struct reader *reader, const struct json_raw *raw, const char **ret,
                      size_t *ret_len)
{
    *ret = raw->text;
    *ret_len = raw->len;
    if (!raw->escaped) {
        return 0;
    }
    buf_clear(&reader->scratch);
    int error = json_string_decode(&reader->scratch, raw);
    *ret = buf_str(&reader->scratch);
    *ret_len = reader->scratch.len;
    return error;
}

int scalar_read_string(struct reader *reader, const struct place *place, struct json_object *like,
                       struct json_object **ret)
{
    struct json_raw raw;
    const char *text;
    size_t len;
    int error = scalar_scan_raw(reader, place, &raw);
    error = error ? error : decode_raw(reader, &raw, &text, &len);
    if (error) {
        return error;
    }
    if (like_string(like, text, len)) {
        *ret = json_object_get(like);
        return 0;
    }
    struct recent_string *recent = recent_place(&reader->recent, &raw);
    if (recent && recent->value) {
        *ret = json_object_get(recent->value);
        return 0;
    }
    *ret = json_object_new_string_len(text, (int)len);
    if (*ret && recent) {
        recent_put(recent, &raw, *ret);
    }
    return *ret ? 0 : -ENOMEM;
}

// Integers that fit, all but "-0", which would lose its sign.
static struct json_object *new_integer(const char *text, bool *ret_fits)
{
    int64_t number;
    uint64_t large;
    *ret_fits = true;
    if (strcmp(text, "-0") != 0) {
        if (str_to_i64(text, &number)) {
            return json_object_new_int64(number);
        }
        if (str_to_u64(text, &large)) {
            return json_object_new_uint64(large);
        }
    }
    *ret_fits = false;
    return NULL;
}

static struct json_object *new_number(const char *text, bool whole, struct json_object *like)
{
    bool fits = false;
    struct json_object *number = whole ? new_integer(text, &fits) : NULL;
    if (fits) {
        return number;
    }
    return like_number(like, text) ? json_object_get(like)
                                   : json_object_new_double_s(strtod(text, NULL), text);
}

static int read_long_number(struct reader *reader, const struct place *place,
                            struct json_object *like, struct json_object **ret)
{
    const char *start = reader->at;
    const char *at = start;
    bool whole = true;
    while (at < reader->end && number_is_char(*at)) {
        whole = whole && *at != '.' && *at != 'e' && *at != 'E';
        at++;
    }
    struct number number;
    if (!number_parse(&number, start, (size_t)(at - start))) {
        if (number.exponent_too_long) {
            return report_limit(reader, place, start, "a number's exponent is out of all bounds");
        }
        const struct fault malformed = { JSON_E_SYNTAX, "json_syntax", "a number is malformed",
                                         start };
        return report_fault(reader, place, &malformed);
    }
    buf_clear(&reader->scratch);
    int error = buf_append(&reader->scratch, start, (size_t)(at - start));
    if (error) {
        return error;
    }
    *ret = new_number(reader->scratch.data, whole, like);
    reader->at = at;
    return *ret ? 0 : -ENOMEM;
}

int scalar_read_number(struct reader *reader, const struct place *place, struct json_object *like,
                       struct json_object **ret)
{
    int64_t number;
    const char *after = number_scan_short(reader->at, reader->end, &number);
    if (!after) {
        return read_long_number(reader, place, like, ret);
    }
    *ret = like_int(like, number) ? json_object_get(like) : json_object_new_int64(number);
    reader->at = after;
    return *ret ? 0 : -ENOMEM;
}
