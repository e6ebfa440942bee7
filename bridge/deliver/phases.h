#pragma once
// Where the time of attempts goes, over all sinks: pollbridge_attempt_duration_seconds{phase}.

#include <stdint.h>

#include "bridge/base/metrics.h"

struct http_response;

enum phase {
    PHASE_DNS, // these three only of new connections
    PHASE_CONNECT,
    PHASE_TLS,
    PHASE_WAIT, // from the request to the first byte of the answer
    PHASE_TOTAL,
    PHASES,
};

struct phase_times {
    int64_t us[PHASES]; // 0: it had no such phase
};

struct phase_counters {
    struct metrics_histogram v[PHASES];
};

// Of an HTTP attempt; PHASE_TOTAL is the caller's.
void phases_measure(struct phase_times *times, const struct http_response *response);
void phases_note(struct phase_counters *counters, const struct phase_times *times);
void phases_write(struct metrics_writer *writer, const struct phase_counters *counters);
