#pragma once
// One delivery for every event and every sink that wants it, encoded by the sink's driver. Runs on
// a worker.

#include "bridge/base/cleanup.h"

struct delivery_list;
struct event_list;
struct expr_context;
struct settings;

// In the order of the events, sinks by name. A template that fails gives a delivery that is FAILED,
// with its words. 0, -ENOMEM.
int deliveries_make(const struct settings *settings, struct expr_context *context,
                    const struct event_list *events, struct delivery_list *ret) MUST_CHECK;
