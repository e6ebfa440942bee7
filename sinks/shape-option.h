#pragma once
// The option `data`, which every sink has that sends events as JSON.

#include <stddef.h>

#include "bridge/spi/option.h"

#define SHAPE_DATA_OPTION(struct_type)                                                             \
    {                                                                                              \
        .key = "data", .type = OPTION_STRINGS, .offset = offsetof(struct_type, data),              \
        .doc = "The forms of a change that `data` carries: `key`, `before`, `after`, `patch` "     \
               "(RFC 6902), `tested_patch` (as `patch`, with a `test` in front of what is taken "  \
               "away), `merge` (RFC 7396), `changes` and `unified` (of a text document, as diff "  \
               "-u); when absent `key`, `before`, `after`, `patch` and `changes`. Where a merge "  \
               "patch would be ambiguous, because a value became null, or there is no text, "      \
               "`merge_refused` or `unified_refused` says so, and `patch` stands in for it.",      \
        .example = "[key, merge]"                                                                  \
    }
