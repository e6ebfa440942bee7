#pragma once
// Time as an input: wall time for schedules and stamps, monotonic time for durations.
//
// Everything that asks for the time takes a `const struct clock *`; tests pass a fake one.
// Units are milliseconds everywhere, as int64_t, named `_ms` (a duration) or `_at_ms` (an instant).

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clock {
    int64_t (*wall_ms)(void *ctx); // since 1970-01-01T00:00:00Z
    int64_t (*mono_ms)(void *ctx); // since some fixed moment; never steps
    void *ctx;
};

extern const struct clock clock_system;

static inline int64_t clock_wall_ms(const struct clock *clock)
{
    return clock->wall_ms(clock->ctx);
}

static inline int64_t clock_mono_ms(const struct clock *clock)
{
    return clock->mono_ms(clock->ctx);
}

// A moment on both: what happens at once is told it, instead of asking again.
struct instant {
    int64_t wall_ms;
    int64_t mono_ms;
};

static inline struct instant clock_now(const struct clock *clock)
{
    return (struct instant){ .wall_ms = clock_wall_ms(clock), .mono_ms = clock_mono_ms(clock) };
}

// "2026-01-01T00:00:00.123Z" (RFC 3339, UTC). size of at least 25.
#define CLOCK_RFC3339_SIZE 25
void clock_format_rfc3339(int64_t wall_at_ms, char ret[CLOCK_RFC3339_SIZE]);
// The same form, also without a fraction or with more digits of it (cut), and with an offset
// ("+02:00") in place of the Z. False when it is no such time.
bool clock_parse_rfc3339(const char *text, int64_t *ret_wall_at_ms);
