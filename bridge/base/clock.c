#include "bridge/base/clock.h"

#include <time.h>

static int64_t now_ms(clockid_t id)
{
    struct timespec now;
    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_wall_ms(void *ctx)
{
    (void)ctx;
    return now_ms(CLOCK_REALTIME);
}

static int64_t system_mono_ms(void *ctx)
{
    (void)ctx;
    return now_ms(CLOCK_MONOTONIC);
}

const struct clock clock_system = { .wall_ms = system_wall_ms, .mono_ms = system_mono_ms };

static char *put_digits(char *to, int value, int width, char after)
{
    for (int i = width - 1; i >= 0; i--) {
        to[i] = (char)('0' + value % 10);
        value /= 10;
    }
    to[width] = after;
    return to + width + 1;
}

void clock_format_rfc3339(int64_t wall_at_ms, char ret[CLOCK_RFC3339_SIZE])
{
    // RFC 3339 knows the years 0000 to 9999; whatever lies outside is shown as the nearest of them.
    const int64_t first = INT64_C(-62167219200000);
    const int64_t last = INT64_C(253402300799999);
    wall_at_ms = wall_at_ms < first ? first : wall_at_ms > last ? last : wall_at_ms;
    int64_t ms = wall_at_ms % 1000;
    if (ms < 0) {
        ms += 1000;
    }
    time_t seconds = (time_t)((wall_at_ms - ms) / 1000);
    struct tm tm;
    (void)gmtime_r(&seconds, &tm);
    char *to = put_digits(ret, tm.tm_year + 1900, 4, '-');
    to = put_digits(to, tm.tm_mon + 1, 2, '-');
    to = put_digits(to, tm.tm_mday, 2, 'T');
    to = put_digits(to, tm.tm_hour, 2, ':');
    to = put_digits(to, tm.tm_min, 2, ':');
    to = put_digits(to, tm.tm_sec, 2, '.');
    to = put_digits(to, (int)ms, 3, 'Z');
    *to = '\0';
}
