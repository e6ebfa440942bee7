// Any answer is read as a feed or refused; every item has an id of its own.

#include <assert.h>

#include <json-c/json.h>

#include "tests/fuzz/decode-target.h"
#include "tests/fuzz/fuzz.h"

static void check(struct json_object *value)
{
    struct json_object *seen = json_object_new_object();
    struct json_object *items = NULL;
    assert(json_object_object_get_ex(value, "items", &items));
    for (size_t i = 0; i < json_object_array_length(items); i++) {
        struct json_object *id = NULL;
        (void)json_object_object_get_ex(json_object_array_get_idx(items, i), "id", &id);
        assert(json_object_is_type(id, json_type_string));
        const char *text = json_object_get_string(id);
        assert(*text && !json_object_object_get_ex(seen, text, NULL));
        (void)json_object_object_add(seen, text, NULL);
    }
    (void)json_object_put(seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return decode_target(FORMAT_FEED, data, size, check);
}
