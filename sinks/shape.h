#pragma once
// What a sink sends of an event: its body template and its header templates, evaluated once.

#include "bridge/base/cleanup.h"

struct encoded;
struct event;
struct expr;
struct expr_context;
struct string_list;
struct template_pairs;

enum shape_form {
    SHAPE_EVENT,              // as it is, but for `forms`
    SHAPE_RAW,                // `data.after` alone, null where there is none
    SHAPE_CLOUDEVENTS,        // one JSON object
    SHAPE_CLOUDEVENTS_BINARY, // `data` alone, the attributes are header fields
};

// What a sink's settings say about it; all pointers may be NULL.
struct shape {
    enum shape_form form;
    const struct expr *body;         // made of the event as `forms` leave it, instead of `form`
    const struct string_list *forms; // see data-forms.h
    const struct template_pairs *headers; // those without a place are left to the attempt
};

// As sink_driver.encode: a template that fails is told in ret->error with result 0.
int shape_encode(const struct shape *shape, struct expr_context *context, const struct event *event,
                 struct encoded *ret) MUST_CHECK;
