#include <errno.h>
#include <json-c/json_object.h>
#include <json-c/linkhash.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/encode.h"
#include "bridge/model/json-number.h"
#include "bridge/model/json.h"

enum style { STYLE_COMPACT, STYLE_PRETTY, STYLE_CANONICAL };

struct writer {
    struct buf *buf;
    enum style style;
    unsigned level; // of indentation
};

static int write_value(struct writer *writer, struct json_object *value);

static int new_line(struct writer *writer)
{
    if (writer->style != STYLE_PRETTY) {
        return 0;
    }
    int error = buf_append_char(writer->buf, '\n');
    for (unsigned i = 0; !error && i < writer->level; i++) {
        error = buf_append(writer->buf, "  ", 2);
    }
    return error;
}

static int write_number(struct writer *writer, struct json_object *value)
{
    if (writer->style == STYLE_CANONICAL) {
        struct number number;
        return number_get(&number, value) ? number_write_canonical(writer->buf, &number)
                                          : buf_append(writer->buf, "null", 4);
    }
    char own[32];
    const char *text = number_text(value, own);
    return buf_append_str(writer->buf, text ? text : "null");
}

static int write_member(struct writer *writer, struct lh_entry *entry, bool first)
{
    const char *name = lh_entry_k(entry);
    int error = first ? 0 : buf_append_char(writer->buf, ',');
    if (!error) {
        error = new_line(writer);
    }
    if (!error) {
        error = quote_json(writer->buf, name, strlen(name));
    }
    if (!error) {
        error = buf_append(writer->buf, ": ", writer->style == STYLE_PRETTY ? 2 : 1);
    }
    return error ? error : write_value(writer, lh_entry_v(entry));
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(lh_entry_k(*(struct lh_entry *const *)a),
                  lh_entry_k(*(struct lh_entry *const *)b));
}

static int write_members_sorted(struct writer *writer, struct lh_table *table)
{
    size_t n = (size_t)lh_table_length(table);
    AUTO_FREE struct lh_entry **entries = calloc(n, sizeof(struct lh_entry *));
    if (!entries) {
        return -ENOMEM;
    }
    size_t i = 0;
    for (struct lh_entry *entry = lh_table_head(table); entry; entry = lh_entry_next(entry)) {
        entries[i++] = entry;
    }
    qsort(entries, n, sizeof(struct lh_entry *), compare_names);
    int error = 0;
    for (i = 0; !error && i < n; i++) {
        error = write_member(writer, entries[i], i == 0);
    }
    return error;
}

static int write_members(struct writer *writer, struct lh_table *table)
{
    int error = 0;
    struct lh_entry *first = lh_table_head(table);
    for (struct lh_entry *entry = first; !error && entry; entry = lh_entry_next(entry)) {
        error = write_member(writer, entry, entry == first);
    }
    return error;
}

static int write_object(struct writer *writer, struct json_object *value)
{
    struct lh_table *table = json_object_get_object(value);
    if (lh_table_length(table) == 0) {
        return buf_append(writer->buf, "{}", 2);
    }
    int error = buf_append_char(writer->buf, '{');
    writer->level++;
    if (!error) {
        error = writer->style == STYLE_CANONICAL ? write_members_sorted(writer, table)
                                                 : write_members(writer, table);
    }
    writer->level--;
    if (!error) {
        error = new_line(writer);
    }
    return error ? error : buf_append_char(writer->buf, '}');
}

static int write_array(struct writer *writer, struct json_object *value)
{
    size_t n = json_object_array_length(value);
    if (n == 0) {
        return buf_append(writer->buf, "[]", 2);
    }
    int error = 0;
    writer->level++;
    for (size_t i = 0; !error && i < n; i++) {
        error = buf_append_char(writer->buf, i == 0 ? '[' : ',');
        if (!error) {
            error = new_line(writer);
        }
        if (!error) {
            error = write_value(writer, json_object_array_get_idx(value, i));
        }
    }
    writer->level--;
    if (!error) {
        error = new_line(writer);
    }
    return error ? error : buf_append_char(writer->buf, ']');
}

static int write_value(struct writer *writer, struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_null: return buf_append(writer->buf, "null", 4);
    case json_type_boolean:
        return buf_append_str(writer->buf, json_object_get_boolean(value) ? "true" : "false");
    case json_type_int:
    case json_type_double: return write_number(writer, value);
    case json_type_string:
        return quote_json(writer->buf, json_object_get_string(value),
                          (size_t)json_object_get_string_len(value));
    case json_type_array: return write_array(writer, value);
    case json_type_object: return write_object(writer, value);
    }
    return -EINVAL;
}

static int write_whole(struct buf *buf, struct json_object *value, enum style style)
{
    struct writer writer = { .buf = buf, .style = style };
    size_t start = buf->len;
    int error = write_value(&writer, value);
    if (error && buf->data) { // half a value is worse than none
        buf->len = start;
        buf->data[start] = '\0';
    }
    return error;
}

int json_write(struct buf *buf, struct json_object *value)
{
    return write_whole(buf, value, STYLE_COMPACT);
}

int json_write_pretty(struct buf *buf, struct json_object *value)
{
    return write_whole(buf, value, STYLE_PRETTY);
}

int json_write_canonical(struct buf *buf, struct json_object *value)
{
    return write_whole(buf, value, STYLE_CANONICAL);
}

int json_write_string(struct buf *buf, const char *text, size_t len)
{
    return quote_json(buf, text, len);
}
