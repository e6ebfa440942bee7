// Any answer finds a format, or none that fits it.

#include "tests/fuzz/decode-target.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return decode_target(FORMAT_AUTO, data, size, NULL);
}
