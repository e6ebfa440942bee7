#pragma once
// One delivery for every event and every sink that wants it, encoded by the sink's driver. Runs on
// a worker.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct delivery;
struct delivery_list;
struct event;
struct event_list;
struct expr_context;
struct json_object;
struct settings;
struct sink_settings;

// In the order of the events, sinks by name. A template that fails gives a delivery that is FAILED,
// with its words. 0, -ENOMEM.
int deliveries_make(const struct settings *settings, struct expr_context *context,
                    const struct event_list *events, struct delivery_list *ret) MUST_CHECK;

// By the source and the type of the event.
bool deliveries_wants(const struct sink_settings *sink, const struct event *event);
// By what its filter and its `when` say. *body is the event's body once it was read, the caller's;
// NULL at first. 0, DELIVERIES_E_UNWANTED, -ENOMEM.
enum { DELIVERIES_E_UNWANTED = 1 };
int deliveries_filter(const struct sink_settings *sink, struct expr_context *context,
                      const struct event *event, struct json_object **body) MUST_CHECK;
// That of one event for one sink. 0, -ENOMEM.
int deliveries_make_one(const struct sink_settings *sink, struct expr_context *context,
                        const struct event *event, struct delivery *ret) MUST_CHECK;
