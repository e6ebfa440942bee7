#pragma once
// `${VAR}`, `${VAR:-default}` and `${file:PATH}` inside values; `$$` is a `$`.

#include <stdbool.h>

#include "bridge/base/cleanup.h"
#include "config/binder.h"
#include "config/tree.h"

enum expansion {
    EXPANSION_NOT_YET,
    EXPANSION_NONE,   // the text is as it was written
    EXPANSION_DONE,   // the text holds something from outside the file
    EXPANSION_FAILED, // reported; the text must not be used
};

// The text of a scalar after expansion, or NULL when that failed (reported once). What comes from a
// file, and with `hidden` also what comes from a variable, is registered as a secret.
const char *expand_node(struct binder *binder, struct node *node, bool hidden) MUST_CHECK;
