#include "bridge/diff/unified.h"

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/diff/lines.h"

static bool is_line(struct json_object *value)
{
    return json_object_is_type(value, json_type_string) &&
           memchr(json_object_get_string(value), '\n', (size_t)json_object_get_string_len(value)) ==
               NULL;
}

bool unified_is_text(struct json_object *value)
{
    if (!json_object_is_type(value, json_type_array)) {
        return json_object_is_type(value, json_type_string);
    }
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        if (!is_line(json_object_array_get_idx(value, i))) {
            return false;
        }
    }
    return true;
}

static int write_string(struct buf *ret, struct json_object *string)
{
    return buf_append(ret, json_object_get_string(string),
                      (size_t)json_object_get_string_len(string));
}

int unified_write_text(struct buf *ret, struct json_object *text)
{
    if (json_object_is_type(text, json_type_string)) {
        return write_string(ret, text);
    }
    int r = 0;
    size_t n = text == NULL ? 0 : json_object_array_length(text);
    for (size_t i = 0; i < n && r == 0; i++) {
        r = write_string(ret, json_object_array_get_idx(text, i));
        r = r != 0 ? r : buf_append_char(ret, '\n');
    }
    return r;
}

int diff_unified(struct buf *ret, struct json_object *before, struct json_object *after)
{
    AUTO_BUF struct buf old = { 0 };
    AUTO_BUF struct buf new = { 0 };
    if ((before != NULL && !unified_is_text(before)) ||
        (after != NULL && !unified_is_text(after))) {
        return UNIFIED_E_NO_TEXT;
    }
    int r = unified_write_text(&old, before);
    r = r != 0 ? r : unified_write_text(&new, after);
    const struct lines_side sides[] = {
        { "before", buf_str(&old), old.len },
        { "after", buf_str(&new), new.len },
    };
    return r != 0 ? r : diff_lines(ret, &sides[0], &sides[1]);
}
