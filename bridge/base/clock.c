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

// Exactly `width` digits, then `after` ('\0': whatever follows). NULL: it is not so.
static const char *take_digits(const char *from, int width, char after, int *ret)
{
    *ret = 0;
    for (int i = 0; i < width; i++, from++) {
        if (*from < '0' || *from > '9') {
            return NULL;
        }
        *ret = *ret * 10 + (*from - '0');
    }
    if (!after) {
        return from;
    }
    return *from == after ? from + 1 : NULL;
}

// ".123" and more digits; nothing is fine.
static const char *take_fraction(const char *from, int *ret_ms)
{
    int factor = 100;
    *ret_ms = 0;
    if (*from != '.') {
        return from;
    }
    from++;
    if (*from < '0' || *from > '9') {
        return NULL;
    }
    for (; *from >= '0' && *from <= '9'; from++, factor /= 10) {
        *ret_ms += factor * (*from - '0');
    }
    return from;
}

// "Z" or "+02:00" at the end.
static bool take_offset(const char *from, int64_t *ret_ms)
{
    int hours;
    int minutes;
    *ret_ms = 0;
    if (*from == 'Z' || *from == 'z') {
        return from[1] == '\0';
    }
    int sign = *from == '-' ? -1 : 1;
    if (*from != '+' && *from != '-') {
        return false;
    }
    const char *at = take_digits(from + 1, 2, ':', &hours);
    at = at ? take_digits(at, 2, '\0', &minutes) : NULL;
    if (!at || *at || hours > 23 || minutes > 59) {
        return false;
    }
    *ret_ms = sign * (hours * 60 + minutes) * INT64_C(60000);
    return true;
}

static bool take_stamp(const char **from, struct tm *ret)
{
    const char *at = take_digits(*from, 4, '-', &ret->tm_year);
    at = at ? take_digits(at, 2, '-', &ret->tm_mon) : NULL;
    at = at ? take_digits(at, 2, '\0', &ret->tm_mday) : NULL;
    if (!at || (*at != 'T' && *at != 't' && *at != ' ')) {
        return false;
    }
    at = take_digits(at + 1, 2, ':', &ret->tm_hour);
    at = at ? take_digits(at, 2, ':', &ret->tm_min) : NULL;
    at = at ? take_digits(at, 2, '\0', &ret->tm_sec) : NULL;
    *from = at;
    return at && ret->tm_hour <= 23 && ret->tm_min <= 59 && ret->tm_sec <= 60;
}

bool clock_parse_rfc3339(const char *text, int64_t *ret_wall_at_ms)
{
    struct tm tm = { 0 };
    int ms;
    int64_t offset_ms;
    const char *at = text;
    if (!take_stamp(&at, &tm)) {
        return false;
    }
    at = take_fraction(at, &ms);
    if (!at || !take_offset(at, &offset_ms)) {
        return false;
    }
    const struct tm asked = tm;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    int64_t seconds = timegm(&tm);
    if (tm.tm_mday != asked.tm_mday || tm.tm_mon != asked.tm_mon - 1) {
        return false; // the 31st of February
    }
    *ret_wall_at_ms = seconds * 1000 + ms - offset_ms;
    return true;
}
