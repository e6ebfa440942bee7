// Any bytes are a time zone's file or refused; its spans follow each other without a hole.

#include <assert.h>

#include "bridge/base/time-zone.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_TIME_ZONE struct time_zone *zone = NULL;
    if (time_zone_parse(&zone, "fuzz", data, size, NULL) != 0) {
        return 0;
    }
    struct time_zone_span span = time_zone_span_at(zone, INT64_C(1767225600));
    for (int i = 0; i < 20 && span.until_s != INT64_MAX; i++) {
        const struct time_zone_span next = time_zone_span_at(zone, span.until_s);
        assert(next.from_s == span.until_s && next.until_s > next.from_s);
        span = next;
    }
    (void)time_zone_instant(zone, INT64_C(1767225600), true);
    return 0;
}
