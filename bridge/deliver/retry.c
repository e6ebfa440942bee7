#include "bridge/deliver/retry.h"

#include "bridge/spi/settings.h"
#include "bridge/spi/sink.h"

#define JITTER_STEPS 1000
#define JITTER_PART  5 // at most a fifth of the wait on top

static int64_t clamp(int64_t value, int64_t most)
{
    if (value < 0) {
        return 0;
    }
    return value < most ? value : most;
}

static int64_t step_ms(const struct retry_settings *settings, unsigned attempts)
{
    size_t n = settings->schedule.n;
    if (n == 0 || attempts == 0) {
        return 0;
    }
    size_t step = attempts <= n ? attempts - 1 : n - 1;
    return clamp(settings->schedule.v_ms[step], RETRY_STEP_MAX_MS);
}

static int64_t jittered(int64_t wait_ms, uint64_t seed)
{
    int64_t part = (int64_t)(seed % (JITTER_STEPS + 1));
    return wait_ms + wait_ms / JITTER_PART * part / JITTER_STEPS;
}

int64_t retry_wait_ms(const struct retry_settings *settings, unsigned attempts, uint64_t seed)
{
    return jittered(step_ms(settings, attempts), seed);
}

static bool is_final(const struct retry_input *input)
{
    return input->verdict->kind == VERDICT_FINAL ||
           (input->status != 0 && status_set_has(&input->settings->final_statuses, input->status));
}

struct retry_plan retry_decide(const struct retry_input *input)
{
    struct retry_plan plan = { .state = DELIVERY_FAILED };
    if (input->verdict->kind == VERDICT_DELIVERED) {
        plan.state = DELIVERY_DELIVERED;
        return plan;
    }
    if (input->verdict->kind == VERDICT_REST) {
        plan.rest_ms = clamp(input->verdict->rest_ms, RETRY_REST_MAX_MS);
    }
    if (is_final(input)) {
        return plan;
    }
    if (input->attempts > input->settings->schedule.n) {
        plan.exhausted = true;
        return plan;
    }
    plan.state = DELIVERY_RETRYING;
    plan.wait_ms = retry_wait_ms(input->settings, input->attempts, input->seed);
    if (plan.wait_ms < plan.rest_ms) {
        plan.wait_ms = plan.rest_ms;
    }
    return plan;
}

int64_t retry_wait_max_ms(const struct retry_settings *settings, unsigned attempts)
{
    int64_t most_ms = jittered(step_ms(settings, attempts), JITTER_STEPS);
    return most_ms > RETRY_REST_MAX_MS ? most_ms : RETRY_REST_MAX_MS;
}
