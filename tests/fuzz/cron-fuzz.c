// Any text is a schedule or refused; the turns of one come one after the other, on whole minutes.

#include <assert.h>
#include <string.h>

#include "bridge/base/cron.h"
#include "bridge/base/time-zone.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct time_zone *zone;
    struct cron cron;
    char text[300];
    if (!zone && time_zone_load(&zone, "Europe/Madrid", NULL) != 0) {
        zone = NULL; // UTC will do where there is no tz database
    }
    size_t len = size < sizeof(text) ? size : sizeof(text) - 1;
    memcpy(text, data, len);
    text[len] = '\0';
    if (cron_parse(&cron, text, NULL) != 0) {
        return 0;
    }
    int64_t at_s = INT64_C(1767225600);
    for (int i = 0; i < 20; i++) {
        int64_t next_s = cron_next(&cron, zone, at_s);
        assert(next_s > at_s);
        if (next_s == CRON_NEVER) {
            break;
        }
        assert(next_s % 60 == 0);
        at_s = next_s;
    }
    return 0;
}
