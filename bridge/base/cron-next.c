// The next turn: local time goes on like UTC within each span of the zone, so the face of the clock
// is searched there, span by span, and only their borders need thought.

#include <time.h>

#include "bridge/base/cron.h"
#include "bridge/base/time-zone.h"

#define MINUTE_S ((int64_t)60)
#define HOUR_S   (60 * MINUTE_S)
#define DAY_S    (24 * HOUR_S)
// 29 February may wait eight years for its turn, and forty for a weekday.
#define HORIZON_S (41 * 366 * DAY_S)

static int64_t round_up(int64_t value, int64_t to)
{
    int64_t rest = value % to;
    return rest == 0 ? value : value - rest + (rest > 0 ? to : 0);
}

static bool fits_day(const struct cron *cron, int64_t midnight_s)
{
    time_t at = (time_t)midnight_s;
    struct tm tm;
    if (!gmtime_r(&at, &tm) || !(cron->months >> (tm.tm_mon + 1) & 1)) {
        return false;
    }
    bool day = cron->days >> tm.tm_mday & 1;
    bool weekday = cron->weekdays >> tm.tm_wday & 1;
    return cron->any_day || cron->any_weekday ? day && weekday : day || weekday;
}

// The first fitting minute of the day from `second` on; DAY_S: none.
static int64_t find_in_day(const struct cron *cron, int64_t second)
{
    for (int64_t at = round_up(second, MINUTE_S); at < DAY_S;) {
        int hour = (int)(at / HOUR_S);
        if (!(cron->hours >> hour & 1)) {
            at = (hour + 1) * HOUR_S;
        } else if (cron->minutes >> (at % HOUR_S / MINUTE_S) & 1) {
            return at;
        } else {
            at += MINUTE_S;
        }
    }
    return DAY_S;
}

// The first fitting face of the clock in [from_s, until_s); until_s: none.
static int64_t find_face(const struct cron *cron, int64_t from_s, int64_t until_s)
{
    int64_t midnight_s = from_s - (from_s % DAY_S + DAY_S) % DAY_S;
    for (; midnight_s < until_s; midnight_s += DAY_S) {
        int64_t second = from_s > midnight_s ? from_s - midnight_s : 0;
        if (!fits_day(cron, midnight_s)) {
            continue;
        }
        int64_t at = find_in_day(cron, second);
        if (at < DAY_S) {
            return midnight_s + at < until_s ? midnight_s + at : until_s;
        }
    }
    return until_s;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

// The turn in [from_s, end of the span); CRON_NEVER: none. `before` is the span before this one.
static int64_t find_in_span(const struct cron *cron, const struct time_zone_span *before,
                            const struct time_zone_span *span, int64_t from_s, int64_t end_s)
{
    int64_t face_s = from_s + span->offset_s;
    int64_t face_end_s = least(span->until_s, end_s) + span->offset_s;
    if (before && !cron->follows_clock) {
        int64_t reached_s = span->from_s + before->offset_s; // the face just before this span
        int64_t begin_s = span->from_s + span->offset_s;
        bool at_border = from_s <= round_up(span->from_s, MINUTE_S);
        if (at_border && find_face(cron, reached_s, begin_s) < begin_s) {
            return round_up(span->from_s, MINUTE_S); // in what is skipped
        }
        face_s = face_s > reached_s ? face_s : reached_s; // what is repeated was there before
    }
    int64_t found_s = face_s < face_end_s ? find_face(cron, face_s, face_end_s) : face_end_s;
    return found_s < face_end_s ? found_s - span->offset_s : CRON_NEVER;
}

int64_t cron_next(const struct cron *cron, const struct time_zone *zone, int64_t at_s)
{
    int64_t from_s = round_up(at_s + 1, MINUTE_S);
    int64_t end_s = at_s + HORIZON_S;
    struct time_zone_span span = time_zone_span_at(zone, from_s);
    while (from_s < end_s) {
        struct time_zone_span before;
        bool first = span.from_s == INT64_MIN;
        if (!first) {
            before = time_zone_span_at(zone, span.from_s - 1);
        }
        int64_t found_s = find_in_span(cron, first ? NULL : &before, &span, from_s, end_s);
        if (found_s != CRON_NEVER || span.until_s == INT64_MAX) {
            return found_s;
        }
        from_s = span.until_s;
        span = time_zone_span_at(zone, from_s);
    }
    return CRON_NEVER;
}
