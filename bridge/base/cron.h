#pragma once
// Cron expressions as Vixie cron reads them: minute, hour, day of month, month, day of week, each
// with lists, ranges, steps and names; @hourly, @daily (@midnight), @weekly, @monthly, @yearly
// (@annually). Plain data, pure.
//
// When neither day field begins with a star, a day fits that fits either of them; else both must
// fit. "5/15" is "5-59/15", "?" is a star, Sunday is 0 and 7.
//
// Daylight saving, as Vixie cron does it: when minute or hour begin with a star the expression
// follows the face of the clock, so what is skipped is skipped and what is repeated is repeated.
// Else it names times of the day: a skipped one comes at the moment of the skip, a repeated one
// comes once, at first.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct problem;
struct time_zone;

struct cron { // bit n: value n; minutes 0: none was given
    uint64_t minutes;
    uint32_t hours;
    uint32_t days;   // of the month, from 1
    uint16_t months; // from 1
    uint8_t weekdays;
    bool any_day;     // day of month begins with a star
    bool any_weekday; // day of week does
    bool follows_clock;
};

enum { CRON_E_BAD = 1 };

// 0, CRON_E_BAD with words (also for a day that never comes, such as 30 February), or -ENOMEM.
int cron_parse(struct cron *ret, const char *text, struct problem **reterr) MUST_CHECK;

#define CRON_NEVER INT64_MAX
// The first turn after at_s (seconds since 1970).
int64_t cron_next(const struct cron *cron, const struct time_zone *zone, int64_t at_s);
