#include "sources/decode/feed-date.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "bridge/base/cleanup.h"

struct zone {
    const char *name;
    int minutes; // east of UTC
};

static void skip_space(const char **at)
{
    *at += strspn(*at, " \t");
}

static bool skip(const char **at, char c)
{
    bool is = **at == c;
    *at += is ? 1 : 0;
    return is;
}

// Between `least` and `most` digits.
static bool read_number(const char **at, int least, int most, int *ret)
{
    int n = 0;
    *ret = 0;
    for (; n < most && isdigit((unsigned char)**at); n++) {
        *ret = *ret * 10 + (*(*at)++ - '0');
    }
    return n >= least && !isdigit((unsigned char)**at);
}

static bool read_two(const char **at, int most, int *ret)
{
    if (!isdigit((unsigned char)(*at)[0]) || !isdigit((unsigned char)(*at)[1])) {
        return false;
    }
    *ret = ((*at)[0] - '0') * 10 + ((*at)[1] - '0');
    *at += 2;
    return *ret <= most;
}

// "15:04[:05[.999]]"
static bool read_time(const char **at, struct tm *ret)
{
    if (!read_two(at, 23, &ret->tm_hour) || !skip(at, ':') || !read_two(at, 59, &ret->tm_min)) {
        return false;
    }
    if (skip(at, ':') && !read_two(at, 60, &ret->tm_sec)) {
        return false;
    }
    if (**at == '.' || **at == ',') {
        (*at)++;
        *at += strspn(*at, "0123456789");
    }
    return true;
}

// "+02:00", "-0330", "Z", "GMT", "EST"; nothing at all is UTC.
static bool read_zone(const char **at, int *ret_minutes)
{
    static const struct zone zones[] = {
        { "Z", 0 },      { "UT", 0 },     { "UTC", 0 },    { "GMT", 0 },
        { "EST", -300 }, { "EDT", -240 }, { "CST", -360 }, { "CDT", -300 },
        { "MST", -420 }, { "MDT", -360 }, { "PST", -480 }, { "PDT", -420 },
    };
    int hours = 0;
    int minutes = 0;
    *ret_minutes = 0;
    if (**at == '+' || **at == '-') {
        int sign = *(*at)++ == '-' ? -1 : 1;
        bool good = read_two(at, 23, &hours) && (skip(at, ':'), read_two(at, 59, &minutes));
        *ret_minutes = sign * (hours * 60 + minutes);
        return good;
    }
    size_t len = strcspn(*at, " \t");
    for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
        if (strlen(zones[i].name) == len && strncasecmp(zones[i].name, *at, len) == 0) {
            *ret_minutes = zones[i].minutes;
            *at += len;
            return true;
        }
    }
    return len == 0;
}

static bool read_month(const char **at, int *ret)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (int i = 0; i < 12; i++) {
        if (strncasecmp(*at, names + (size_t)i * 3, 3) == 0) {
            while (isalpha((unsigned char)**at)) { // some write it in full
                (*at)++;
            }
            *ret = i;
            return true;
        }
    }
    return false;
}

// "[Wed, ]2 Oct 2002 13:00[:00] GMT"
static bool read_rfc822(const char *at, struct tm *ret, int *ret_minutes)
{
    const char *comma = strchr(at, ',');
    at = comma ? comma + 1 : at;
    skip_space(&at);
    if (!read_number(&at, 1, 2, &ret->tm_mday)) {
        return false;
    }
    at += strspn(at, " \t-");
    if (!read_month(&at, &ret->tm_mon)) {
        return false;
    }
    at += strspn(at, " \t-.");
    if (!read_number(&at, 2, 4, &ret->tm_year)) {
        return false;
    }
    ret->tm_year += ret->tm_year < 50 ? 2000 : ret->tm_year < 100 ? 1900 : 0;
    skip_space(&at);
    if (*at && !read_time(&at, ret)) {
        return false;
    }
    skip_space(&at);
    bool good = read_zone(&at, ret_minutes);
    skip_space(&at);
    return good && *at == '\0';
}

// "2006-01-02[T15:04:05[.999]Z]"
static bool read_rfc3339(const char *at, struct tm *ret, int *ret_minutes)
{
    if (!read_number(&at, 4, 4, &ret->tm_year) || !skip(&at, '-') ||
        !read_two(&at, 12, &ret->tm_mon) || ret->tm_mon == 0 || !skip(&at, '-') ||
        !read_two(&at, 31, &ret->tm_mday)) {
        return false;
    }
    ret->tm_mon -= 1;
    *ret_minutes = 0;
    if (*at == '\0') {
        return true;
    }
    if (!skip(&at, 'T') && !skip(&at, 't') && !skip(&at, ' ')) {
        return false;
    }
    if (!read_time(&at, ret)) {
        return false;
    }
    skip_space(&at);
    return read_zone(&at, ret_minutes) && *at == '\0';
}

bool feed_date_normalise(const char *text, char ret[FEED_DATE_SIZE])
{
    struct tm parts = { 0 };
    int minutes = 0;
    bool good = read_rfc3339(text, &parts, &minutes);
    if (!good) {
        parts = (struct tm){ 0 };
        good = read_rfc822(text, &parts, &minutes);
    }
    int day = parts.tm_mday;
    parts.tm_year -= 1900;
    time_t seconds = timegm(&parts);
    if (!good || parts.tm_mday != day || day == 0) { // the 31st of a shorter month moves on
        return false;
    }
    seconds -= (time_t)minutes * 60;
    if (!gmtime_r(&seconds, &parts) || parts.tm_year + 1900 < 0 || parts.tm_year + 1900 > 9999) {
        return false;
    }
    return strftime(ret, FEED_DATE_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts) > 0;
}
