#include "bridge/poll/digest/deliveries.h"

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/log.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/expr/expr.h"
#include "bridge/expr/filter.h"
#include "bridge/model/delivery.h"
#include "bridge/model/event.h"
#include "bridge/model/json.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/sink.h"

static int encode(const struct sink_settings *sink, struct expr_context *context,
                  const struct event *event, struct delivery *delivery)
{
    int r = sink->driver->encode
                ? sink->driver->encode(sink->driver_settings, context, event, &delivery->encoded)
                : 0;
    delivery->state = delivery->encoded.error ? DELIVERY_FAILED : DELIVERY_PENDING;
    return r;
}

// What stays in order together: an item, or where there is none the source; of an instance, its
// own.
static int set_lane(const struct event *event, struct delivery *delivery)
{
    if (!event->instance && !event->key) {
        return 0;
    }
    delivery->lane =
        str_printf("%s%s", event->instance ? event->instance : "", event->key ? event->key : "");
    return delivery->lane ? 0 : -ENOMEM;
}

static int fill(const struct sink_settings *sink, const struct event *event,
                struct delivery *delivery)
{
    memcpy(delivery->event_id, event->id, sizeof(delivery->event_id));
    delivery->sink = strdup(sink->name);
    delivery->event_type = strdup(event->type);
    delivery->source = strdup(event->source);
    delivery->sequence = event->sequence;
    delivery->event_at_ms = event->at_ms;
    bool complete = delivery->sink && delivery->event_type && delivery->source;
    return complete ? set_lane(event, delivery) : -ENOMEM;
}

static int append(struct delivery_list *list, size_t *cap, struct delivery *take)
{
    if (list->n == *cap) {
        size_t more = *cap ? *cap * 2 : 4;
        struct delivery *v = reallocarray(list->v, more, sizeof(*v));
        if (!v) {
            return -ENOMEM;
        }
        list->v = v;
        *cap = more;
    }
    list->v[list->n++] = *take;
    *take = (struct delivery){ 0 };
    return 0;
}

// What happens to other sinks is the operators' business: `*` and no types at all do not ask for
// it.
static bool wants_about_sinks(const struct sink_settings *sink, const char *type)
{
    for (size_t i = 0; i < sink->types.n; i++) {
        const char *pattern = sink->types.v[i];
        if (str_starts(pattern, EVENT_SINK_PREFIX) && str_glob(pattern, type)) {
            return true;
        }
    }
    return false;
}

// Whoever wants any of what is in a batch.
static bool wants_batch(const struct sink_settings *sink, const struct event *event)
{
    static const char *const types[] = { EVENT_BATCH, EVENT_ITEM_CREATED, EVENT_ITEM_UPDATED,
                                         EVENT_ITEM_DELETED };
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (event_matches(&sink->sources, &sink->types, event->source, types[i])) {
            return true;
        }
    }
    return false;
}

bool deliveries_wants(const struct sink_settings *sink, const struct event *event)
{
    if (str_starts(event->type, EVENT_SINK_PREFIX)) {
        return wants_about_sinks(sink, event->type);
    }
    if (str_eq(event->type, EVENT_BATCH)) {
        return wants_batch(sink, event);
    }
    return event_matches(&sink->sources, &sink->types, event->source, event->type);
}

// What it says of the event. An event that it cannot judge fits.
static int fits_when(const struct sink_settings *sink, struct expr_context *context,
                     const struct event *event, struct json_object *body)
{
    CLEANUP(problem_freep) struct problem *why = NULL;
    AUTO_JSON struct json_object *value = NULL;
    int r = expr_eval(sink->when, context, body, &value, &why);
    if (r == EXPR_E_NOTHING) {
        return DELIVERIES_E_UNWANTED;
    }
    if (r > 0) {
        log_warn("the `when` of a sink fails for an event; it is sent", LOG_STR("sink", sink->name),
                 LOG_STR("event", event->id), LOG_STR("why", why ? why->message : ""));
        return 0;
    }
    bool is_false = !value || (json_object_is_type(value, json_type_boolean) &&
                               !json_object_get_boolean(value));
    return r < 0 ? r : is_false ? DELIVERIES_E_UNWANTED : 0;
}

int deliveries_filter(const struct sink_settings *sink, struct expr_context *context,
                      const struct event *event, struct json_object **body)
{
    CLEANUP(problem_freep) struct problem *why = NULL;
    if (!sink->filter && !sink->when) {
        return 0;
    }
    int r = *body ? 0 : event_read_body(event, body, &why);
    if (r > 0) {
        log_error("an event cannot be filtered; it is sent", LOG_STR("event", event->id),
                  LOG_STR("why", why ? why->message : ""));
        return 0;
    }
    if (r == 0 && sink->filter && !filter_fits(sink->filter, *body)) {
        return DELIVERIES_E_UNWANTED;
    }
    return r == 0 && sink->when ? fits_when(sink, context, event, *body) : r;
}

int deliveries_make_one(const struct sink_settings *sink, struct expr_context *context,
                        const struct event *event, struct delivery *ret)
{
    CLEANUP(delivery_deinit) struct delivery delivery = { 0 };
    int r = fill(sink, event, &delivery);
    if (r == 0) {
        r = encode(sink, context, event, &delivery);
    }
    if (r == 0) {
        *ret = delivery;
        delivery = (struct delivery){ 0 };
    }
    return r;
}

static int make_for(const struct settings *settings, struct expr_context *context,
                    const struct event *event, struct delivery_list *list, size_t *cap)
{
    AUTO_JSON struct json_object *body = NULL; // read when the first filter asks
    int r = 0;
    for (size_t i = 0; r == 0 && i < settings->sink_count; i++) {
        const struct sink_settings *sink = &settings->sinks[i];
        if (!deliveries_wants(sink, event)) {
            continue;
        }
        r = deliveries_filter(sink, context, event, &body);
        if (r == DELIVERIES_E_UNWANTED) {
            r = 0;
            continue;
        }
        if (r < 0) {
            break;
        }
        CLEANUP(delivery_deinit) struct delivery delivery = { 0 };
        r = deliveries_make_one(sink, context, event, &delivery);
        if (r == 0) {
            r = append(list, cap, &delivery);
        }
    }
    return r;
}

int deliveries_make(const struct settings *settings, struct expr_context *context,
                    const struct event_list *events, struct delivery_list *ret)
{
    CLEANUP(delivery_list_deinit) struct delivery_list list = { 0 };
    size_t cap = 0;
    int r = 0;
    for (size_t i = 0; r == 0 && i < events->n; i++) {
        r = make_for(settings, context, &events->v[i], &list, &cap);
    }
    if (r == 0) {
        *ret = list;
        list = (struct delivery_list){ 0 };
    }
    return r;
}
