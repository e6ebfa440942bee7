#pragma once
// The document that a source's rules find in an answer: one value, or a list of keyed items. It is
// selected first, then normalised; only the latter is compared and told. Pure.

#include "bridge/base/cleanup.h"
#include "bridge/base/hash.h"
#include "bridge/diff/keyed.h"

struct change_rules;
struct expr_context;
struct json_object;
struct problem;

// The problem's code is "selector_found_nothing", "selector_failed", "key_missing" or
// "key_duplicate".
enum { DOCUMENT_E_BAD = 1 };

// *ret is owned; NULL is JSON null. A collection is always a list. 0, DOCUMENT_E_BAD, -ENOMEM.
int document_select(const struct change_rules *rules, struct expr_context *context,
                    struct json_object *answer, struct json_object **ret,
                    struct problem **reterr) MUST_CHECK;

// *ret is owned, and `document` itself where nothing is to be done. Items keep their places.
// 0 or -ENOMEM.
int document_normalize(const struct change_rules *rules, struct json_object *document,
                       struct json_object **ret) MUST_CHECK;

// Of a normalised document. Without the ignored parts, and for a collection without the order of
// its items. Checks the keys.
// While the key is still to be found (`key: auto`) nothing of it is checked.
int document_fingerprint(const struct change_rules *rules, struct json_object *document,
                         struct hash128 *ret, struct problem **reterr) MUST_CHECK;

struct keyed_rules document_keyed_rules(const struct change_rules *rules); // borrows
