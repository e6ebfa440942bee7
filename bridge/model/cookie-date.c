// RFC 6265 section 5.1.1: the date falls apart into tokens, and each is what it looks like first.

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "bridge/model/cookie.h"

struct parts { // -1: not seen yet
    int hour, minute, second;
    int day, month, year;
};

static bool is_delimiter(unsigned char c)
{
    return c == 0x09 || (c >= 0x20 && c <= 0x2f) || (c >= 0x3b && c <= 0x40) ||
           (c >= 0x5b && c <= 0x60) || (c >= 0x7b && c <= 0x7e);
}

// A number of `least` to `most` digits, behind which no further digit stands.
static bool read_number(const char **at, const char *end, int least, int most, int *ret)
{
    int digits = 0;
    int value = 0;
    for (; *at < end && isdigit((unsigned char)**at); (*at)++, digits++) {
        if (digits == most) {
            return false;
        }
        value = value * 10 + (**at - '0');
    }
    *ret = value;
    return digits >= least;
}

static bool read_colon(const char **at, const char *end)
{
    if (*at == end || **at != ':') {
        return false;
    }
    (*at)++;
    return true;
}

static bool take_time(struct parts *parts, const char *at, const char *end)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    bool ok = read_number(&at, end, 1, 2, &hour) && read_colon(&at, end) &&
              read_number(&at, end, 1, 2, &minute) && read_colon(&at, end) &&
              read_number(&at, end, 1, 2, &second);
    if (ok) {
        parts->hour = hour;
        parts->minute = minute;
        parts->second = second;
    }
    return ok;
}

static bool take_number(int *part, const char *at, const char *end, int least, int most)
{
    int value = 0;
    if (!read_number(&at, end, least, most, &value)) {
        return false;
    }
    *part = value;
    return true;
}

static bool take_month(struct parts *parts, const char *at, const char *end)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (int i = 0; end - at >= 3 && i < 12; i++) {
        if (strncasecmp(at, names + (size_t)i * 3, 3) == 0) {
            parts->month = i;
            return true;
        }
    }
    return false;
}

static void take_token(struct parts *parts, const char *at, const char *end)
{
    if ((parts->hour < 0 && take_time(parts, at, end)) ||
        (parts->day < 0 && take_number(&parts->day, at, end, 1, 2)) ||
        (parts->month < 0 && take_month(parts, at, end))) {
        return;
    }
    if (parts->year < 0) {
        (void)take_number(&parts->year, at, end, 2, 4);
    }
}

static int whole_year(int year)
{
    if (year >= 70 && year <= 99) {
        return year + 1900;
    }
    return year >= 0 && year <= 69 ? year + 2000 : year;
}

static bool is_date(const struct parts *parts)
{
    return parts->hour >= 0 && parts->hour <= 23 && parts->minute <= 59 && parts->second <= 59 &&
           parts->day >= 1 && parts->day <= 31 && parts->month >= 0 && parts->year >= 1601;
}

bool cookie_date_parse(const char *text, size_t len, int64_t *ret_wall_at_ms)
{
    struct parts parts = { -1, -1, -1, -1, -1, -1 };
    const char *end = text + len;
    for (const char *at = text; at < end;) {
        const char *from = at;
        while (at < end && !is_delimiter((unsigned char)*at)) {
            at++;
        }
        take_token(&parts, from, at);
        at += at < end ? 1 : 0;
    }
    parts.year = whole_year(parts.year);
    if (!is_date(&parts)) {
        return false;
    }
    struct tm tm = { .tm_sec = parts.second,
                     .tm_min = parts.minute,
                     .tm_hour = parts.hour,
                     .tm_mday = parts.day,
                     .tm_mon = parts.month,
                     .tm_year = parts.year - 1900 };
    *ret_wall_at_ms = (int64_t)timegm(&tm) * 1000;
    return tm.tm_mday == parts.day; // else there is no such day
}
