// Dates as HTTP servers really write them: the three forms of RFC 9110, read a little leniently
// (names without case, a day of one digit, "UTC" for "GMT"), but never an impossible date.

#include "bridge/base/http-date.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "bridge/base/cleanup.h"

struct date_parts {
    int year;
    int month; // from 0
    int day;
    int hour;
    int minute;
    int second;
};

static void skip_blanks(const char **at)
{
    *at += strspn(*at, " \t");
}

// Between `least` and `most` digits.
static bool take_number(const char **at, size_t least, size_t most, int *ret)
{
    size_t digits = strspn(*at, "0123456789");
    if (digits < least || digits > most) {
        return false;
    }
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        value = value * 10 + ((*at)[i] - '0');
    }
    *at += digits;
    *ret = value;
    return true;
}

static bool take_char(const char **at, char c)
{
    if (**at != c) {
        return false;
    }
    (*at)++;
    return true;
}

static bool take_month(const char **at, int *ret)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int i = 0; i < 12; i++) {
        if (strncasecmp(*at, names + (size_t)i * 3, 3) == 0) {
            *at += 3;
            *ret = i;
            return true;
        }
    }
    return false;
}

// The day's name says nothing the date does not; servers get it wrong, so it is only skipped.
static bool take_weekday(const char **at, bool *ret_comma)
{
    static const char *const names[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
                                         "Thursday", "Friday", "Saturday" };
    size_t letters = strcspn(*at, ", \t");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        bool whole = letters == strlen(names[i]);
        if ((whole || letters == 3) && strncasecmp(*at, names[i], letters) == 0) {
            *at += letters;
            *ret_comma = take_char(at, ',');
            skip_blanks(at);
            return true;
        }
    }
    return false;
}

static bool take_time(const char **at, struct date_parts *parts)
{
    return take_number(at, 2, 2, &parts->hour) && take_char(at, ':') &&
           take_number(at, 2, 2, &parts->minute) && take_char(at, ':') &&
           take_number(at, 2, 2, &parts->second);
}

static bool take_zone(const char **at)
{
    if (strncasecmp(*at, "GMT", 3) != 0 && strncasecmp(*at, "UTC", 3) != 0) {
        return false;
    }
    *at += 3;
    return true;
}

// "06 Nov 1994 08:49:37 GMT" and "06-Nov-94 08:49:37 GMT", after the weekday and its comma.
static bool take_fixdate(const char **at, struct date_parts *parts)
{
    if (!take_number(at, 1, 2, &parts->day) || (**at != ' ' && **at != '-')) {
        return false;
    }
    char separator = **at;
    (*at)++;
    if (!take_month(at, &parts->month) || !take_char(at, separator)) {
        return false;
    }
    const char *year = *at;
    if (!take_number(at, 2, 4, &parts->year)) {
        return false;
    }
    if (*at - year == 3) {
        return false;
    }
    if (*at - year == 2) {
        // RFC 9110 asks for the nearest century; without a clock the POSIX rule does for decades.
        parts->year += parts->year < 69 ? 2000 : 1900;
    }
    if (!take_char(at, ' ') || !take_time(at, parts) || !take_char(at, ' ')) {
        return false;
    }
    return take_zone(at);
}

// "Nov  6 08:49:37 1994", after the weekday.
static bool take_asctime(const char **at, struct date_parts *parts)
{
    if (!take_month(at, &parts->month) || !take_char(at, ' ')) {
        return false;
    }
    skip_blanks(at);
    return take_number(at, 1, 2, &parts->day) && take_char(at, ' ') && take_time(at, parts) &&
           take_char(at, ' ') && take_number(at, 4, 4, &parts->year);
}

static int days_in_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 1 && leap ? 29 : days[month];
}

static bool to_wall_ms(const struct date_parts *parts, int64_t *ret)
{
    if (parts->day < 1 || parts->day > days_in_month(parts->year, parts->month) ||
        parts->hour > 23 || parts->minute > 59 || parts->second > 60) {
        return false;
    }
    struct tm tm = {
        .tm_year = parts->year - 1900,
        .tm_mon = parts->month,
        .tm_mday = parts->day,
        .tm_hour = parts->hour,
        .tm_min = parts->minute,
        .tm_sec = parts->second, // a leap second becomes the next minute's first
    };
    *ret = (int64_t)timegm(&tm) * 1000;
    return true;
}

bool http_date_parse(const char *text, int64_t *ret_wall_at_ms)
{
    const char *at = text;
    struct date_parts parts;
    bool comma;
    skip_blanks(&at);
    if (!take_weekday(&at, &comma)) {
        return false;
    }
    if (!(comma ? take_fixdate(&at, &parts) : take_asctime(&at, &parts))) {
        return false;
    }
    skip_blanks(&at);
    return *at == '\0' && to_wall_ms(&parts, ret_wall_at_ms);
}

int64_t http_answered_at_ms(const char *date, int64_t now_wall_at_ms)
{
    int64_t at_ms;
    return date && http_date_parse(date, &at_ms) ? at_ms : now_wall_at_ms;
}

// A wait is cut at a hundred years, so that adding it to any sane instant cannot overflow.
static const int64_t wait_most_ms = INT64_C(3155760000000);

// A fraction is outside the RFC but seen.
bool http_seconds_parse(const char *text, int64_t *ret_ms)
{
    skip_blanks(&text);
    size_t digits = strspn(text, "0123456789");
    const char *rest = text + digits;
    bool fraction = false;
    if (digits == 0) {
        return false;
    }
    if (*rest == '.') {
        size_t more = strspn(rest + 1, "0123456789");
        fraction = strspn(rest + 1, "0") < more;
        rest += 1 + more;
    }
    skip_blanks(&rest);
    if (*rest != '\0') {
        return false;
    }
    int64_t ms = 0;
    for (size_t i = 0; i < digits && ms < wait_most_ms; i++) {
        ms = ms * 10 + (text[i] - '0') * INT64_C(1000);
    }
    ms += fraction ? 1000 : 0;
    *ret_ms = ms > wait_most_ms ? wait_most_ms : ms;
    return true;
}

bool http_retry_after_parse(const char *text, int64_t now_wall_at_ms, int64_t *ret_wait_ms)
{
    if (http_seconds_parse(text, ret_wait_ms)) {
        return true;
    }
    int64_t at_ms;
    if (!http_date_parse(text, &at_ms)) {
        return false;
    }
    int64_t wait_ms = at_ms - now_wall_at_ms;
    *ret_wait_ms = wait_ms < 0 ? 0 : wait_ms > wait_most_ms ? wait_most_ms : wait_ms;
    return true;
}
