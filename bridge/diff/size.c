#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/diff/size.h"
#include "bridge/model/json.h"

static size_t of_char(unsigned char c)
{
    if (c == '"' || c == '\\') {
        return 2;
    }
    if (c >= 0x20) {
        return 1;
    }
    return c == '\b' || c == '\f' || c == '\n' || c == '\r' || c == '\t' ? 2 : 6;
}

size_t size_of_json_string(const char *text, size_t len)
{
    size_t size = 2;
    for (size_t i = 0; i < len; i++) {
        size += of_char((unsigned char)text[i]);
    }
    return size;
}

static size_t of_number(struct json_object *value)
{
    const char *text = json_object_get_userdata(value);
    if (json_object_is_type(value, json_type_double) && text != NULL) {
        return strlen(text);
    }
    AUTO_BUF struct buf buf = { 0 };
    // Without memory the number counts as the longest integer: a size may be a guess then.
    return json_write(&buf, value) == 0 ? buf.len : 20;
}

static size_t of_array(struct json_object *value, size_t enough)
{
    size_t n = json_object_array_length(value);
    size_t size = n == 0 ? 2 : n + 1;
    for (size_t i = 0; i < n && size <= enough; i++) {
        size += size_of_json(json_object_array_get_idx(value, i), enough - size);
    }
    return size;
}

static size_t of_object(struct json_object *value, size_t enough)
{
    size_t n = (size_t)json_object_object_length(value);
    size_t size = n == 0 ? 2 : 2 * n + 1;
    json_object_object_foreach(value, name, member)
    {
        if (size > enough) {
            break;
        }
        size += size_of_json_string(name, strlen(name));
        size += size > enough ? 0 : size_of_json(member, enough - size);
    }
    return size;
}

size_t size_of_json(struct json_object *value, size_t enough)
{
    switch (json_object_get_type(value)) {
    case json_type_null: return 4;
    case json_type_boolean: return json_object_get_boolean(value) ? 4 : 5;
    case json_type_int:
    case json_type_double: return of_number(value);
    case json_type_string:
        return size_of_json_string(json_object_get_string(value),
                                   (size_t)json_object_get_string_len(value));
    case json_type_array: return of_array(value, enough);
    case json_type_object: break;
    }
    return of_object(value, enough);
}
