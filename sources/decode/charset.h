#pragma once
// Charsets by the names that servers and documents use for them.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"

enum { CHARSET_E_INVALID = 1 };

// iconv's name of a charset; NULL when it is none of those that are read. Those with escape
// sequences (ISO-2022, UTF-7) are not, and the name of a server never gets to iconv. ISO-8859-1 is
// read as windows-1252, as browsers do, and US-ASCII as UTF-8, which contain them.
const char *charset_find(const char *name, size_t len);
bool charset_is_utf8(const char *charset); // as charset_find gave it

// Appends the text as UTF-8. CHARSET_E_INVALID: not text in that charset from *ret_bad on.
int charset_convert(struct buf *buf, const char *charset, const char *text, size_t len,
                    size_t *ret_bad) MUST_CHECK;
