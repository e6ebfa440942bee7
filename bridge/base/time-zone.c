#include "bridge/base/time-zone.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/base/zone-rule.h"

#define DIRECTORY       "/usr/share/zoneinfo"
#define FILE_BYTES_MAX  ((size_t)1024 * 1024)
#define HEADER_BYTES    44
#define TYPE_BYTES      6
#define OFFSET_MOST_S   (26 * 3600)
#define CHANGES_OF_RULE 8

struct time_zone {
    unsigned refs;
    char *name;
    int64_t first_offset_s;      // before the first change
    struct zone_change *changes; // in order
    size_t n;
    bool has_rule; // behind the last change
    struct zone_rule rule;
};

// ---- TZif ----

struct block { // what a header of the file counts
    uint32_t isut, isstd, leap, times, types, chars;
};

static uint32_t get_u32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int64_t get_i64(const unsigned char *at)
{
    return (int64_t)((uint64_t)get_u32(at) << 32 | get_u32(at + 4));
}

static bool read_header(const unsigned char *data, size_t len, struct block *ret)
{
    if (len < HEADER_BYTES || memcmp(data, "TZif", 4) != 0) {
        return false;
    }
    *ret = (struct block){
        .isut = get_u32(data + 20),
        .isstd = get_u32(data + 24),
        .leap = get_u32(data + 28),
        .times = get_u32(data + 32),
        .types = get_u32(data + 36),
        .chars = get_u32(data + 40),
    };
    const uint32_t counts[] = {
        ret->isut, ret->isstd, ret->leap, ret->times, ret->types, ret->chars
    };
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        if (counts[i] > FILE_BYTES_MAX) {
            return false;
        }
    }
    return true;
}

static size_t body_bytes(const struct block *block, size_t time_bytes)
{
    return block->times * (time_bytes + 1) + (size_t)block->types * TYPE_BYTES + block->chars +
           block->leap * (time_bytes + 4) + block->isstd + block->isut;
}

static bool read_offset(const unsigned char *types, const struct block *block, size_t type,
                        int64_t *ret)
{
    if (type >= block->types) {
        return false;
    }
    *ret = (int32_t)get_u32(types + type * TYPE_BYTES);
    return *ret >= -OFFSET_MOST_S && *ret <= OFFSET_MOST_S;
}

static int read_changes(struct time_zone *zone, const unsigned char *times,
                        const struct block *block)
{
    const unsigned char *indexes = times + (size_t)block->times * 8;
    const unsigned char *types = indexes + block->times;
    if (!read_offset(types, block, 0, &zone->first_offset_s)) {
        return TIME_ZONE_E_BAD;
    }
    zone->changes = calloc(block->times ? block->times : 1, sizeof(*zone->changes));
    if (!zone->changes) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < block->times; i++) {
        struct zone_change *change = &zone->changes[i];
        change->at_s = get_i64(times + i * 8);
        if (!read_offset(types, block, indexes[i], &change->offset_s) ||
            (i > 0 && change->at_s <= change[-1].at_s)) {
            return TIME_ZONE_E_BAD;
        }
    }
    zone->n = block->times;
    return 0;
}

// The TZ string between two line ends at the end of the file; it may be empty.
static bool read_footer(struct time_zone *zone, const unsigned char *data, size_t len)
{
    const char *text = (const char *)data;
    if (len < 2 || text[0] != '\n' || text[len - 1] != '\n') {
        return false;
    }
    zone->has_rule = len > 2;
    return len == 2 || zone_rule_parse(text + 1, len - 2, &zone->rule);
}

static int read_file(struct time_zone *zone, const unsigned char *data, size_t len)
{
    struct block old;
    struct block block;
    if (!read_header(data, len, &old) || data[4] < '2') {
        return TIME_ZONE_E_BAD;
    }
    size_t skip = HEADER_BYTES + body_bytes(&old, 4); // the same once more, in 32 bits
    if (skip > len || !read_header(data + skip, len - skip, &block) || block.leap > 0) {
        return TIME_ZONE_E_BAD;
    }
    size_t body = skip + HEADER_BYTES;
    size_t footer = body + body_bytes(&block, 8);
    if (footer > len || !read_footer(zone, data + footer, len - footer)) {
        return TIME_ZONE_E_BAD;
    }
    return read_changes(zone, data + body, &block);
}

// ---- zones ----

static int zone_new(struct time_zone **ret, const char *name)
{
    struct time_zone *zone = calloc(1, sizeof(*zone));
    if (!zone || !(zone->name = strdup(name))) {
        free(zone);
        return -ENOMEM;
    }
    zone->refs = 1;
    *ret = zone;
    return 0;
}

int time_zone_parse(struct time_zone **ret, const char *name, const void *data, size_t len,
                    struct problem **reterr)
{
    AUTO_TIME_ZONE struct time_zone *zone = NULL;
    int r = zone_new(&zone, name);
    r = r ? r : read_file(zone, data, len);
    if (r == 0) {
        *ret = STEAL(zone);
    } else if (r > 0) {
        r = problem_set(reterr, r, "bad_time_zone",
                        "the file of the time zone \"%s\" is not one of the tz database", name);
    }
    return r;
}

static bool is_name(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789_+-/";
    return *name && *name != '/' && strspn(name, letters) == strlen(name) && strlen(name) < 64;
}

static int refuse(const char *name, struct problem **reterr)
{
    return problem_set(reterr, TIME_ZONE_E_BAD, "bad_time_zone",
                       "there is no time zone \"%.64s\"; write an IANA name such as Europe/Madrid, "
                       "and see that the system has its tz database (package tzdata)",
                       name);
}

int time_zone_load(struct time_zone **ret, const char *name, struct problem **reterr)
{
    if (str_eq(name, "UTC")) {
        return zone_new(ret, name);
    }
    const char *directory = getenv("TZDIR");
    AUTO_FREE char *path = str_printf("%s/%s", directory ? directory : DIRECTORY, name);
    AUTO_FREE char *data = malloc(FILE_BYTES_MAX);
    if (!path || !data) {
        return -ENOMEM;
    }
    FILE *file = is_name(name) ? fopen(path, "re") : NULL;
    if (!file) {
        return refuse(name, reterr);
    }
    size_t len = fread(data, 1, FILE_BYTES_MAX, file); // a folder gives nothing
    (void)fclose(file);
    return len > 0 ? time_zone_parse(ret, name, data, len, reterr) : refuse(name, reterr);
}

struct time_zone *time_zone_ref(struct time_zone *zone)
{
    zone->refs++;
    return zone;
}

struct time_zone *time_zone_unref(struct time_zone *zone)
{
    if (zone && --zone->refs == 0) {
        free(zone->name);
        free(zone->changes);
        free(zone);
    }
    return NULL;
}

const char *time_zone_name(const struct time_zone *zone)
{
    return zone->name;
}

// ---- spans ----

// How many changes lie at or before at_s.
static size_t count_before(const struct zone_change *changes, size_t n, int64_t at_s)
{
    size_t from = 0;
    while (from < n) {
        size_t middle = from + (n - from) / 2;
        if (changes[middle].at_s <= at_s) {
            from = middle + 1;
        } else {
            n = middle;
        }
    }
    return from;
}

static int year_of(int64_t at_s)
{
    time_t at = (time_t)at_s;
    struct tm tm;
    return gmtime_r(&at, &tm) ? tm.tm_year + 1900 : 9999;
}

// Behind the last change of the file, which is at last_s.
static struct time_zone_span span_by_rule(const struct time_zone *zone, int64_t at_s,
                                          int64_t last_s)
{
    struct zone_change changes[CHANGES_OF_RULE];
    size_t n = 0;
    int year = year_of(at_s);
    for (int y = year - 1; y <= year + 2; y++) {
        n += zone_rule_changes(&zone->rule, y, changes + n);
    }
    size_t before = count_before(changes, n, at_s);
    struct time_zone_span span = {
        .from_s = last_s,
        .until_s = before < n ? changes[before].at_s : INT64_MAX,
        .offset_s = zone->rule.offset_s,
    };
    if (before > 0) {
        span.from_s = changes[before - 1].at_s > last_s ? changes[before - 1].at_s : last_s;
        span.offset_s = changes[before - 1].offset_s;
    }
    return span;
}

struct time_zone_span time_zone_span_at(const struct time_zone *zone, int64_t at_s)
{
    static const struct time_zone utc;
    zone = zone ? zone : &utc;
    size_t before = count_before(zone->changes, zone->n, at_s);
    if (before == zone->n && zone->has_rule) {
        return span_by_rule(zone, at_s, before > 0 ? zone->changes[before - 1].at_s : INT64_MIN);
    }
    return (struct time_zone_span){
        .from_s = before > 0 ? zone->changes[before - 1].at_s : INT64_MIN,
        .until_s = before < zone->n ? zone->changes[before].at_s : INT64_MAX,
        .offset_s = before > 0 ? zone->changes[before - 1].offset_s : zone->first_offset_s,
    };
}

int64_t time_zone_instant(const struct time_zone *zone, int64_t local_s, bool last)
{
    struct time_zone_span span = time_zone_span_at(zone, local_s - 2 * OFFSET_MOST_S);
    int64_t found = INT64_MIN;
    // Every span that may show this face, in order.
    while (span.from_s <= local_s + OFFSET_MOST_S) {
        int64_t at_s = local_s - span.offset_s;
        if (at_s >= span.from_s && at_s < span.until_s && (last || found == INT64_MIN)) {
            found = at_s;
        }
        if (at_s < span.from_s && found == INT64_MIN) {
            return span.from_s; // skipped: this span begins behind it already
        }
        if (span.until_s == INT64_MAX) {
            break;
        }
        span = time_zone_span_at(zone, span.until_s);
    }
    return found;
}
