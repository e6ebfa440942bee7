#pragma once
// What one sink counts for the metrics page.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/metrics.h"

struct attempt_run;

#define COUNTERS_CODES_MAX 32

struct attempt_count {
    const char *code_class; // static
    const char *error_code; // static; "" on success
    uint64_t n;
};

struct sink_counters {
    uint64_t delivered;
    uint64_t failed;
    uint64_t coalesced;                                // into others
    struct attempt_count attempts[COUNTERS_CODES_MAX]; // the last one takes what has no place
    size_t attempt_codes;
    struct metrics_histogram end_to_end_seconds;
};

// A decided attempt; now_ms is wall time.
void counters_note(struct sink_counters *counters, const struct attempt_run *run, int64_t now_ms);

// One sink as the metrics page shows it; everything is borrowed.
struct counters_row {
    const char *sink;
    const struct sink_counters *counters;
    int64_t waiting;
    int64_t held;
    int64_t oldest_age_ms;
    bool is_disabled;
    bool is_open; // its breaker
};
void counters_write(struct metrics_writer *writer, const struct counters_row *rows, size_t n);
