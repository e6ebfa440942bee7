#pragma once
// The option `data`, which every sink has that sends events as JSON.

#include <stddef.h>

#include "bridge/spi/option.h"

#define SHAPE_DATA_OPTION(struct_type)                                                             \
    {                                                                                              \
        .key = "data", .type = OPTION_STRINGS, .offset = offsetof(struct_type, data),              \
        .doc = "The forms of a change that `data` carries: `key`, `before`, `after`, `patch` "     \
               "(RFC 6902), `merge` (RFC 7396), `changes` and `unified`; all but `merge` when "    \
               "absent. A merge patch that would be ambiguous, because a value became null, is "   \
               "left out: `merge_refused` says why, and `patch` stands in for it.",                \
        .example = "[key, merge]"                                                                  \
    }
