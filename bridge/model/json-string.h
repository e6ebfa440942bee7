#pragma once
// The strings of JSON text (RFC 8259 section 7). For the json files only.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/buf.h"

// What stands between the quotes, as it is written.
struct json_raw {
    const char *text; // borrowed from the JSON text
    size_t len;
    bool escaped; // holds at least one escape
};

// Reads from behind the opening quote. Returns what follows the closing one. NULL: *ret_bad is the
// place of the fault (`end` when the closing quote is missing).
const char *json_string_scan(struct json_raw *ret, const char *at, const char *end,
                             const char **ret_bad);
// Appends the text meant. A lone surrogate escape becomes U+FFFD.
int json_string_decode(struct buf *buf, const struct json_raw *raw) MUST_CHECK;
