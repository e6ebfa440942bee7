#pragma once
// One YAML scalar to one typed value, with words when it is none.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"
#include "bridge/spi/option.h"

struct problem;

struct scalar {
    const char *text;
    bool foreign; // came from outside the file: never repeated in a message
};

// For the types that hold one scalar, OPTION_BOOL to OPTION_FILE, OPTION_EXPR and OPTION_CRON;
// `field` is zeroed. OPTION_FILE takes the text as it is. 0, -EINVAL with words, -ENOMEM.
int scalar_parse(const struct option *option, struct scalar scalar, void *field,
                 struct problem **reterr) MUST_CHECK;
// One element of OPTION_DURATIONS.
int scalar_parse_duration(const struct option *option, struct scalar scalar, int64_t *ret_ms,
                          struct problem **reterr) MUST_CHECK;
// One element of OPTION_STATUSES.
int scalar_parse_status(const struct option *option, struct scalar scalar, struct status_range *ret,
                        struct problem **reterr) MUST_CHECK;

// -EINVAL with words when it is no absolute http or https URL without user info.
int scalar_check_url(const struct option *option, struct scalar scalar,
                     struct problem **reterr) MUST_CHECK;

// How a message repeats a value: quoted and cut to a sensible length.
#define SCALAR_SHOWN_SIZE 96
const char *scalar_shown(struct scalar scalar, char ret[SCALAR_SHOWN_SIZE]);
