// Reads lines "ZONE|EXPRESSION|SECONDS|COUNT" and writes so many turns after each: seconds since
// 1970 apart by blanks, "never" or "refused". For cron-oracle.py.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/cron.h"
#include "bridge/base/time-zone.h"

static void write_turns(const struct cron *cron, const struct time_zone *zone, int64_t at_s,
                        long count)
{
    for (long i = 0; i < count; i++) {
        at_s = cron_next(cron, zone, at_s);
        if (at_s == CRON_NEVER) {
            (void)printf("never ");
            break;
        }
        (void)printf("%" PRId64 " ", at_s);
    }
    (void)printf("\n");
}

static void answer(char *line)
{
    AUTO_TIME_ZONE struct time_zone *zone = NULL;
    struct cron cron;
    char *state = NULL;
    const char *name = strtok_r(line, "|", &state);
    const char *text = strtok_r(NULL, "|", &state);
    const char *at = strtok_r(NULL, "|", &state);
    const char *count = strtok_r(NULL, "|", &state);
    if (!count || time_zone_load(&zone, name, NULL) != 0 || cron_parse(&cron, text, NULL) != 0) {
        (void)printf("refused\n");
        return;
    }
    write_turns(&cron, zone, strtoll(at, NULL, 10), strtol(count, NULL, 10));
}

int main(void)
{
    char line[512];
    while (fgets(line, sizeof(line), stdin)) {
        answer(line);
    }
    return 0;
}
