#include "bridge/model/event.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/clock.h"
#include "bridge/base/encode.h"
#include "bridge/base/str.h"
#include "bridge/model/json.h"

void event_deinit(struct event *event)
{
    free(event->type);
    free(event->source);
    free(event->instance);
    free(event->key);
    bytes_deinit(&event->body);
    *event = (struct event){ 0 };
}

bool event_list_has(const struct event_list *list, const char *type)
{
    for (size_t i = 0; i < list->n; i++) {
        if (str_eq(list->v[i].type, type)) {
            return true;
        }
    }
    return false;
}

void event_list_deinit(struct event_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        event_deinit(&list->v[i]);
    }
    free(list->v);
    *list = (struct event_list){ 0 };
}

// Absent and empty are told apart: only the absent text hashes to zero.
static struct hash128 hash_text(const char *text)
{
    return text ? hash128_of(text, strlen(text)) : (struct hash128){ 0 };
}

void event_id_derive(char ret[EVENT_ID_SIZE], const char *source, const char *instance,
                     int64_t base_version, const char *type, const char *key)
{
    struct hash128 hash = hash_text(source);
    hash = hash128_mix(hash, hash_text(instance));
    hash = hash128_mix(hash, (struct hash128){ .low = (uint64_t)base_version });
    hash = hash128_mix(hash, hash_text(type));
    hash = hash128_mix(hash, hash_text(key));
    memcpy(ret, "evt_", 4);
    base32_encode_hash(hash, ret + 4);
}

static int append_text(struct buf *body, const char *member, const char *text)
{
    int error = buf_append_str(body, member);
    return error ? error : quote_json(body, text, strlen(text));
}

static int append_head(struct buf *body, const struct event *event)
{
    char at[CLOCK_RFC3339_SIZE];
    clock_format_rfc3339(event->at_ms, at);
    int error = append_text(body, "{\"id\":", event->id);
    if (!error) {
        error = append_text(body, ",\"type\":", event->type);
    }
    if (!error) {
        error = append_text(body, ",\"timestamp\":", at);
    }
    if (!error) {
        error = append_text(body, ",\"source\":", event->source);
    }
    if (!error && event->instance) {
        error = buf_append_str(body, ",\"instance\":");
    }
    if (!error && event->instance) {
        error = buf_append_str(body, event->instance);
    }
    if (!error) {
        error = buf_printf(body, ",\"sequence\":%lld", (long long)event->sequence);
    }
    if (!error && event->previous_id[0] != '\0') {
        error = append_text(body, ",\"previous_id\":", event->previous_id);
    }
    return error;
}

int event_encode(struct event *event, struct json_object *data)
{
    AUTO_BUF struct buf body = { 0 };
    int error = append_head(&body, event);
    if (!error) {
        error = buf_append_str(&body, ",\"data\":");
    }
    if (!error) {
        error = json_write(&body, data);
    }
    if (!error) {
        error = buf_append_char(&body, '}');
    }
    if (error) {
        return error;
    }
    bytes_deinit(&event->body);
    event->body = buf_take(&body);
    return 0;
}

// A document of the greatest depth is nested some levels deeper in its event.
#define EVENT_DEPTH_MAX (JSON_DEPTH_MAX + 8)

int event_read_body(const struct event *event, struct json_object **ret, struct problem **reterr)
{
    const struct json_limits limits = { .depth = EVENT_DEPTH_MAX };
    return json_read(ret, event->body.data, event->body.len, &limits, reterr);
}

static int recall_instance(struct event *event, struct json_object *instance)
{
    AUTO_BUF struct buf text = { 0 };
    int error = json_write(&text, instance);
    if (!error) {
        free(event->instance);
        event->instance = buf_take(&text).data;
    }
    return error;
}

int event_recall(struct event *event)
{
    AUTO_JSON struct json_object *body = NULL;
    struct json_object *member = NULL;
    int error = event_read_body(event, &body, NULL);
    if (error) {
        return error < 0 ? error : 0; // whoever encodes it says what is wrong with it
    }
    if (json_object_object_get_ex(body, "previous_id", &member)) {
        (void)snprintf(event->previous_id, sizeof(event->previous_id), "%s",
                       json_object_get_string(member));
    }
    return json_object_object_get_ex(body, "instance", &member) && member
               ? recall_instance(event, member)
               : 0;
}

static bool matches_any(const struct string_list *patterns, const char *text)
{
    for (size_t i = 0; i < patterns->n; i++) {
        if (str_glob(patterns->v[i], text)) {
            return true;
        }
    }
    return patterns->n == 0;
}

bool event_matches(const struct string_list *sources, const struct string_list *types,
                   const char *source, const char *type)
{
    return matches_any(sources, source) && matches_any(types, type);
}
