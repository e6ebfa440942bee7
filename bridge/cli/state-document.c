#include "bridge/cli/state-document.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/encode.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/json.h"

#define FORMAT_NAME    "pollbridge_state"
#define FORMAT_VALUE   1
#define HASH_TEXT_SIZE 33

enum field_type { FIELD_NUMBER, FIELD_COUNT, FIELD_FLAG, FIELD_HASH, FIELD_TEXT, FIELD_EVENT_ID };

#define FIELD(member, type)                                                                        \
    {                                                                                              \
#member, type, offsetof(struct source_state, member)                                       \
    }

static const struct field {
    const char *name;
    enum field_type type;
    size_t offset;
} fields[] = {
    FIELD(version, FIELD_NUMBER),
    FIELD(sequence, FIELD_NUMBER),
    FIELD(last_event_id, FIELD_EVENT_ID),
    FIELD(failing_told, FIELD_FLAG),
    FIELD(held_told, FIELD_FLAG),
    FIELD(rules, FIELD_HASH),
    FIELD(fingerprint, FIELD_HASH),
    FIELD(body_hash, FIELD_HASH),
    FIELD(request, FIELD_HASH),
    FIELD(etag, FIELD_TEXT),
    FIELD(last_modified, FIELD_TEXT),
    FIELD(last_poll_at_ms, FIELD_NUMBER),
    FIELD(last_success_at_ms, FIELD_NUMBER),
    FIELD(last_full_at_ms, FIELD_NUMBER),
    FIELD(failing_since_ms, FIELD_NUMBER),
    FIELD(failures, FIELD_COUNT),
    FIELD(changed_at_ms, FIELD_NUMBER),
    FIELD(stale_told, FIELD_FLAG),
    FIELD(noise_due_ms, FIELD_NUMBER),
    FIELD(noise_counts, FIELD_FLAG),
    FIELD(paused_at_ms, FIELD_NUMBER),
};

void state_document_deinit(struct state_document *document)
{
    free(document->source);
    source_state_deinit(&document->state);
    snapshot_deinit(&document->snapshot);
    *document = (struct state_document){ 0 };
}

// ---- writing ----

static const void *place_of(const struct source_state *state, const struct field *field)
{
    return (const char *)state + field->offset;
}

static int write_text(struct buf *ret, const char *text)
{
    return text ? quote_json(ret, text, strlen(text)) : buf_append_str(ret, "null");
}

static int write_hash(struct buf *ret, const struct hash128 *hash)
{
    char text[HASH_TEXT_SIZE];
    if (hash128_is_zero(*hash)) {
        return buf_append_str(ret, "null");
    }
    (void)snprintf(text, sizeof(text), "%016llx%016llx", (unsigned long long)hash->high,
                   (unsigned long long)hash->low);
    return write_text(ret, text);
}

static int write_field(struct buf *ret, const struct source_state *state, const struct field *field)
{
    const void *place = place_of(state, field);
    int r = buf_printf(ret, ",\"%s\":", field->name);
    if (r) {
        return r;
    }
    switch (field->type) {
    case FIELD_NUMBER: return buf_printf(ret, "%lld", (long long)*(const int64_t *)place);
    case FIELD_COUNT: return buf_printf(ret, "%u", *(const unsigned *)place);
    case FIELD_FLAG: return buf_append_str(ret, *(const bool *)place ? "true" : "false");
    case FIELD_HASH: return write_hash(ret, place);
    case FIELD_TEXT: return write_text(ret, *(const char *const *)place);
    case FIELD_EVENT_ID: break;
    }
    return write_text(ret, *(const char *)place ? (const char *)place : NULL);
}

// They are JSON text already.
static int write_json(struct buf *ret, const char *name, const struct bytes *json)
{
    int r = json->len > 0 ? buf_printf(ret, ",\"%s\":", name) : 0;
    return r || json->len == 0 ? r : buf_append(ret, json->data, json->len);
}

// Of a source that comes in pages it is a line of JSON each, which one text carries.
static int write_answer(struct buf *ret, const struct bytes *raw)
{
    if (raw->len == 0 || !memchr(raw->data, '\n', raw->len)) {
        return write_json(ret, "answer", raw);
    }
    int r = buf_append_str(ret, ",\"pages\":");
    return r ? r : quote_json(ret, raw->data, raw->len);
}

int state_document_write(struct buf *ret, const struct state_document *document)
{
    const struct snapshot *snapshot = &document->snapshot;
    int r = buf_printf(ret, "{\"%s\":%d,\"source\":", FORMAT_NAME, FORMAT_VALUE);
    r = r ? r : write_text(ret, document->source);
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(fields); i++) {
        r = write_field(ret, &document->state, &fields[i]);
    }
    r = r ? r : buf_append_str(ret, ",\"document_rules\":");
    r = r ? r : write_hash(ret, &snapshot->rules);
    r = r ? r : write_json(ret, "document", &snapshot->document);
    r = r ? r : write_answer(ret, &snapshot->raw);
    r = r ? r : write_json(ret, "noise", &snapshot->noise);
    return r ? r : buf_append_char(ret, '}');
}

// ---- reading ----

static int refuse(struct problem **reterr, const char *name)
{
    return problem_set(reterr, STATE_DOCUMENT_E_BAD, "state_document",
                       "\"%s\" is missing or is not what `pollbridge state export` writes", name);
}

static bool read_hash(struct hash128 *ret, const char *text)
{
    unsigned long long high;
    unsigned long long low;
    int used = 0;
    if (strlen(text) != HASH_TEXT_SIZE - 1 || strspn(text, "0123456789abcdef") != strlen(text) ||
        sscanf(text, "%16llx%16llx%n", &high, &low, &used) != 2 || used != HASH_TEXT_SIZE - 1) {
        return false;
    }
    *ret = (struct hash128){ .low = low, .high = high };
    return true;
}

static bool read_event_id(char ret[EVENT_ID_SIZE], const char *text)
{
    size_t len = strlen(text);
    if (len >= EVENT_ID_SIZE) {
        return false;
    }
    memcpy(ret, text, len + 1);
    return true;
}

static bool read_count(unsigned *ret, int64_t number)
{
    *ret = (unsigned)number;
    return number >= 0 && number <= UINT32_MAX;
}

// NULL: JSON null.
static int read_text_field(const struct field *field, const char *text, char *place)
{
    switch (field->type) {
    case FIELD_HASH: return !text || read_hash((struct hash128 *)(void *)place, text) ? 0 : -EINVAL;
    case FIELD_EVENT_ID: return !text || read_event_id(place, text) ? 0 : -EINVAL;
    case FIELD_TEXT:
        *(char **)(void *)place = text ? strdup(text) : NULL;
        return text && !*(char **)(void *)place ? -ENOMEM : 0;
    case FIELD_NUMBER:
    case FIELD_COUNT:
    case FIELD_FLAG: break;
    }
    return -EINVAL;
}

// 0, -EINVAL or -ENOMEM.
static int read_field(struct source_state *state, const struct field *field,
                      struct json_object *value)
{
    char *place = (char *)state + field->offset;
    switch (json_object_get_type(value)) {
    case json_type_null: return read_text_field(field, NULL, place);
    case json_type_string: return read_text_field(field, json_object_get_string(value), place);
    case json_type_boolean:
        *(bool *)place = json_object_get_boolean(value);
        return field->type == FIELD_FLAG ? 0 : -EINVAL;
    case json_type_int: break;
    case json_type_double:
    case json_type_array:
    case json_type_object: return -EINVAL;
    }
    int64_t number = json_object_get_int64(value);
    if (field->type == FIELD_COUNT) {
        return read_count((unsigned *)(void *)place, number) ? 0 : -EINVAL;
    }
    *(int64_t *)(void *)place = number;
    return field->type == FIELD_NUMBER && number >= 0 ? 0 : -EINVAL;
}

static int read_fields(struct source_state *state, struct json_object *object,
                       struct problem **reterr)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        struct json_object *value = NULL;
        int r = json_object_object_get_ex(object, fields[i].name, &value)
                    ? read_field(state, &fields[i], value)
                    : -EINVAL;
        if (r) {
            return r == -EINVAL ? refuse(reterr, fields[i].name) : r;
        }
    }
    return 0;
}

static int read_json(struct bytes *ret, struct json_object *object, const char *name)
{
    AUTO_BUF struct buf text = { 0 };
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(object, name, &value)) {
        return 0;
    }
    int r = json_write(&text, value);
    if (r == 0) {
        *ret = buf_take(&text);
    }
    return r;
}

static int read_answer(struct bytes *ret, struct json_object *object)
{
    struct json_object *pages = NULL;
    if (!json_object_object_get_ex(object, "pages", &pages) ||
        !json_object_is_type(pages, json_type_string)) {
        return read_json(ret, object, "answer");
    }
    return bytes_dup(ret, json_object_get_string(pages), (size_t)json_object_get_string_len(pages));
}

static int read_rules(struct hash128 *ret, struct json_object *object, struct problem **reterr)
{
    struct json_object *value = NULL;
    (void)json_object_object_get_ex(object, "document_rules", &value);
    bool good = !value || (json_object_is_type(value, json_type_string) &&
                           read_hash(ret, json_object_get_string(value)));
    return good ? 0 : refuse(reterr, "document_rules");
}

static int read_source(char **ret, struct json_object *object, struct problem **reterr)
{
    struct json_object *format = NULL;
    struct json_object *source = NULL;
    if (!json_object_object_get_ex(object, FORMAT_NAME, &format) ||
        json_object_get_int(format) != FORMAT_VALUE) {
        return refuse(reterr, FORMAT_NAME);
    }
    if (!json_object_object_get_ex(object, "source", &source) ||
        !json_object_is_type(source, json_type_string) ||
        str_is_empty(json_object_get_string(source))) {
        return refuse(reterr, "source");
    }
    *ret = strdup(json_object_get_string(source));
    return *ret ? 0 : -ENOMEM;
}

int state_document_read(struct state_document *ret, const char *line, size_t len,
                        struct problem **reterr)
{
    CLEANUP(state_document_deinit) struct state_document document = { 0 };
    AUTO_JSON struct json_object *object = NULL;
    const struct json_limits limits = { .depth = JSON_DEPTH_MAX + 1 };
    int r = json_read(&object, line, len, &limits, reterr);
    if (r) {
        return r < 0 ? r : STATE_DOCUMENT_E_BAD;
    }
    r = read_source(&document.source, object, reterr);
    r = r ? r : read_fields(&document.state, object, reterr);
    r = r ? r : read_json(&document.snapshot.document, object, "document");
    r = r ? r : read_answer(&document.snapshot.raw, object);
    r = r ? r : read_json(&document.snapshot.noise, object, "noise");
    r = r ? r : read_rules(&document.snapshot.rules, object, reterr);
    if (r == 0) {
        document.state.has_snapshot = document.snapshot.document.data != NULL;
        *ret = document;
        document = (struct state_document){ 0 };
    }
    return r;
}
