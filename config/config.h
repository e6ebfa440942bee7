#pragma once
// YAML to settings: read, bind by the option tables, check; every problem of the file in one run.

#include <stddef.h>

#include "bridge/base/cleanup.h"

struct buf;
struct drivers;
struct problem;
struct settings;

struct problems {
    struct problem **v; // in the order of the file
    size_t n;
};
void problems_deinit(struct problems *problems);

struct config_input {
    const char *file; // path; "-" reads standard input
    const char *text; // when not NULL, this is read instead of the file
    size_t text_len;
    const struct drivers *drivers;
    const char *(*getenv)(const char *name); // NULL: the process environment
};

// 0 and *ret, or -EINVAL with at least one problem in *problems (warnings may stand there also on
// success, with code "warning_…"), or -ENOMEM.
int config_load(struct settings **ret, const struct config_input *input,
                struct problems *problems) MUST_CHECK;

// The printed forms of the option tables.
int config_write_reference(const struct drivers *drivers, struct buf *ret) MUST_CHECK; // Markdown
int config_write_schema(const struct drivers *drivers, struct buf *ret) MUST_CHECK;    // 2020-12
