#pragma once
// The rule behind the last transition of a time zone: the TZ string of POSIX as RFC 8536 section
// 3.3 extends it ("CET-1CEST,M3.5.0,M10.5.0/3"). Plain data, pure.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum zone_day_kind {
    ZONE_DAY_OF_WEEK, // Mm.w.d: the w-th (5: last) weekday d of month m
    ZONE_DAY_JULIAN,  // Jn: day n of the year from 1, 29 February not counted
    ZONE_DAY_PLAIN,   // n: day n of the year from 0
};

struct zone_turn { // when daylight saving begins or ends, in the local time before it
    enum zone_day_kind kind;
    int month, week, day; // `day` alone but for ZONE_DAY_OF_WEEK
    int64_t time_s;       // from midnight; may be below 0 and above a day
};

struct zone_rule {
    int64_t offset_s; // UTC to standard time
    bool saves;       // has the rest
    int64_t saved_offset_s;
    struct zone_turn begin, end;
};

bool zone_rule_parse(const char *text, size_t len, struct zone_rule *ret);

// The turns of a year: from at_s on offset_s holds. *ret has room for two; how many there are.
struct zone_change {
    int64_t at_s;
    int64_t offset_s;
};
size_t zone_rule_changes(const struct zone_rule *rule, int year, struct zone_change ret[2]);
