#pragma once
// Media types as Content-Type names them (RFC 9110 section 8.3).

#include <stdbool.h>
#include <stddef.h>

// The type in front, without parameters; borrowed from the field's text.
struct media_type {
    const char *text; // "" without one
    size_t len;
};

// content_type may be NULL.
struct media_type media_type_of(const char *content_type);
bool media_type_is(struct media_type type, const char *name); // without case
bool media_type_ends(struct media_type type, const char *suffix);
// Is it one of the names (NULL-terminated)? A name that begins with `+` is a suffix (RFC 6839).
bool media_type_is_one_of(struct media_type type, const char *const *names);

// At most this many bytes of text from outside are repeated in words.
#define SHOWN_BYTES_MAX 80
static inline int shown_bytes(size_t len)
{
    return (int)(len < SHOWN_BYTES_MAX ? len : SHOWN_BYTES_MAX);
}
