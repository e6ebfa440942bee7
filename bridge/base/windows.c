#include "bridge/base/windows.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "bridge/base/time-zone.h"

#define MINUTE_S ((int64_t)60)
#define DAY_S    ((int64_t)86400)

static bool take_day(const char **at, int *ret)
{
    static const char names[] = "sunmontuewedthufrisat";
    for (int i = 0; i < 7; i++) {
        if (strncasecmp(*at, names + (size_t)i * 3, 3) == 0) {
            *at += 3;
            *ret = i;
            return true;
        }
    }
    return false;
}

// A range may go over Sunday: "sat-mon".
static bool take_days(const char **at, uint8_t *ret)
{
    int first;
    int last;
    if (!take_day(at, &first)) {
        return false;
    }
    last = first;
    if (**at == '-') {
        (*at)++;
        if (!take_day(at, &last)) {
            return false;
        }
    }
    for (int day = first;; day = (day + 1) % 7) {
        *ret = (uint8_t)(*ret | 1U << day);
        if (day == last) {
            return true;
        }
    }
}

bool window_days_parse(const char *text, uint8_t *ret)
{
    *ret = 0;
    if (strcasecmp(text, "daily") == 0) {
        *ret = 0x7f;
        return true;
    }
    for (;;) {
        text += strspn(text, " ");
        if (!take_days(&text, ret)) {
            return false;
        }
        text += strspn(text, " ");
        if (*text == '\0') {
            return true;
        }
        if (*text++ != ',') {
            return false;
        }
    }
}

bool window_time_parse(const char *text, int *ret_minute)
{
    if (strlen(text) != 5 || text[2] != ':') {
        return false;
    }
    for (size_t i = 0; i < 5; i++) {
        if (i != 2 && !isdigit((unsigned char)text[i])) {
            return false;
        }
    }
    int minute = (text[3] - '0') * 10 + text[4] - '0';
    *ret_minute = ((text[0] - '0') * 10 + text[1] - '0') * 60 + minute;
    return minute < 60 && *ret_minute <= 24 * 60;
}

static int weekday_of(int64_t midnight_s)
{
    return (int)(((midnight_s / DAY_S + 4) % 7 + 7) % 7); // 1970 began on a Thursday
}

// Of the window that opens on that day: when it is open next, from at_s on; INT64_MAX: not.
static int64_t next_of_day(const struct window *window, const struct time_zone *zone,
                           int64_t midnight_s, int64_t at_s)
{
    if (!(window->weekdays >> weekday_of(midnight_s) & 1)) {
        return INT64_MAX;
    }
    int64_t next_day_s = window->to_minute <= window->from_minute ? DAY_S : 0;
    int64_t opens_s = time_zone_instant(zone, midnight_s + window->from_minute * MINUTE_S, false);
    int64_t closes_s =
        time_zone_instant(zone, midnight_s + next_day_s + window->to_minute * MINUTE_S, true);
    if (at_s >= closes_s) {
        return INT64_MAX;
    }
    return at_s > opens_s ? at_s : opens_s;
}

int64_t windows_next(const struct window_list *windows, const struct time_zone *zone, int64_t at_s)
{
    int64_t face_s = at_s + time_zone_span_at(zone, at_s).offset_s;
    int64_t today_s = face_s - (face_s % DAY_S + DAY_S) % DAY_S;
    int64_t soonest_s = windows->n > 0 ? INT64_MAX : at_s;
    for (int day = -2; day <= 8; day++) { // before: one that goes over midnight; a week, and slack
        for (size_t i = 0; i < windows->n; i++) {
            int64_t next_s = next_of_day(&windows->v[i], zone, today_s + day * DAY_S, at_s);
            soonest_s = next_s < soonest_s ? next_s : soonest_s;
        }
    }
    return soonest_s;
}
