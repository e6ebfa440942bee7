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
#include "bridge/model/json-members.h"
#include "bridge/model/json-reader.h"
#include "bridge/model/json-scalars.h"
#include "bridge/model/json.h"

static int read_value(struct reader *reader, const struct place *place, unsigned depth,
                      struct json_object **ret);

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

static int read_member(struct reader *reader, const struct place *up, unsigned depth,
                       struct like_object *object)
{
    struct json_raw name;
    const struct place place = { .up = up, .name = &name };
    skip_space(reader);
    if (!next_is(reader, '"')) {
        return report_syntax(reader, up, reader->at, "expected a member name in quotes");
    }
    int error = scalar_scan_raw(reader, up, &name);
    if (error) {
        return error;
    }
    skip_space(reader);
    if (!next_is(reader, ':')) {
        return report_syntax(reader, &place, reader->at, "expected ':'");
    }
    reader->at++;
    AUTO_JSON struct json_object *value = NULL;
    error = like_object_expect(object, &name, &reader->scratch, &reader->like);
    error = error ? error : read_value(reader, &place, depth, &value);
    if (error) {
        return error;
    }
    like_object_compare(object, value);
    return members_add(&reader->members, &name, STEAL(value));
}

static int read_members(struct reader *reader, const struct place *place, unsigned depth,
                        struct like_object *object)
{
    reader->at++;
    skip_space(reader);
    bool more = !next_is(reader, '}');
    while (more) {
        int error = read_member(reader, place, depth, object);
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
    return 0;
}

// Its members are gathered first, so that the object is made with as much room as they need, or not
// at all where it is the same as the other one.
static int read_object(struct reader *reader, const struct place *place, unsigned depth,
                       struct json_object *like, struct json_object **ret)
{
    struct like_object object;
    like_object_init(&object, like);
    size_t from = reader->members.n;
    int error = read_members(reader, place, depth, &object);
    if (!error && like_object_is_same(&object)) {
        *ret = json_object_get(like);
    } else if (!error) {
        error = members_make(reader, place, from, ret);
    }
    members_drop(&reader->members, from);
    return error;
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
            return report_limit(reader, place, reader->at, "the text is nested too deeply");
        }
        return first == '{' ? read_object(reader, place, depth + 1, like, ret)
                            : read_array(reader, place, depth + 1, like, ret);
    case '"': return scalar_read_string(reader, place, like, ret);
    case 't': return scalar_read_bool(reader, place, true, like, ret);
    case 'f': return scalar_read_bool(reader, place, false, like, ret);
    case 'n': return scalar_read_null(reader, place, ret);
    default: break;
    }
    if (first == '-' || (first >= '0' && first <= '9')) {
        return scalar_read_number(reader, place, like, ret);
    }
    return report_syntax(reader, place, reader->at, "expected a value");
}

static int read_text(struct reader *reader, struct json_object **ret)
{
    AUTO_JSON struct json_object *value = NULL;
    if (reader->end - reader->at > INT_MAX) { // json-c counts the bytes of a string in an int
        return report_limit(reader, NULL, reader->text, "the text is longer than 2 GiB");
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
    members_deinit(&reader.members);
    recent_deinit(&reader.recent);
    return error;
}
