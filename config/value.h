#pragma once
// A node of the tree to one typed value, for every type but OPTION_TABLE.

#include <stdbool.h>

#include "bridge/base/cleanup.h"
#include "bridge/spi/option.h"
#include "config/binder.h"
#include "config/tree.h"

// `field` is zeroed. An OPTION_AUTH that is a mapping is left alone: who binds it also names it.
bool value_bind(struct binder *binder, const struct option *option, struct node *node,
                void *field) MUST_CHECK;
// The KEY_file form of an OPTION_SECRET: `node` holds the path.
bool value_bind_secret_file(struct binder *binder, const struct option *option, struct node *node,
                            void *field) MUST_CHECK;

// The types made of several texts: STRINGS, EXPRS, PATTERNS, STATUSES, DURATIONS (list.c).
bool list_bind(struct binder *binder, const struct option *option, struct node *node,
               void *field) MUST_CHECK;
// PAIRS and TEMPLATES (pairs.c).
bool pairs_bind(struct binder *binder, const struct option *option, struct node *node,
                void *field) MUST_CHECK;
// OPTION_WINDOWS (windows.c).
bool windows_bind(struct binder *binder, const struct option *option, struct node *node,
                  void *field) MUST_CHECK;
// OPTION_JSON (yaml-json.c): any YAML as compact JSON text. Plain null, true, false and JSON
// numbers are what they look like; all else, and whatever ${…} brought in, is a string.
bool json_bind(struct binder *binder, const struct option *option, struct node *node,
               void *field) MUST_CHECK;
// RFC 8259 section 6: 007 and 1_000 are none.
bool json_is_number(const char *text);

// The text of a node that must be one scalar with a value; NULL when reported.
const char *value_text(struct binder *binder, const struct option *option,
                       struct node *node) MUST_CHECK;
// Reports that `node` is of the wrong kind; always false.
bool value_refuse_kind(struct binder *binder, const char *key, const char *wanted,
                       const struct node *node);
