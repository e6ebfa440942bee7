#include "sinks/cloudevents.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/clock.h"
#include "bridge/base/encode.h"
#include "bridge/model/event.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"

#define ATTRIBUTES_MAX 11

struct attribute {
    const char *name;
    const char *value;
};

// The attributes of an event, and the texts that are made for them.
struct attributes {
    struct attribute v[ATTRIBUTES_MAX];
    size_t n;
    char time[CLOCK_RFC3339_SIZE];
    char sequence[24];
    struct buf key;
};

static void attributes_deinit(struct attributes *attributes)
{
    buf_deinit(&attributes->key);
}

static void put(struct attributes *attributes, const char *name, const char *value)
{
    if (value && value[0] != '\0') { // an attribute is never empty
        attributes->v[attributes->n++] = (struct attribute){ name, value };
    }
}

// A key that is a JSON string is meant by its text; others by their JSON.
static int write_key(const char *json, struct buf *ret)
{
    struct json_object AUTO_JSON *key = NULL;
    int r = json_read(&key, json, strlen(json), NULL, NULL);
    if (r == 0 && json_object_is_type(key, json_type_string)) {
        return buf_append(ret, json_object_get_string(key), strlen(json_object_get_string(key)));
    }
    return r < 0 ? r : buf_append_str(ret, json);
}

static int fill(const struct event *event, struct attributes *ret)
{
    if (event->key) {
        int r = write_key(event->key, &ret->key);
        if (r < 0) {
            return r;
        }
    }
    clock_format_rfc3339(event->at_ms, ret->time);
    (void)snprintf(ret->sequence, sizeof(ret->sequence), "%020" PRId64, event->sequence);
    put(ret, "specversion", "1.0");
    put(ret, "id", event->id);
    put(ret, "source", event->source);
    put(ret, "type", event->type);
    put(ret, "time", ret->time);
    put(ret, "subject", buf_str(&ret->key));
    put(ret, "sequence", ret->sequence);
    put(ret, "partitionkey", buf_str(&ret->key));
    put(ret, "previousid", event->previous_id);
    put(ret, "instance", event->instance);
    return 0;
}

int cloudevents_write(const struct event *event, struct json_object *data, struct buf *ret)
{
    struct attributes CLEANUP(attributes_deinit) attributes = { 0 };
    int r = fill(event, &attributes);
    for (size_t i = 0; r == 0 && i < attributes.n; i++) {
        const struct attribute *attribute = &attributes.v[i];
        r = buf_printf(ret, "%s\"%s\":", i == 0 ? "{" : ",", attribute->name);
        if (r == 0) {
            r = quote_json(ret, attribute->value, strlen(attribute->value));
        }
    }
    if (r == 0) {
        r = buf_append_str(ret, ",\"datacontenttype\":\"application/json\",\"data\":");
    }
    if (r == 0) {
        r = json_write(ret, data);
    }
    return r == 0 ? buf_append_char(ret, '}') : r;
}

static int write_field_value(const char *text, struct buf *ret)
{
    int r = 0;
    for (const char *c = text; r == 0 && *c != '\0'; c++) {
        bool is_plain = *c > ' ' && *c < 0x7F && *c != '"' && *c != '%';
        r = is_plain ? buf_append_char(ret, *c)
                     : buf_printf(ret, "%%%02X", (unsigned)(unsigned char)*c);
    }
    return r;
}

static int set_field(struct headers *headers, const struct attribute *attribute)
{
    char name[32];
    struct buf AUTO_BUF value = { 0 };
    (void)snprintf(name, sizeof(name), "ce-%s", attribute->name);
    int r = write_field_value(attribute->value, &value);
    return r == 0 ? headers_set(headers, name, buf_str(&value)) : r;
}

int cloudevents_set_fields(const struct event *event, struct headers *headers)
{
    struct attributes CLEANUP(attributes_deinit) attributes = { 0 };
    int r = fill(event, &attributes);
    for (size_t i = 0; r == 0 && i < attributes.n; i++) {
        r = set_field(headers, &attributes.v[i]);
    }
    return r;
}
