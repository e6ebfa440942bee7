#include "bridge/poll/digest/event-maker.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bridge/model/snapshot.h"

void event_maker_init(struct event_maker *maker, const char *source, const char *instance,
                      const struct source_state *state, int64_t now_ms)
{
    *maker = (struct event_maker){
        .source = source,
        .instance = instance,
        .base_version = state->version,
        .now_ms = now_ms,
        .sequence = state->sequence,
    };
    memcpy(maker->previous_id, state->last_event_id, sizeof(maker->previous_id));
}

static void remember(struct event_maker *maker, const struct event *event)
{
    maker->sequence = event->sequence;
    memcpy(maker->previous_id, event->id, sizeof(maker->previous_id));
}

void event_maker_resume(struct event_maker *maker, struct event_list *take)
{
    maker->list = *take;
    maker->cap = take->n;
    *take = (struct event_list){ 0 };
    if (maker->list.n > 0) {
        remember(maker, &maker->list.v[maker->list.n - 1]);
    }
}

void event_maker_deinit(struct event_maker *maker)
{
    event_list_deinit(&maker->list);
}

static int grow(struct event_maker *maker)
{
    if (maker->list.n < maker->cap) {
        return 0;
    }
    size_t cap = maker->cap ? maker->cap * 2 : 4;
    struct event *v = reallocarray(maker->list.v, cap, sizeof(*v));
    if (!v) {
        return -ENOMEM;
    }
    maker->list.v = v;
    maker->cap = cap;
    return 0;
}

// `part` tells events of one type and no key apart.
static int fill(struct event *event, const struct event_maker *maker, const char *type,
                const char *key, const char *part)
{
    event->type = strdup(type);
    event->source = strdup(maker->source);
    event->instance = maker->instance ? strdup(maker->instance) : NULL;
    event->key = key ? strdup(key) : NULL;
    if (!event->type || !event->source || (maker->instance && !event->instance) ||
        (key && !event->key)) {
        return -ENOMEM;
    }
    event->sequence = maker->sequence + 1;
    event->at_ms = maker->now_ms;
    memcpy(event->previous_id, maker->previous_id, sizeof(event->previous_id));
    event_id_derive(event->id, maker->source, maker->instance, maker->base_version, type,
                    part ? part : key);
    return 0;
}

static int add(struct event_maker *maker, const char *type, const char *key, const char *part,
               struct json_object *data)
{
    CLEANUP(event_deinit) struct event event = { 0 };
    int r = grow(maker);
    if (r == 0) {
        r = fill(&event, maker, type, key, part);
    }
    if (r == 0) {
        r = event_encode(&event, data);
    }
    if (r == 0) {
        remember(maker, &event);
        maker->list.v[maker->list.n++] = event;
        event = (struct event){ 0 };
    }
    return r;
}

int event_maker_add(struct event_maker *maker, const char *type, const char *key,
                    struct json_object *data)
{
    return add(maker, type, key, NULL, data);
}

int event_maker_add_page(struct event_maker *maker, const char *type, size_t page,
                         struct json_object *data)
{
    char part[32];
    (void)snprintf(part, sizeof(part), "page %zu", page);
    return add(maker, type, NULL, part, data);
}

struct event_list event_maker_take(struct event_maker *maker)
{
    struct event_list list = maker->list;
    maker->list = (struct event_list){ 0 };
    maker->cap = 0;
    return list;
}
