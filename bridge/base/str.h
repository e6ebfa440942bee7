#pragma once
// Small questions about text that libc does not answer.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

bool str_eq(const char *a, const char *b);        // NULL equals only NULL
bool str_eq_nocase(const char *a, const char *b); // ASCII only
bool str_starts(const char *text, const char *prefix);
bool str_ends(const char *text, const char *suffix);
bool str_is_empty(const char *text); // NULL or ""

// malloc'ed formatted text; NULL when out of memory.
char *str_printf(const char *format, ...) PRINTF_LIKE(1, 2);

// `*` matches any run of characters (also none), `?` one; everything else itself. Linear in
// practice, never exponential.
bool str_glob(const char *pattern, const char *text);
// How much of a UTF-8 text fits into `most` bytes without cutting a character.
size_t str_cut(const char *text, size_t len, size_t most);

// The nearest of n candidates by edit distance when it is near enough to be a slip of the pen
// (at most a third of the longer name, at least 1), else NULL. Borrowed.
const char *str_nearest(const char *text, const char *const candidates[], size_t n);

// Whole decimal numbers; the whole text must be one. false when it is not or does not fit.
bool str_to_i64(const char *text, int64_t *ret);
bool str_to_u64(const char *text, uint64_t *ret);

// True for valid UTF-8 (RFC 3629: no surrogates, no overlong forms). *ret_bad, when not NULL, gets
// the offset of the first bad byte.
bool str_is_utf8(const char *data, size_t len, size_t *ret_bad);
