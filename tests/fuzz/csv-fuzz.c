// Any answer is read as CSV or refused; all rows have the same members.

#include <assert.h>

#include <json-c/json.h>

#include "tests/fuzz/decode-target.h"
#include "tests/fuzz/fuzz.h"

// As many members as the first row has.
static void check(struct json_object *value)
{
    size_t n = json_object_array_length(value);
    for (size_t i = 1; i < n; i++) {
        struct json_object *first = json_object_array_get_idx(value, 0);
        struct json_object *row = json_object_array_get_idx(value, i);
        assert(json_object_get_type(row) == json_object_get_type(first));
        if (json_object_is_type(row, json_type_object)) {
            assert(json_object_object_length(row) == json_object_object_length(first));
        } else {
            assert(json_object_array_length(row) == json_object_array_length(first));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return decode_target(FORMAT_CSV, data, size, check);
}
