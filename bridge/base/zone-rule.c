#include "bridge/base/zone-rule.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#define MINUTE_S 60
#define HOUR_S   3600
#define DAY_S    86400

struct reader {
    const char *at;
    const char *end;
};

static bool is_next(struct reader *in, char c)
{
    if (in->at == in->end || *in->at != c) {
        return false;
    }
    in->at++;
    return true;
}

static bool take_number(struct reader *in, int most, int *ret)
{
    const char *from = in->at;
    int value = 0;
    while (in->at < in->end && isdigit((unsigned char)*in->at) && in->at - from < 4) {
        value = value * 10 + (*in->at++ - '0');
    }
    *ret = value;
    return in->at > from && value <= most;
}

// "EST", "<+0330>"
static bool take_name(struct reader *in)
{
    const char *from = in->at;
    if (is_next(in, '<')) {
        while (in->at < in->end && *in->at != '>') {
            in->at++;
        }
        return is_next(in, '>');
    }
    while (in->at < in->end && isalpha((unsigned char)*in->at)) {
        in->at++;
    }
    return in->at - from >= 3;
}

// [+-]h[:m[:s]]
static bool take_time(struct reader *in, int64_t *ret_s)
{
    int hours;
    int minutes = 0;
    int seconds = 0;
    bool minus = is_next(in, '-');
    if (!minus) {
        (void)is_next(in, '+');
    }
    if (!take_number(in, 167, &hours) || (is_next(in, ':') && !take_number(in, 59, &minutes)) ||
        (is_next(in, ':') && !take_number(in, 59, &seconds))) {
        return false;
    }
    *ret_s = (int64_t)hours * HOUR_S + minutes * MINUTE_S + seconds;
    *ret_s = minus ? -*ret_s : *ret_s;
    return true;
}

static bool take_day(struct reader *in, struct zone_turn *ret)
{
    if (is_next(in, 'M')) {
        ret->kind = ZONE_DAY_OF_WEEK;
        return take_number(in, 12, &ret->month) && ret->month > 0 && is_next(in, '.') &&
               take_number(in, 5, &ret->week) && ret->week > 0 && is_next(in, '.') &&
               take_number(in, 6, &ret->day);
    }
    ret->kind = is_next(in, 'J') ? ZONE_DAY_JULIAN : ZONE_DAY_PLAIN;
    return take_number(in, 365, &ret->day) && (ret->kind == ZONE_DAY_PLAIN || ret->day > 0);
}

static bool take_turn(struct reader *in, struct zone_turn *ret)
{
    ret->time_s = 2 * HOUR_S;
    return is_next(in, ',') && take_day(in, ret) &&
           (!is_next(in, '/') || take_time(in, &ret->time_s));
}

bool zone_rule_parse(const char *text, size_t len, struct zone_rule *ret)
{
    struct reader in = { text, text + len };
    int64_t west_s;
    *ret = (struct zone_rule){ 0 };
    if (!take_name(&in) || !take_time(&in, &west_s)) {
        return false;
    }
    ret->offset_s = -west_s;
    if (in.at == in.end) {
        return true;
    }
    ret->saves = true;
    ret->saved_offset_s = ret->offset_s + HOUR_S;
    if (!take_name(&in)) {
        return false;
    }
    if (in.at < in.end && *in.at != ',') {
        if (!take_time(&in, &west_s)) {
            return false;
        }
        ret->saved_offset_s = -west_s;
    }
    return take_turn(&in, &ret->begin) && take_turn(&in, &ret->end) && in.at == in.end;
}

// ---- the turns of a year ----

static int64_t midnight_s(int year, int month, int day)
{
    struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };
    return timegm(&tm);
}

static int weekday_of(int64_t midnight)
{
    time_t at = (time_t)midnight;
    struct tm tm;
    return gmtime_r(&at, &tm) ? tm.tm_wday : 0;
}

static int64_t day_of_week_s(const struct zone_turn *turn, int year)
{
    int64_t first = midnight_s(year, turn->month, 1);
    int64_t next_month = midnight_s(year, turn->month + 1, 1);
    int ahead = (turn->day - weekday_of(first) + 7) % 7 + (turn->week - 1) * 7;
    int64_t at = first + (int64_t)ahead * DAY_S;
    return at < next_month ? at : at - (int64_t)7 * DAY_S;
}

static int64_t local_turn_s(const struct zone_turn *turn, int year)
{
    switch (turn->kind) {
    case ZONE_DAY_OF_WEEK: return day_of_week_s(turn, year) + turn->time_s;
    case ZONE_DAY_PLAIN: return midnight_s(year, 1, 1 + turn->day) + turn->time_s;
    case ZONE_DAY_JULIAN: break;
    }
    // Counted in a year without 29 February.
    struct tm tm;
    time_t at = (time_t)midnight_s(2001, 1, turn->day);
    (void)gmtime_r(&at, &tm);
    return midnight_s(year, tm.tm_mon + 1, tm.tm_mday) + turn->time_s;
}

size_t zone_rule_changes(const struct zone_rule *rule, int year, struct zone_change ret[2])
{
    if (!rule->saves) {
        return 0;
    }
    const struct zone_change begin = {
        .at_s = local_turn_s(&rule->begin, year) - rule->offset_s,
        .offset_s = rule->saved_offset_s,
    };
    const struct zone_change end = {
        .at_s = local_turn_s(&rule->end, year) - rule->saved_offset_s,
        .offset_s = rule->offset_s,
    };
    bool in_order = begin.at_s < end.at_s;
    ret[0] = in_order ? begin : end;
    ret[1] = in_order ? end : begin;
    return 2;
}
