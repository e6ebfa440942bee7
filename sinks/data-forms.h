#pragma once
// The forms in which an event's `data` tells a change: before, after, patch (RFC 6902), the same
// with tests (tested_patch), merge (RFC 7396), changes, unified, and the item's key. Pure.

#include "bridge/base/cleanup.h"
#include "bridge/model/event.h"

struct json_object;
struct problem;

// Are all of them names of forms? 0, -EINVAL with words, -ENOMEM.
int data_forms_check(const struct string_list *forms, struct problem **reterr) MUST_CHECK;

// Leaves in `data` (an event's; NULL is fine) the forms that are listed, and what is no form. The
// merge patch, the unified text and the tests in `patch` are made when they are listed. Where
// `merge` cannot say what changed (a null that is meant), or `unified` (no text), `merge_refused`
// or `unified_refused` says why, and `patch` (or `after`, where there is none) is carried instead.
// An empty list changes nothing. 0, -ENOMEM.
int data_forms_apply(const struct string_list *forms, struct json_object *data) MUST_CHECK;
