#pragma once
// Indented JSON, written from the top down. Keeps the first error; later calls do nothing.

#include <stdbool.h>
#include <stdint.h>

struct buf;

struct json_out {
    struct buf *buf;
    int error; // 0, -ENOMEM, -EMSGSIZE
    unsigned depth;
    bool has_members; // of the innermost object or array
};

// `key` is NULL for elements of arrays and for the outermost value.
void json_out_open(struct json_out *out, const char *key, char bracket); // '{' or '['
void json_out_close(struct json_out *out, char bracket);                 // '}' or ']'
void json_out_string(struct json_out *out, const char *key, const char *value);
void json_out_number(struct json_out *out, const char *key, int64_t value);
// JSON text as it is: a number, true, false or null.
void json_out_bare(struct json_out *out, const char *key, const char *text);
void json_out_bool(struct json_out *out, const char *key, bool value);
