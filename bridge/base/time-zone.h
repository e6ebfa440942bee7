#pragma once
// Time zones of the system's tz database: RFC 8536 files (TZif), read by ourselves because libc
// knows one zone per process. A zone is immutable; its references are counted by one thread.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct problem;
struct time_zone;

enum { TIME_ZONE_E_BAD = 1 }; // there is no such zone, or its file cannot be used

// By its IANA name ("Europe/Madrid", "UTC", which needs no file), from /usr/share/zoneinfo or
// $TZDIR. 0, TIME_ZONE_E_BAD with words, or -ENOMEM.
int time_zone_load(struct time_zone **ret, const char *name, struct problem **reterr) MUST_CHECK;
// The content of a file. Pure. 0, TIME_ZONE_E_BAD with words, or -ENOMEM.
int time_zone_parse(struct time_zone **ret, const char *name, const void *data, size_t len,
                    struct problem **reterr) MUST_CHECK;
struct time_zone *time_zone_ref(struct time_zone *zone);
struct time_zone *time_zone_unref(struct time_zone *zone); // accepts NULL, returns NULL
#define AUTO_TIME_ZONE CLEANUP(time_zone_unrefp)
static inline void time_zone_unrefp(struct time_zone **zone)
{
    (void)time_zone_unref(*zone);
}

const char *time_zone_name(const struct time_zone *zone);

// A stretch of time in which local time is UTC + offset_s. The first one begins at INT64_MIN, the
// last one ends at INT64_MAX.
struct time_zone_span {
    int64_t from_s; // seconds since 1970
    int64_t until_s;
    int64_t offset_s;
};
// A zone of NULL is UTC.
struct time_zone_span time_zone_span_at(const struct time_zone *zone, int64_t at_s);

// The instant of a local time, given as the seconds since 1970 a UTC clock with that face shows.
// Skipped times are the moment of the skip; of repeated ones the first, or the last when `last`.
int64_t time_zone_instant(const struct time_zone *zone, int64_t local_s, bool last);
