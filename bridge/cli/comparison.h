#pragma once
// Two answers as files, compared as a source would compare them (or as plain JSON, or as text).

#include <stdbool.h>

#include "bridge/base/buf.h"
#include "bridge/spi/settings.h"

struct json_object;
struct problem;
struct source_settings;

enum { COMPARISON_E_BAD = 1 }; // a file cannot be read or used; told in words

struct comparison_side {
    const char *file; // borrowed; "-" is standard input
    struct bytes raw;
    struct json_object *document; // selected; of a collection the list of its items
};

struct comparison {
    const struct source_settings *source; // borrowed; NULL: plain JSON
    struct change_rules rules;            // of the source, with a key that was found (`key: auto`)
    struct expr *auto_key;
    struct comparison_side old;
    struct comparison_side new;
    bool is_text; // at least one file is no JSON; documents are NULL then
    bool equal;
};

// With `allow_text` a file that is no JSON makes a comparison of texts instead of a problem.
int comparison_load(struct comparison *ret, const struct source_settings *source,
                    const char *old_file, const char *new_file, bool allow_text,
                    struct problem **reterr) MUST_CHECK; // 0, COMPARISON_E_BAD, -ENOMEM
void comparison_deinit(struct comparison *comparison);

// The events the source would tell when `new` follows `old`; `why` is set and `ret` left empty when
// the answer would be held or refused.
struct event_list;
int comparison_events(const struct comparison *comparison, struct event_list *ret,
                      struct problem **why) MUST_CHECK; // 0 or negative errno
