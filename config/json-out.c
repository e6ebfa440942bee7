#include "config/json-out.h"

#include <inttypes.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/model/json.h"

static void append(struct json_out *out, const char *text)
{
    if (out->error == 0) {
        out->error = buf_append_str(out->buf, text);
    }
}

static void append_string(struct json_out *out, const char *text)
{
    if (out->error == 0) {
        out->error = json_write_string(out->buf, text, strlen(text));
    }
}

static void start_line(struct json_out *out)
{
    append(out, "\n");
    for (unsigned i = 0; i < out->depth; i++) {
        append(out, "  ");
    }
}

static void start_value(struct json_out *out, const char *key)
{
    if (out->has_members) {
        append(out, ",");
    }
    if (out->depth > 0) {
        start_line(out);
    }
    if (key) {
        append_string(out, key);
        append(out, ": ");
    }
    out->has_members = true;
}

void json_out_open(struct json_out *out, const char *key, char bracket)
{
    start_value(out, key);
    append(out, bracket == '{' ? "{" : "[");
    out->depth++;
    out->has_members = false;
}

void json_out_close(struct json_out *out, char bracket)
{
    out->depth--;
    if (out->has_members) {
        start_line(out);
    }
    append(out, bracket == '}' ? "}" : "]");
    if (out->depth == 0) {
        append(out, "\n");
    }
    out->has_members = true;
}

void json_out_string(struct json_out *out, const char *key, const char *value)
{
    start_value(out, key);
    append_string(out, value);
}

void json_out_number(struct json_out *out, const char *key, int64_t value)
{
    start_value(out, key);
    if (out->error == 0) {
        out->error = buf_printf(out->buf, "%" PRId64, value);
    }
}

void json_out_bare(struct json_out *out, const char *key, const char *text)
{
    start_value(out, key);
    append(out, text);
}

void json_out_bool(struct json_out *out, const char *key, bool value)
{
    json_out_bare(out, key, value ? "true" : "false");
}
