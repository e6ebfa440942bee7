#pragma once
// What a sink sends of an event: its body template and its header templates, evaluated once.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct encoded;
struct event;
struct expr;
struct expr_context;
struct template_pairs;

// What a sink's settings say about it; both pointers may be NULL.
struct shape {
    const struct expr *body;
    bool is_raw; // without a body: the event's `data.after` alone, null where it has none
    const struct template_pairs *headers; // those without a place are left to the attempt
};

// As sink_driver.encode: a template that fails is told in ret->error with result 0.
int shape_encode(const struct shape *shape, struct expr_context *context, const struct event *event,
                 struct encoded *ret) MUST_CHECK;
