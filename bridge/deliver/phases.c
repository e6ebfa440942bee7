#include "bridge/deliver/phases.h"

#include "bridge/base/cleanup.h"
#include "bridge/model/http.h"

// The ends of the phases, as libcurl tells them, are counted from the start; a phase that did not
// happen has no end.
static int64_t between(int64_t from_us, int64_t to_us)
{
    return to_us > from_us ? to_us - from_us : 0;
}

void phases_measure(struct phase_times *times, const struct http_response *response)
{
    int64_t connected_us = response->name_lookup_us > response->connect_us
                               ? response->name_lookup_us
                               : response->connect_us;
    int64_t ready_us = response->tls_us > connected_us ? response->tls_us : connected_us;
    if (!response->reused) {
        times->us[PHASE_DNS] = response->name_lookup_us;
        times->us[PHASE_CONNECT] = between(response->name_lookup_us, response->connect_us);
        times->us[PHASE_TLS] = between(response->connect_us, response->tls_us);
    }
    times->us[PHASE_WAIT] = between(ready_us, response->first_byte_us);
}

void phases_note(struct phase_counters *counters, const struct phase_times *times)
{
    for (size_t i = 0; i < PHASES; i++) {
        if (times->us[i] > 0 || i == PHASE_TOTAL) {
            metrics_observe(&counters->v[i], (double)times->us[i] / 1e6);
        }
    }
}

void phases_write(struct metrics_writer *writer, const struct phase_counters *counters)
{
    static const char *const names[PHASES] = {
        [PHASE_DNS] = "dns",   [PHASE_CONNECT] = "connect", [PHASE_TLS] = "tls",
        [PHASE_WAIT] = "wait", [PHASE_TOTAL] = "total",
    };
    metrics_family(writer, "pollbridge_attempt_duration_seconds", METRICS_HISTOGRAM,
                   "Time of attempts by phase: dns, connect and tls of new connections, wait for "
                   "the first byte, total to the verdict.");
    for (size_t i = 0; i < PHASES; i++) {
        const struct metrics_label label = { "phase", names[i] };
        metrics_histogram_samples(writer, &label, 1, &counters->v[i]);
    }
}
