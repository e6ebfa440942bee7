#pragma once
// What becomes of a delivery after an attempt: a pure function of the verdict and the schedule.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/model/delivery.h"

struct retry_settings;
struct verdict;

// No wait is longer: a Retry-After beyond it is cut, a schedule's step too.
#define RETRY_REST_MAX_MS (INT64_C(24) * 60 * 60 * 1000)
#define RETRY_STEP_MAX_MS (INT64_C(366) * 24 * 60 * 60 * 1000)

struct retry_input {
    const struct retry_settings *settings;
    const struct verdict *verdict;
    int status;        // of the answer; 0: none
    unsigned attempts; // made so far, this one included
    uint64_t seed;     // of the jitter
};

struct retry_plan {
    enum delivery_state state; // DELIVERED, RETRYING or FAILED
    int64_t wait_ms;           // until the next attempt when RETRYING
    int64_t rest_ms;           // the whole sink rests that long; 0: it does not
    bool exhausted;            // FAILED because the schedule has no step left
};

struct retry_plan retry_decide(const struct retry_input *input);

// The wait after so many failures, by the schedule and its last step beyond it, jitter included.
int64_t retry_wait_ms(const struct retry_settings *settings, unsigned attempts, uint64_t seed);

// The longest wait that can have been planned after so many attempts. A stored time that lies
// farther ahead comes from a wall clock that stepped back.
int64_t retry_wait_max_ms(const struct retry_settings *settings, unsigned attempts);
