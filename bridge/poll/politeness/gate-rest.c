// What answers say about the next ones: rests and quotas of a lane.

#include "bridge/base/clock.h"
#include "bridge/model/http.h"
#include "bridge/poll/politeness/backoff.h"
#include "bridge/poll/politeness/gate-state.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)

static int64_t now_ms(const struct gate_lane *lane)
{
    return clock_mono_ms(lane->host->gate->parts.clock);
}

static int64_t wall_ms(const struct gate_lane *lane)
{
    return clock_wall_ms(lane->host->gate->parts.clock);
}

struct poll_rest gate_rest_left(const struct gate_lane *lane)
{
    // Most lanes were never asked to: no clock is.
    int64_t left_ms = lane->rest_until_ms > 0 ? lane->rest_until_ms - now_ms(lane) : 0;
    return (struct poll_rest){ .pace = lane->rest_by, .wait_ms = left_ms > 0 ? left_ms : 0 };
}

struct gate_quota gate_quota_of(const struct gate_lane *lane)
{
    const struct quota *said = &lane->quota;
    if (!said->is_known) {
        return (struct gate_quota){ 0 };
    }
    int64_t lasts_ms = said->reset_ms > 0 ? said->reset_ms : DAY_MS;
    int64_t left_ms = lane->said_at_ms + lasts_ms - now_ms(lane);
    if (left_ms <= 0) {
        return (struct gate_quota){ 0 };
    }
    return (struct gate_quota){
        .is_known = true,
        .limit = said->limit,
        .remaining = said->remaining,
        .reset_left_ms = said->reset_ms > 0 ? left_ms : 0,
    };
}

static void rest(struct gate_lane *lane, enum poll_pace by, int64_t wait_ms)
{
    int64_t until_ms = now_ms(lane) + wait_ms;
    if (until_ms > lane->rest_until_ms) {
        lane->rest_until_ms = until_ms;
        lane->rest_by = by;
    }
    gate_look_again(lane); // those who wait are to be sent away
}

static void keep_quota(struct gate_lane *lane, const struct http_response *response)
{
    if (!quota_is_said(response)) {
        return; // what was said before still holds until its reset
    }
    const struct quota said = quota_read(response, wall_ms(lane));
    if (!said.is_known) {
        return; // the same
    }
    lane->quota = said;
    lane->said_at_ms = now_ms(lane);
    if (said.remaining == 0) {
        rest(lane, POLL_BY_QUOTA, quota_wait_ms(&said));
    } else {
        gate_look_again(lane);
    }
}

// A 403 is a refusal of another kind unless it says that the quota is used up or when to come back.
static bool is_quota_refusal(const struct http_response *response)
{
    if (response->status != 403) {
        return false;
    }
    const struct quota said = quota_read(response, response->received_at_ms);
    return (said.is_known && said.remaining == 0) || headers_get(&response->headers, "Retry-After");
}

bool gate_asks_for_rest(const struct http_response *response)
{
    return response->error == HTTP_NO_ERROR &&
           (response->status == 429 || response->status == 503 || is_quota_refusal(response));
}

void gate_rest(struct gate_lane *lane, const struct http_response *response)
{
    bool resting = gate_rest_left(lane).wait_ms > 0;
    // Several answers of one moment are one strike.
    unsigned strikes = resting && lane->strikes > 0 ? lane->strikes - 1 : lane->strikes;
    int64_t wait_ms = backoff_rest_ms(response, wall_ms(lane), strikes);
    if (!resting && lane->strikes < UINT32_MAX) {
        lane->strikes++;
    }
    keep_quota(lane, response);
    // Without a Retry-After a quota that says when it is full again knows better than a guess.
    bool guesses = !headers_get(&response->headers, "Retry-After");
    if (!guesses || !gate_quota_of(lane).reset_left_ms || gate_quota_of(lane).remaining > 0) {
        rest(lane, POLL_BY_RETRY_AFTER, wait_ms);
    }
}

void gate_answered(struct gate_lane *lane, const struct http_response *response)
{
    if (gate_rest_left(lane).wait_ms == 0) {
        lane->strikes = 0;
    }
    keep_quota(lane, response);
}

void gate_continue_rest(struct gate_lane *lane, const struct poll_rest *rest_before)
{
    rest(lane, rest_before->pace, rest_before->wait_ms < DAY_MS ? rest_before->wait_ms : DAY_MS);
}
