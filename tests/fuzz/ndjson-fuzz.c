// Any answer is read line by line or refused.

#include <assert.h>

#include <json-c/json.h>

#include "tests/fuzz/decode-target.h"
#include "tests/fuzz/fuzz.h"

static void check(struct json_object *value)
{
    assert(json_object_is_type(value, json_type_array));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return decode_target(FORMAT_NDJSON, data, size, check);
}
