#pragma once
// From two documents to the events between them. Pure.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct change_judge;
struct change_rules;
struct event_maker;
struct json_object;
struct problem;

enum { CHANGE_E_HELD = 1 }; // the guard does not believe it; code and words in the problem

// Everything is borrowed. What is told and compared is normalised; what is kept is as selected, so
// that other rules can be applied to it later.
struct change_pair {
    const struct change_rules *rules;
    struct json_object *told; // what was told last, as selected
    struct json_object *before;
    struct json_object *seen; // what was found now, as selected
    struct json_object *after;
    bool has_before; // false: this is the first document ever (nothing was told; nobody judges)
    bool believes;   // the guard is not asked
};

// Adds the events of what the judge lets pass (none when they are equal). *ret_told is what is told
// with them, as selected; owned. 0, CHANGE_E_HELD, -ENOMEM.
int change_events_document(const struct change_pair *pair, struct change_judge *judge,
                           struct event_maker *maker, struct json_object **ret_told) MUST_CHECK;
int change_events_items(const struct change_pair *pair, struct change_judge *judge,
                        struct event_maker *maker, struct json_object **ret_told,
                        struct problem **reterr) MUST_CHECK;
