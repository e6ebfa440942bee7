#pragma once
// A comparison as it is printed.

#include <stdbool.h>
#include <stdio.h>

#include "bridge/base/cleanup.h"

struct comparison;
struct problem;

enum difference_format {
    DIFFERENCE_CHANGES, // a line per changed place, items under their keys
    DIFFERENCE_PATCH,   // JSON, RFC 6902
    DIFFERENCE_MERGE,   // JSON, RFC 7396
    DIFFERENCE_EVENTS,  // bodies, one a line; needs a source
    DIFFERENCE_TEXT,    // unified; of JSON the canonical, indented text
};
extern const char *const difference_format_names[]; // NULL-terminated

struct difference_style {
    enum difference_format format;
    bool coloured;
    bool tested; // a patch has a `test` in front of what is taken away
};

// 0; COMPARISON_E_BAD with words when the format cannot say it; negative errno.
int difference_print(FILE *out, const struct comparison *comparison,
                     const struct difference_style *style, struct problem **reterr) MUST_CHECK;
