#pragma once
// Events as CloudEvents 1.0.2, in both content modes of its HTTP binding. Pure.
//
// Beside the required attributes: `subject` and the extension `partitionkey` are the item's key,
// `sequence` is zero-padded to 20 digits, so that it also sorts as text.

#include "bridge/base/cleanup.h"

struct buf;
struct event;
struct headers;
struct json_object;

#define CLOUDEVENTS_CONTENT_TYPE "application/cloudevents+json"

// The whole event as one JSON object, `data` (borrowed; may be NULL) in it. 0, -ENOMEM, -EMSGSIZE.
int cloudevents_write(const struct event *event, struct json_object *data,
                      struct buf *ret) MUST_CHECK;
// The attributes as ce- header fields, percent-encoded as section 3.1.3.2 of the binding asks. 0,
// -ENOMEM.
int cloudevents_set_fields(const struct event *event, struct headers *headers) MUST_CHECK;
