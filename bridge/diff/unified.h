#pragma once
// Documents that are text: a string, or a list of strings that are a line each (what the format
// `text` makes of an answer). Pure.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct buf;
struct json_object;

bool unified_is_text(struct json_object *value);
// The text, every line of a list with a line end. 0 or -ENOMEM.
int unified_write_text(struct buf *ret, struct json_object *text) MUST_CHECK;

enum { UNIFIED_E_NO_TEXT = 1 };

// The difference by lines in unified format, from `before` to `after`; nothing when they are equal.
// null is an empty text. 0, UNIFIED_E_NO_TEXT, -ENOMEM.
int diff_unified(struct buf *ret, struct json_object *before, struct json_object *after) MUST_CHECK;
