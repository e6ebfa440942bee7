#include "bridge/base/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/cleanup.h"

// Reads a run of digits; NULL when there is none or it does not fit.
static const char *read_number(const char *text, uint64_t *ret)
{
    uint64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
            __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value)) {
            return NULL;
        }
    }
    *ret = value;
    return at == text ? NULL : at;
}

struct duration_unit {
    char name[3];
    int64_t ms;
};

static const struct duration_unit duration_units[] = {
    { "w", INT64_C(604800000) },
    { "d", INT64_C(86400000) },
    { "h", 3600000 },
    { "m", 60000 },
    { "s", 1000 },
    { "ms", 1 },
};

// The unit at the start of text, not larger than the one numbered `from`; ARRAY_LEN when none.
static size_t find_duration_unit(const char *text, size_t from)
{
    size_t letters = strspn(text, "abcdefghijklmnopqrstuvwxyz");
    for (size_t i = from; i < ARRAY_LEN(duration_units); i++) {
        const char *name = duration_units[i].name;
        if (strlen(name) == letters && memcmp(text, name, letters) == 0) {
            return i;
        }
    }
    return ARRAY_LEN(duration_units);
}

bool duration_parse(const char *text, int64_t *ret_ms)
{
    if (strcmp(text, "0") == 0) {
        *ret_ms = 0;
        return true;
    }
    int64_t total = 0;
    size_t unit = 0;
    do {
        uint64_t number;
        text = read_number(text, &number);
        if (!text) {
            return false;
        }
        unit = find_duration_unit(text, unit);
        if (unit == ARRAY_LEN(duration_units)) {
            return false;
        }
        int64_t part;
        if (__builtin_mul_overflow(number, duration_units[unit].ms, &part) ||
            __builtin_add_overflow(total, part, &total)) {
            return false;
        }
        text += strlen(duration_units[unit].name);
        unit++;
    } while (*text);
    *ret_ms = total;
    return true;
}

void duration_format(int64_t ms, char *ret, size_t size)
{
    char text[64];
    size_t len = 0;
    uint64_t rest = ms < 0 ? -(uint64_t)ms : (uint64_t)ms;
    if (ms < 0) {
        text[len++] = '-';
    }
    // From days down: people say "7d" and "30d" rather than weeks.
    for (size_t i = 1; i < ARRAY_LEN(duration_units); i++) {
        uint64_t unit_ms = (uint64_t)duration_units[i].ms;
        if (rest >= unit_ms) {
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%" PRIu64 "%s", rest / unit_ms,
                                    duration_units[i].name);
            rest %= unit_ms;
        }
    }
    text[len] = '\0';
    (void)snprintf(ret, size, "%s", len > 0 ? text : "0");
}

struct size_unit {
    char name[4];
    uint64_t bytes;
};

// In the order size_format tries them: the largest that divides, binary before decimal.
static const struct size_unit size_units[] = {
    { "GiB", UINT64_C(1) << 30 },
    { "MiB", UINT64_C(1) << 20 },
    { "KiB", UINT64_C(1) << 10 },
    { "GB", 1000000000 },
    { "MB", 1000000 },
    { "KB", 1000 },
    { "B", 1 },
    { "", 1 },
};

bool size_parse(const char *text, uint64_t *ret_bytes)
{
    uint64_t number;
    const char *unit = read_number(text, &number);
    if (!unit) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(size_units); i++) {
        if (strcmp(unit, size_units[i].name) == 0) {
            return !__builtin_mul_overflow(number, size_units[i].bytes, ret_bytes);
        }
    }
    return false;
}

void size_format(uint64_t bytes, char *ret, size_t size)
{
    for (size_t i = 0; bytes > 0 && size_units[i].bytes > 1; i++) {
        if (bytes % size_units[i].bytes == 0) {
            (void)snprintf(ret, size, "%" PRIu64 "%s", bytes / size_units[i].bytes,
                           size_units[i].name);
            return;
        }
    }
    (void)snprintf(ret, size, "%" PRIu64, bytes);
}
