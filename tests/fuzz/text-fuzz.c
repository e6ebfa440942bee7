// Any text becomes lines, in any charset.

#include <assert.h>
#include <string.h>

#include <json-c/json.h>

#include "tests/fuzz/decode-target.h"
#include "tests/fuzz/fuzz.h"

// No line end is left in a line.
static void check(struct json_object *value)
{
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        struct json_object *line = json_object_array_get_idx(value, i);
        assert(json_object_is_type(line, json_type_string));
        assert(!strchr(json_object_get_string(line), '\n'));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return decode_target(FORMAT_TEXT, data, size, check);
}
