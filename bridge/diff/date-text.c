#include "bridge/diff/date-text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bridge/base/http-date.h"

#define FRACTION_MAX 18 // digits of a second
#define TEXT_MAX     64

struct cursor {
    const char *at;
    bool ok;
};

static int digits(struct cursor *cursor, int n)
{
    int value = 0;
    for (int i = 0; i < n && cursor->ok; i++) {
        cursor->ok = *cursor->at >= '0' && *cursor->at <= '9';
        value = value * 10 + (cursor->ok ? *cursor->at++ - '0' : 0);
    }
    return value;
}

static void expect(struct cursor *cursor, const char *any)
{
    cursor->ok = cursor->ok && *cursor->at && strchr(any, *cursor->at);
    cursor->at += cursor->ok;
}

static int days_of(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static int64_t read_date(struct cursor *cursor)
{
    struct tm tm = { 0 };
    int year = digits(cursor, 4);
    expect(cursor, "-");
    int month = digits(cursor, 2);
    expect(cursor, "-");
    tm.tm_mday = digits(cursor, 2);
    expect(cursor, "Tt ");
    tm.tm_hour = digits(cursor, 2);
    expect(cursor, ":");
    tm.tm_min = digits(cursor, 2);
    expect(cursor, ":");
    tm.tm_sec = digits(cursor, 2);
    cursor->ok = cursor->ok && month >= 1 && month <= 12 && tm.tm_mday >= 1 &&
                 tm.tm_mday <= days_of(year, month) && tm.tm_hour <= 23 && tm.tm_min <= 59 &&
                 tm.tm_sec <= 60;
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    return cursor->ok ? (int64_t)timegm(&tm) : 0;
}

// The digits behind the point without zeros at the end; "" for none.
static void read_fraction(struct cursor *cursor, char ret[FRACTION_MAX + 1])
{
    size_t n = 0;
    if (cursor->ok && (*cursor->at == '.' || *cursor->at == ',')) {
        cursor->at++;
        n = strspn(cursor->at, "0123456789");
        cursor->ok = n > 0 && n <= FRACTION_MAX;
    }
    if (cursor->ok) {
        (void)snprintf(ret, FRACTION_MAX + 1, "%.*s", (int)n, cursor->at);
        cursor->at += n;
    }
    while (cursor->ok && n > 0 && ret[n - 1] == '0') {
        ret[--n] = 0;
    }
}

// Seconds east of Greenwich.
static int read_zone(struct cursor *cursor)
{
    if (cursor->ok && (*cursor->at == 'Z' || *cursor->at == 'z')) {
        cursor->at++;
        return 0;
    }
    int sign = *cursor->at == '-' ? -1 : 1;
    expect(cursor, "+-");
    int hours = digits(cursor, 2);
    cursor->at += cursor->ok && *cursor->at == ':';
    int minutes = digits(cursor, 2);
    cursor->ok = cursor->ok && hours <= 23 && minutes <= 59;
    return sign * (hours * 3600 + minutes * 60);
}

static bool write(int64_t seconds, const char *fraction, char ret[DATE_TEXT_SIZE])
{
    struct tm tm;
    time_t at = (time_t)seconds;
    if (!gmtime_r(&at, &tm) || tm.tm_year < -1900 || tm.tm_year > 9999 - 1900) {
        return false;
    }
    (void)snprintf(ret, DATE_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d%s%sZ", tm.tm_year + 1900,
                   tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                   *fraction ? "." : "", fraction);
    return true;
}

bool date_text_normalize(const char *text, size_t len, char ret[DATE_TEXT_SIZE])
{
    char fraction[FRACTION_MAX + 1] = "";
    int64_t http_at_ms;
    if (len >= TEXT_MAX || strlen(text) != len) {
        return false;
    }
    struct cursor cursor = { .at = text, .ok = true };
    int64_t seconds = read_date(&cursor);
    read_fraction(&cursor, fraction);
    seconds -= read_zone(&cursor);
    if (cursor.ok && !*cursor.at) {
        return write(seconds, fraction, ret);
    }
    return http_date_parse(text, &http_at_ms) && write(http_at_ms / 1000, "", ret);
}
