#include "bridge/deliver/pacer.h"

#include "bridge/spi/settings.h"

#define US_PER_MS INT64_C(1000)
// Timers are no finer than a millisecond and come late: that much is caught up with.
#define SLACK_US (20 * US_PER_MS)

static int64_t gap_us(const struct sink_limit_settings *limits)
{
    return limits->per_ms * US_PER_MS / limits->rate;
}

int64_t pacer_next_at_ms(const struct pacer *pacer, const struct sink_limit_settings *limits,
                         int64_t now_ms)
{
    if (limits->rate <= 0) {
        return now_ms;
    }
    // What was planned by a slower rate, before a reload, is not waited for.
    int64_t most_us = now_ms * US_PER_MS + gap_us(limits);
    int64_t next_us = pacer->next_us < most_us ? pacer->next_us : most_us;
    return (next_us + US_PER_MS - 1) / US_PER_MS;
}

void pacer_started(struct pacer *pacer, const struct sink_limit_settings *limits, int64_t now_ms)
{
    if (limits->rate <= 0) {
        return;
    }
    int64_t now_us = now_ms * US_PER_MS;
    int64_t earliest_us = now_us - (gap_us(limits) < SLACK_US ? SLACK_US : 0);
    pacer->next_us = (pacer->next_us > earliest_us ? pacer->next_us : earliest_us) + gap_us(limits);
}
