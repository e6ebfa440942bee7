// Any answer is read as XML or refused; nothing is expanded, fetched or too deep.

#include "tests/fuzz/decode-target.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return decode_target(FORMAT_XML, data, size, NULL);
}
