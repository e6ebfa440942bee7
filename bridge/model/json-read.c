// A strict reader that makes json-c trees. It descends once per level, so the depth limit also
// bounds the stack. The place of a fault is not tracked while reading: the levels hang together as
// a list on the stack, and line and column are counted only when there is a fault to report.

#include <assert.h>
#include <errno.h>
#include <json-c/json_object.h>
#include <limits.h>
#include <string.h>

#include "bridge/base/str.h"
#include "bridge/model/json-like.h"
#include "bridge/model/json-number.h"
#include "bridge/model/json-reader.h"
#include "bridge/model/json-string.h"
#include "bridge/model/json.h"

static int read_value(struct reader *reader, const struct place *place, unsigned depth,
                      struct json_object **ret);

static int limit_error(struct reader *reader, const struct place *place, const char *where,
                       const char *what)
{
    const struct fault fault = { JSON_E_LIMIT, "json_limit", what, where };
    return report_fault(reader, place, &fault);
}

static void skip_space(struct reader *reader)
{
    const char *at = reader->at;
    while (at < reader->end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')) {
        at++;
    }
    reader->at = at;
}

static bool next_is(const struct reader *reader, char c)
{
    return reader->at < reader->end && *reader->at == c;
}

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

static int read_bool(struct reader *reader, const struct place *place, bool is,
                     struct json_object *like, struct json_object **ret)
{
    struct json_object *value =
        like_bool(like, is) ? json_object_get(like) : json_object_new_boolean(is);
    if (!value) {
        return -ENOMEM;
    }
    return read_literal(reader, place, is ? "true" : "false", value, ret);
}

static int scan_raw(struct reader *reader, const struct place *place, struct json_raw *ret)
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

static int read_string(struct reader *reader, const struct place *place, struct json_object *like,
                       struct json_object **ret)
{
    struct json_raw raw;
    int error = scan_raw(reader, place, &raw);
    if (error) {
        return error;
    }
    const char *text = raw.text;
    size_t len = raw.len;
    if (raw.escaped) {
        buf_clear(&reader->scratch);
        error = json_string_decode(&reader->scratch, &raw);
        if (error) {
            return error;
        }
        text = buf_str(&reader->scratch);
        len = reader->scratch.len;
    }
    *ret = like_string(like, text, len) ? json_object_get(like)
                                        : json_object_new_string_len(text, (int)len);
    return *ret ? 0 : -ENOMEM;
}

// Integers that fit, all but "-0", which would lose its sign.
static struct json_object *new_integer(const char *text, struct json_object *like, bool *ret_fits)
{
    int64_t number;
    uint64_t large;
    *ret_fits = true;
    if (strcmp(text, "-0") != 0) {
        if (str_to_i64(text, &number)) {
            return like_int(like, number) ? json_object_get(like) : json_object_new_int64(number);
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
    struct json_object *number = whole ? new_integer(text, like, &fits) : NULL;
    if (fits) {
        return number;
    }
    return like_number(like, text) ? json_object_get(like)
                                   : json_object_new_double_s(strtod(text, NULL), text);
}

static int read_number(struct reader *reader, const struct place *place, struct json_object *like,
                       struct json_object **ret)
{
    const char *start = reader->at;
    const char *at = start;
    bool whole = true;
    while (at < reader->end && ((*at >= '0' && *at <= '9') || strchr("+-.eE", *at)) && *at) {
        whole = whole && *at != '.' && *at != 'e' && *at != 'E';
        at++;
    }
    struct number number;
    if (!number_parse(&number, start, (size_t)(at - start))) {
        if (number.exponent_too_long) {
            return limit_error(reader, place, start, "a number's exponent is out of all bounds");
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

// Adds a member, whose value it takes over, also on failure.
static int add_member(struct reader *reader, const struct place *place, struct json_object *object,
                      struct json_object *value)
{
    buf_clear(&reader->scratch);
    int error = json_string_decode(&reader->scratch, place->name);
    if (error) {
        (void)json_object_put(value);
        return error;
    }
    const char *name = buf_str(&reader->scratch);
    if (place->name->escaped && strlen(name) != reader->scratch.len) {
        (void)json_object_put(value);
        const struct fault nul = { JSON_E_SYNTAX, "json_member_name",
                                   "a member name holds the character U+0000, which is not kept",
                                   place->name->text };
        return report_fault(reader, place, &nul);
    }
    // An added name makes the object larger; a known one would have its value replaced.
    int before = json_object_object_length(object);
    if (json_object_object_add(object, name, value) < 0) {
        (void)json_object_put(value);
        return -ENOMEM;
    }
    if (json_object_object_length(object) == before) {
        const struct fault twice = { JSON_E_DUPLICATE, "json_duplicate",
                                     "a member name stands twice in one object",
                                     place->name->text };
        return report_fault(reader, place, &twice);
    }
    return 0;
}

static int read_member(struct reader *reader, const struct place *up, unsigned depth,
                       struct like_object *object)
{
    struct json_raw name;
    const struct place place = { .up = up, .name = &name };
    skip_space(reader);
    if (!next_is(reader, '"')) {
        return report_syntax(reader, up, reader->at, "expected a member name in quotes");
    }
    int error = scan_raw(reader, up, &name);
    if (error) {
        return error;
    }
    skip_space(reader);
    if (!next_is(reader, ':')) {
        return report_syntax(reader, &place, reader->at, "expected ':'");
    }
    reader->at++;
    struct json_object *value = NULL;
    error = like_object_expect(object, &name, &reader->scratch, &reader->like);
    error = error ? error : read_value(reader, &place, depth, &value);
    if (!error && like_object_is_same(object, value)) {
        (void)json_object_put(value);
        return 0;
    }
    error = error ? error : like_object_make(object);
    if (error) {
        (void)json_object_put(value);
        return error;
    }
    return add_member(reader, &place, object->made, value);
}

static int read_object(struct reader *reader, const struct place *place, unsigned depth,
                       struct json_object *like, struct json_object **ret)
{
    CLEANUP(like_object_deinit) struct like_object object;
    like_object_init(&object, like);
    reader->at++;
    skip_space(reader);
    bool more = !next_is(reader, '}');
    while (more) {
        int error = read_member(reader, place, depth, &object);
        if (error) {
            return error;
        }
        skip_space(reader);
        more = next_is(reader, ',');
        if (!more && !next_is(reader, '}')) {
            return report_syntax(reader, place, reader->at, "expected ',' or '}'");
        }
        reader->at += more;
    }
    reader->at++;
    return like_object_take(&object, ret);
}

// An element that is not the one expected may be a neighbour's equal, when something was put in or
// taken out before it: then it is read again as like that one, and so are those behind it.
static int read_again(struct reader *reader, const struct place *place, unsigned depth,
                      struct like_array *array, struct json_object **value)
{
    const char *end = reader->at;
    if (depth > LIKE_SHIFTS_DEPTH || !like_array_shift(array, place->index, *value)) {
        return 0;
    }
    (void)json_object_put(*value);
    *value = NULL;
    reader->at = array->start;
    reader->like = like_array_expect(array, place->index);
    int error = read_value(reader, place, depth, value);
    assert(error || reader->at == end);
    return error;
}

static int read_element(struct reader *reader, const struct place *place, unsigned depth,
                        struct like_array *array)
{
    struct json_object *value = NULL;
    array->start = reader->at;
    reader->like = like_array_expect(array, place->index);
    int error = read_value(reader, place, depth, &value);
    error = error ? error : read_again(reader, place, depth, array, &value);
    if (!error && like_array_is_same(array, place->index, value)) {
        (void)json_object_put(value);
        return 0;
    }
    error = error ? error : like_array_make(array);
    if (error || json_object_array_add(array->made, value) < 0) {
        (void)json_object_put(value);
        return error ? error : -ENOMEM;
    }
    return 0;
}

static int read_array(struct reader *reader, const struct place *up, unsigned depth,
                      struct json_object *like, struct json_object **ret)
{
    CLEANUP(like_array_deinit) struct like_array array;
    struct place place = { .up = up };
    like_array_init(&array, like);
    reader->at++;
    skip_space(reader);
    bool more = !next_is(reader, ']');
    while (more) {
        int error = read_element(reader, &place, depth, &array);
        if (error) {
            return error;
        }
        place.index++;
        skip_space(reader);
        more = next_is(reader, ',');
        if (!more && !next_is(reader, ']')) {
            return report_syntax(reader, up, reader->at, "expected ',' or ']'");
        }
        reader->at += more;
    }
    reader->at++;
    return like_array_take(&array, ret);
}

static int read_value(struct reader *reader, const struct place *place, unsigned depth,
                      struct json_object **ret)
{
    struct json_object *like = reader->like;
    reader->like = NULL;
    skip_space(reader);
    char first = reader->at < reader->end ? *reader->at : '\0';
    switch (first) {
    case '{':
    case '[':
        if (depth == reader->depth_max) {
            return limit_error(reader, place, reader->at, "the text is nested too deeply");
        }
        return first == '{' ? read_object(reader, place, depth + 1, like, ret)
                            : read_array(reader, place, depth + 1, like, ret);
    case '"': return read_string(reader, place, like, ret);
    case 't': return read_bool(reader, place, true, like, ret);
    case 'f': return read_bool(reader, place, false, like, ret);
    case 'n': return read_literal(reader, place, "null", NULL, ret);
    default: break;
    }
    if (first == '-' || (first >= '0' && first <= '9')) {
        return read_number(reader, place, like, ret);
    }
    return report_syntax(reader, place, reader->at, "expected a value");
}

static int read_text(struct reader *reader, struct json_object **ret)
{
    AUTO_JSON struct json_object *value = NULL;
    if (reader->end - reader->at > INT_MAX) { // json-c counts the bytes of a string in an int
        return limit_error(reader, NULL, reader->text, "the text is longer than 2 GiB");
    }
    int error = read_value(reader, NULL, 0, &value);
    if (error) {
        return error;
    }
    skip_space(reader);
    if (reader->at < reader->end || reader->cut) {
        return report_syntax(reader, NULL, reader->at, "expected the end of the text");
    }
    *ret = STEAL(value);
    return 0;
}

int json_read(struct json_object **ret, const char *text, size_t len,
              const struct json_limits *limits, struct problem **reterr)
{
    if (len == 0) {
        text = ""; // what an empty body points to is nobody's concern
    }
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        len -= 3;
    }
    size_t good = len;
    bool valid = str_is_utf8(text, len, &good);
    struct reader reader = {
        .text = text,
        .at = text,
        .end = text + good,
        .cut = !valid,
        .depth_max = limits && limits->depth > 0 ? limits->depth : JSON_DEPTH_MAX,
        .like = limits ? limits->like : NULL,
        .reterr = reterr,
    };
    int error = read_text(&reader, ret);
    buf_deinit(&reader.scratch);
    return error;
}
