#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "bridge/model/json.h"
#include "config/expand.h"
#include "config/value.h"

struct json_writer {
    struct binder *binder;
    struct buf out;
    bool hidden;
};

static bool append(struct json_writer *writer, const char *text)
{
    return buf_append_str(&writer->out, text) == 0 || binder_no_memory(writer->binder);
}

static bool append_string(struct json_writer *writer, const char *text)
{
    return json_write_string(&writer->out, text, strlen(text)) == 0 ||
           binder_no_memory(writer->binder);
}

static size_t count_digits(const char *text)
{
    return strspn(text, "0123456789");
}

bool json_is_number(const char *text)
{
    text += *text == '-';
    size_t whole = count_digits(text);
    if (whole == 0 || (whole > 1 && *text == '0')) {
        return false;
    }
    text += whole;
    if (*text == '.') {
        size_t fraction = count_digits(text + 1);
        if (fraction == 0) {
            return false;
        }
        text += 1 + fraction;
    }
    if (*text == 'e' || *text == 'E') {
        text += text[1] == '+' || text[1] == '-' ? 2 : 1;
        size_t exponent = count_digits(text);
        if (exponent == 0) {
            return false;
        }
        text += exponent;
    }
    return *text == 0;
}

static bool write_scalar(struct json_writer *writer, struct node *node)
{
    if (node_is_null(node)) {
        return append(writer, "null");
    }
    const char *text = expand_node(writer->binder, node, writer->hidden);
    if (!text) {
        return false;
    }
    bool bare = node->plain && node->expansion == EXPANSION_NONE;
    if (bare && (str_eq(text, "true") || str_eq(text, "false") || json_is_number(text))) {
        return append(writer, text);
    }
    return append_string(writer, text);
}

// Goes on after a mistake, so that every missing variable is reported at once.
static bool write_node(struct json_writer *writer, struct node *node)
{
    if (node->kind == NODE_SCALAR) {
        return write_scalar(writer, node);
    }
    bool is_mapping = node->kind == NODE_MAPPING;
    bool ok = append(writer, is_mapping ? "{" : "[");
    for (struct entry *entry = node->first; entry; entry = entry->next) {
        ok = (entry == node->first || append(writer, ",")) && ok;
        if (is_mapping) {
            ok = append_string(writer, entry->key) && append(writer, ":") && ok;
        }
        ok = write_node(writer, &entry->value) && ok;
    }
    return append(writer, is_mapping ? "}" : "]") && ok;
}

bool json_bind(struct binder *binder, const struct option *option, struct node *node, void *field)
{
    struct json_writer writer = { .binder = binder,
                                  .hidden = (option->flags & OPTION_HIDDEN_VALUE) != 0 };
    bool ok = write_node(&writer, node);
    struct bytes json = buf_take(&writer.out);
    if (ok) {
        *(char **)field = STEAL(json.data);
    }
    bytes_deinit(&json);
    return ok;
}
