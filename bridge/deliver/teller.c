#include "bridge/deliver/teller.h"

#include <errno.h>
#include <event2/event.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/clock.h"
#include "bridge/base/log.h"
#include "bridge/expr/expr.h"
#include "bridge/model/delivery.h"
#include "bridge/model/event.h"
#include "bridge/model/json.h"
#include "bridge/model/snapshot.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/store.h"

#define TROUBLE_WAIT_MS 1000

struct notice {
    struct notice *next;
    char *sink;
    const char *code; // static
    struct sink_health health;
};

// With the store; outlives the teller when it has to.
struct telling {
    struct teller *teller; // NULL: gone
};

struct teller {
    struct teller_parts parts;
    struct settings *settings; // a reference
    struct source_state state;
    struct notice *first, *last;
    struct telling *telling;
    struct event *timer;
};

static void arm(struct teller *teller, int64_t wait_ms)
{
    struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };
    if (evtimer_add(teller->timer, &wait) < 0) {
        event_active(teller->timer, EV_TIMEOUT, 0); // never wait for a timer that is not set
    }
}

static void drop_first(struct teller *teller)
{
    struct notice *notice = teller->first;
    teller->first = notice->next;
    teller->last = teller->first ? teller->last : NULL;
    free(notice->sink);
    free(notice);
}

static int add(struct json_object *object, const char *name, struct json_object *value)
{
    if (!value || json_object_object_add(object, name, value) != 0) {
        (void)json_object_put(value);
        return -ENOMEM;
    }
    return 0;
}

static int add_time(struct json_object *object, const char *name, int64_t wall_at_ms)
{
    char text[CLOCK_RFC3339_SIZE];
    clock_format_rfc3339(wall_at_ms, text);
    return add(object, name, json_object_new_string(text));
}

static int make_data(const struct notice *notice, struct json_object **ret)
{
    struct json_object AUTO_JSON *data = json_object_new_object();
    int r = data ? add(data, "sink", json_object_new_string(notice->sink)) : -ENOMEM;
    if (r == 0) {
        r = add(data, "code", json_object_new_string(notice->code));
    }
    if (r == 0) {
        r = add(data, "failures", json_object_new_int64(notice->health.failures));
    }
    if (r == 0 && notice->health.failing_since_ms != 0) {
        r = add_time(data, "since", notice->health.failing_since_ms);
    }
    if (r == 0) {
        r = add_time(data, "disabled_at", notice->health.disabled_at_ms);
    }
    if (r == 0) {
        *ret = STEAL(data);
    }
    return r;
}

static int fill_event(const struct teller *teller, const struct notice *notice, struct event *event)
{
    struct json_object AUTO_JSON *data = NULL;
    event_id_derive(event->id, TELLER_STORE_NAME, notice->sink, notice->health.disabled_at_ms,
                    EVENT_SINK_DISABLED, NULL);
    memcpy(event->previous_id, teller->state.last_event_id, sizeof(event->previous_id));
    event->type = strdup(EVENT_SINK_DISABLED);
    event->source = strdup(TELLER_SOURCE_NAME);
    event->sequence = teller->state.sequence + 1;
    event->at_ms = notice->health.disabled_at_ms;
    int r = event->type && event->source ? make_data(notice, &data) : -ENOMEM;
    return r == 0 ? event_encode(event, data) : r;
}

static int fill_commit(const struct teller *teller, struct poll_commit *commit)
{
    CLEANUP(expr_context_freep) struct expr_context *context = NULL;
    commit->source = strdup(TELLER_STORE_NAME);
    commit->expected_version = teller->state.version;
    commit->events.v = calloc(1, sizeof(struct event));
    if (!commit->source || !commit->events.v) {
        return -ENOMEM;
    }
    commit->events.n = 1;
    struct event *event = &commit->events.v[0];
    int r = fill_event(teller, teller->first, event);
    if (r == 0) {
        r = source_state_copy(&commit->state, &teller->state);
    }
    if (r == 0) {
        r = expr_context_new(&context);
    }
    if (r == 0) {
        r = teller->parts.make(teller->settings, context, &commit->events, &commit->deliveries);
    }
    commit->state.version++;
    commit->state.sequence = event->sequence;
    memcpy(commit->state.last_event_id, event->id, sizeof(event->id));
    return r;
}

static void told(struct teller *teller, int result, struct poll_commit *commit)
{
    if (result == 0) {
        source_state_deinit(&teller->state);
        teller->state = commit->state;
        commit->state = (struct source_state){ 0 };
        teller->parts.on_deliveries(&commit->deliveries, teller->parts.userdata);
    }
    if (result == 0 || result == STORE_E_CONFLICT) { // a conflict: it was told before
        drop_first(teller);
        arm(teller, 0);
    } else {
        log_warn("cannot store that a sink was disabled; trying again in a second",
                 LOG_STR("sink", teller->first->sink), LOG_STR("error", strerror(-result)));
        arm(teller, TROUBLE_WAIT_MS);
    }
}

static void on_stored(int result, struct poll_commit *take, void *userdata)
{
    struct telling *telling = userdata;
    if (telling->teller) {
        telling->teller->telling = NULL;
        told(telling->teller, result, take);
    }
    poll_commit_free(take);
    free(telling);
}

static int tell_first(struct teller *teller)
{
    struct telling *telling = calloc(1, sizeof(*telling));
    struct poll_commit *commit = calloc(1, sizeof(*commit));
    int r = telling && commit ? fill_commit(teller, commit) : -ENOMEM;
    if (r == 0) {
        telling->teller = teller;
        struct store *store = teller->parts.store;
        r = store->ops->commit_poll(store, commit, on_stored, telling);
    }
    if (r == 0) {
        teller->telling = telling;
        return 0;
    }
    poll_commit_free(commit);
    free(telling);
    return r;
}

static void on_timer(evutil_socket_t fd, short what, void *userdata)
{
    (void)fd;
    (void)what;
    struct teller *teller = userdata;
    if (teller->first && !teller->telling && teller->settings && tell_first(teller) != 0) {
        arm(teller, TROUBLE_WAIT_MS);
    }
}

int teller_new(struct teller **ret, const struct teller_parts *parts)
{
    CLEANUP(teller_freep) struct teller *teller = calloc(1, sizeof(*teller));
    if (!teller) {
        return -ENOMEM;
    }
    teller->parts = *parts;
    teller->timer = evtimer_new(parts->base, on_timer, teller);
    if (!teller->timer) {
        return -ENOMEM;
    }
    *ret = STEAL(teller);
    return 0;
}

struct teller *teller_free(struct teller *teller)
{
    if (!teller) {
        return NULL;
    }
    while (teller->first) {
        drop_first(teller);
    }
    if (teller->telling) {
        teller->telling->teller = NULL;
    }
    if (teller->timer) {
        event_free(teller->timer);
    }
    source_state_deinit(&teller->state);
    (void)settings_unref(teller->settings);
    free(teller);
    return NULL;
}

int teller_continue(struct teller *teller, const struct source_state *state)
{
    source_state_deinit(&teller->state);
    teller->state = (struct source_state){ 0 };
    return source_state_copy(&teller->state, state);
}

void teller_apply(struct teller *teller, struct settings *settings)
{
    struct settings *old = teller->settings;
    teller->settings = settings_ref(settings);
    (void)settings_unref(old);
}

void teller_sink_disabled(struct teller *teller, const char *sink, const char *code,
                          const struct sink_health *health)
{
    if (!teller->parts.make) {
        return;
    }
    struct notice *notice = calloc(1, sizeof(*notice));
    char *name = strdup(sink);
    if (!notice || !name) {
        free(notice);
        free(name);
        log_error("out of memory: nobody is told that a sink was disabled", LOG_STR("sink", sink));
        return;
    }
    *notice = (struct notice){ .sink = name, .code = code, .health = *health };
    *(teller->last ? &teller->last->next : &teller->first) = notice;
    teller->last = notice;
    arm(teller, 0);
}
