#pragma once
// Spreads starts evenly over time: at most `rate` in every `per_ms`. Pure.

#include <stdint.h>

struct sink_limit_settings;

// Zeroed: nothing was started yet.
struct pacer {
    int64_t next_us; // monotonic; the next start may not be earlier
};

// When the next one may start, in monotonic milliseconds; not later than now_ms: at once.
int64_t pacer_next_at_ms(const struct pacer *pacer, const struct sink_limit_settings *limits,
                         int64_t now_ms);
void pacer_started(struct pacer *pacer, const struct sink_limit_settings *limits, int64_t now_ms);
