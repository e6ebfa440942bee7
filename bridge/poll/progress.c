#include "bridge/poll/progress.h"

#include "bridge/model/snapshot.h"
#include "bridge/poll/digest/validators.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)

bool progress_succeeded(struct source_state *state, int64_t wall_now_ms)
{
    bool notable = state->failures > 0 || state->failing_since_ms != 0 || state->held_told ||
                   state->failing_told;
    state->failures = 0;
    state->failing_since_ms = 0;
    state->failing_told = false;
    state->held_told = false;
    state->last_poll_at_ms = wall_now_ms;
    state->last_success_at_ms = wall_now_ms;
    if (state->changed_at_ms == 0 && state->has_snapshot) { // of a store that did not keep it
        state->changed_at_ms = wall_now_ms;
    }
    return notable;
}

void progress_failed(struct source_state *state, int64_t wall_now_ms)
{
    (void)progress_throttled(state, wall_now_ms);
    if (state->failures < UINT32_MAX) {
        state->failures++;
    }
    validators_drop(state);
}

bool progress_throttled(struct source_state *state, int64_t wall_now_ms)
{
    bool began = state->failing_since_ms == 0;
    if (began) {
        state->failing_since_ms = wall_now_ms;
    }
    state->last_poll_at_ms = wall_now_ms;
    return began;
}

void progress_held(struct source_state *state, int64_t wall_now_ms)
{
    state->last_poll_at_ms = wall_now_ms;
}

void progress_changed(struct source_state *state, int64_t wall_now_ms)
{
    state->changed_at_ms = wall_now_ms;
    state->stale_told = false;
}

bool progress_tells_stale(const struct source_state *state, int64_t expected_ms,
                          int64_t wall_now_ms)
{
    return expected_ms > 0 && !state->stale_told && state->changed_at_ms > 0 &&
           wall_now_ms - state->changed_at_ms >= expected_ms;
}

bool progress_rests(struct source_state *state, const struct poll_rest *rest, int64_t wall_now_ms)
{
    state->rest_until_ms = rest->wait_ms > 0 ? wall_now_ms + rest->wait_ms : 0;
    state->rest_by = rest->pace;
    return rest->wait_ms > 0 && (rest->pace == POLL_BY_RETRY_AFTER || rest->pace == POLL_BY_QUOTA);
}

bool progress_tells_failing(const struct source_state *before, bool failed, int64_t wall_now_ms)
{
    int64_t since_ms = before->failing_since_ms ? before->failing_since_ms : wall_now_ms;
    int64_t age_ms = wall_now_ms - since_ms; // below 0 when the clock was set back
    if (!before->failing_told) {
        unsigned enough = failed ? PROGRESS_FAILURES_TOLD - 1 : PROGRESS_FAILURES_TOLD;
        return before->failures >= enough || age_ms >= PROGRESS_SILENCE_TOLD_MS;
    }
    // Told already: again when a day mark lies between the poll before and this one.
    int64_t age_before_ms = before->last_poll_at_ms - since_ms;
    return age_before_ms >= 0 && age_ms / DAY_MS > age_before_ms / DAY_MS;
}
