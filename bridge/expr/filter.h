#pragma once
// Conditions on the members of an event, for who must not run programs here: their work is bounded
// by the size of the filter times that of the event.
//
//   { "data": { "after": { "status": { "$in": ["paid", "void"] }, "total": { "$gte": 100 } } } }
//
// A name asks for the member of that name; a plain value for equality. Operators: $eq $ne $gt $gte
// $lt $lte (numbers by their decimal value, texts by bytes; what is not of one kind does not fit),
// $in $nin, $startsWith, $exist, and $and $or $not of conditions. Of a list any element may fit.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"

struct json_object;
struct problem;
struct filter;

#define FILTER_DEPTH_MAX      16
#define FILTER_CONDITIONS_MAX 500

enum { FILTER_E_SYNTAX = 1 };

// From JSON text. 0, FILTER_E_SYNTAX with words, -ENOMEM. Immutable: good on any thread.
int filter_new(struct filter **ret, const char *json, struct problem **reterr) MUST_CHECK;
struct filter *filter_free(struct filter *filter); // accepts NULL
DEFINE_CLEANUP(filter)

bool filter_fits(const struct filter *filter, struct json_object *value);
