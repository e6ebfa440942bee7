#pragma once
// The events of the items that are told: one for each or, when there are more of them than a poll
// may tell, batches with a page of them each. Pure.
//
// data of batch: {"page","pages","total","created","updated","deleted","events"}; an event in it is
// {"type"} with the members of that type's data.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct change_rules;
struct event_maker;
struct keyed_changes;

// Those changes whose place in `is_told` is true. 0 or -ENOMEM.
int item_events_add(const struct change_rules *rules, const struct keyed_changes *changes,
                    const bool *is_told, struct event_maker *maker) MUST_CHECK;
