#pragma once
// How a sink fares: when it is left in peace but for a probe now and then, and when it is disabled.
// Pure; what outlives the process is in `kept`.
//
// The breaker counts deliveries, not attempts: one event that its receiver cannot digest fails
// again and again and must not stop those behind it. It opens when that many different deliveries
// failed in a row; then one attempt at a time is made, by the retry schedule, until one succeeds.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/spi/store.h"

struct retry_settings;

#define BREAKER_FAILURES         5
#define BREAKER_DISABLE_ATTEMPTS 10
#define BREAKER_GONE_APART_MS    (INT64_C(60) * 1000)

struct breaker {
    struct sink_health kept;
    int64_t failed[BREAKER_FAILURES]; // deliveries that failed since the last success
    unsigned n_failed;
    bool is_open;
    unsigned probes;
    int64_t probe_at_ms; // monotonic; while it is open nothing starts before
};

struct breaker_failure {
    const struct retry_settings *retry;
    int64_t disable_after_ms;
    int64_t delivery_id;
    bool is_gone; // 410, or the wish to be disabled
    int64_t wall_ms;
    int64_t mono_ms;
};

enum breaker_event {
    BREAKER_NOTHING,
    BREAKER_OPENED,
    BREAKER_CLOSED,
    BREAKER_DISABLED_FAILING, // disabled_at_ms is set
    BREAKER_DISABLED_GONE,    // the same
};

// What the store remembers, at the start of the process.
void breaker_load(struct breaker *breaker, const struct sink_health *kept);
enum breaker_event breaker_succeeded(struct breaker *breaker);
enum breaker_event breaker_failed(struct breaker *breaker, const struct breaker_failure *failure);
// A person wants it so. False: it is disabled already.
bool breaker_disable(struct breaker *breaker, int64_t wall_ms);
// As if it had never failed.
void breaker_reset(struct breaker *breaker);
