#pragma once
// An event: a change as it is told to the world, and the standard body that carries it.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"
#include "bridge/base/hash.h"
#include "bridge/base/string-list.h"

struct json_object;
struct problem;

#define EVENT_ID_SIZE 32 // "evt_" + 26 characters + NUL

#define EVENT_DOCUMENT_CHANGED "document.changed"
#define EVENT_ITEM_CREATED     "item.created"
#define EVENT_ITEM_UPDATED     "item.updated"
#define EVENT_ITEM_DELETED     "item.deleted"
#define EVENT_BATCH            "batch" // many changes of items at once
#define EVENT_SOURCE_FAILING   "source.failing"
#define EVENT_SOURCE_RECOVERED "source.recovered"
#define EVENT_SOURCE_HELD      "source.held"
#define EVENT_SOURCE_STALE     "source.stale"
#define EVENT_SINK_DISABLED    "sink.disabled"
#define EVENT_SINK_TEST        "sink.test"
#define EVENT_SINK_PREFIX      "sink." // of events about sinks, which only those get that name them

struct event {
    char id[EVENT_ID_SIZE];
    char previous_id[EVENT_ID_SIZE]; // "" for the source's first event
    char *type;
    char *source;      // the source's name
    char *instance;    // JSON object text of the for_each member; NULL without one
    char *key;         // canonical JSON text of the item's key; NULL when the event has none
    int64_t sequence;  // contiguous per source instance, from 1
    int64_t at_ms;     // wall time the change was seen
    struct bytes body; // the standard body, exactly as stored, signed and sent
};

struct event_list {
    struct event *v;
    size_t n;
};

void event_deinit(struct event *event);
bool event_list_has(const struct event_list *list, const char *type); // one of that type
void event_list_deinit(struct event_list *list);

// The id is derived, so that a repeat of the same poll gives the same id: a hash of source and
// instance, the version of the snapshot the change starts from, the type, and the key.
void event_id_derive(char ret[EVENT_ID_SIZE], const char *source, const char *instance,
                     int64_t base_version, const char *type, const char *key);

// Builds the standard body into event->body from the event's other fields and its `data` member
// (borrowed; may be NULL). 0, -ENOMEM.
int event_encode(struct event *event, struct json_object *data) MUST_CHECK;

// The body of a stored event as a tree; *ret is the caller's. 0, a positive JSON_E_X, -ENOMEM.
int event_read_body(const struct event *event, struct json_object **ret,
                    struct problem **reterr) MUST_CHECK;
// Fills in instance and previous_id, which the store keeps in the body alone. 0, -ENOMEM.
int event_recall(struct event *event) MUST_CHECK;

// Does a sink with these lists want it? An empty list wants everything. `*` and `?` are wild.
bool event_matches(const struct string_list *sources, const struct string_list *types,
                   const char *source, const char *type);
