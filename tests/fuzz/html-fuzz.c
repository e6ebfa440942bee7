// Any page is searched by XPath; what it gives is bounded and valid.

#include "tests/fuzz/decode-target.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return decode_target(FORMAT_HTML, data, size, NULL);
}
