#pragma once
// From two documents to the events between them. Pure.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct change_rules;
struct event_maker;
struct json_object;
struct problem;

enum { CHANGE_E_HELD = 1 }; // the guard does not believe it; code and words in the problem

struct change_pair {
    const struct change_rules *rules;
    struct json_object *before; // borrowed
    struct json_object *after;
    bool has_before; // false: `after` is the first document ever (before is not looked at)
    bool believes;   // the guard is not asked
};

// Adds the events (none when they are equal). 0, CHANGE_E_HELD, -ENOMEM.
int change_events_document(const struct change_pair *pair, struct event_maker *maker) MUST_CHECK;
int change_events_items(const struct change_pair *pair, struct event_maker *maker,
                        struct problem **reterr) MUST_CHECK;
