#pragma once
// Makes the events of one poll: ids from the base's version, sequences without a gap, each event
// naming the one before it.

#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/model/event.h"

struct json_object;
struct source_state;

struct event_maker {
    const char *source;   // borrowed
    const char *instance; // text of its members; NULL without for_each
    int64_t base_version; // of the state before the poll
    int64_t now_ms;
    int64_t sequence; // of the last event made
    char previous_id[EVENT_ID_SIZE];
    struct event_list list;
    size_t cap;
};

// `instance` as in struct event. `state` is the one before the poll.
void event_maker_init(struct event_maker *maker, const char *source, const char *instance,
                      const struct source_state *state, int64_t now_ms);
// Continues after what was made already and moves it in.
void event_maker_resume(struct event_maker *maker, struct event_list *take);
void event_maker_deinit(struct event_maker *maker);

// key: canonical JSON text, NULL without one. data is borrowed. 0, -ENOMEM.
int event_maker_add(struct event_maker *maker, const char *type, const char *key,
                    struct json_object *data) MUST_CHECK;
// Page `page` of an event that does not fit into one.
int event_maker_add_page(struct event_maker *maker, const char *type, size_t page,
                         struct json_object *data) MUST_CHECK;
struct event_list event_maker_take(struct event_maker *maker);
