#include "bridge/model/json-recent.h"

#include <string.h>

#include <json-c/json_object.h>

#include "bridge/base/hash.h"
#include "bridge/model/json-string.h"

void recent_deinit(struct recent *recent)
{
    for (size_t i = 0; i < RECENT_MAX; i++) {
        (void)json_object_put(recent->strings[i].value);
    }
}

static void forget(struct recent_string *place)
{
    (void)json_object_put(place->value);
    *place = (struct recent_string){ 0 };
}

struct recent_string *recent_place(struct recent *recent, const struct json_raw *raw)
{
    if (raw->len > RECENT_MAX_LEN) {
        return NULL;
    }
    struct recent_string *place = &recent->strings[hash64_of(raw->text, raw->len) % RECENT_MAX];
    if (place->value && (place->len != raw->len || memcmp(place->text, raw->text, raw->len) != 0)) {
        forget(place);
    }
    return place;
}

void recent_put(struct recent_string *place, const struct json_raw *raw, struct json_object *value)
{
    *place = (struct recent_string){ raw->text, raw->len, json_object_get(value) };
}
