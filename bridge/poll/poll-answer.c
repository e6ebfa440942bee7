// What an answer means, as far as the loop can tell without reading it.

#include <errno.h>
#include <event2/util.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/http-date.h"
#include "bridge/base/str.h"
#include "bridge/poll/digest/validators.h"
#include "bridge/poll/politeness/backoff.h"
#include "bridge/poll/politeness/freshness.h"
#include "bridge/poll/poll-job.h"
#include "bridge/poll/poll-source.h"
#include "bridge/poll/poll-state.h"
#include "bridge/poll/progress.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/source.h"

#define DETAIL_SIZE 256

static int64_t wall_ms(const struct poll *poll)
{
    return poll->now.wall_ms;
}

static bool is_stale(const struct poll *poll)
{
    return progress_tells_stale(&poll->source->state, poll->rules->expect_change_ms, wall_ms(poll));
}

// ---- trouble ----

static void end_in_trouble(struct poll *poll, const struct poll_trouble *trouble)
{
    struct poll_source *source = poll->source;
    if (trouble->failed) {
        progress_failed(&source->state, wall_ms(poll));
        source->is_noted = true;
    } else {
        source->is_noted |= progress_throttled(&source->state, wall_ms(poll));
    }
    poll_finish(poll, &(struct poll_end){
                          .result = trouble->failed ? POLL_FAILED : POLL_THROTTLED,
                          .code = trouble->code,
                          .detail = trouble->detail,
                          .rest = trouble->rest,
                      });
}

// The world is to be told: events are made where deliveries are encoded, on a worker.
static int tell_trouble(struct poll *poll, const struct poll_trouble *trouble)
{
    CLEANUP(poll_job_freep) struct poll_job *job = NULL;
    int r = poll_job_new(&job, poll->settings, poll->rules, poll->source->instance,
                         &poll->source->state);
    if (r < 0) {
        return r;
    }
    job->kind = POLL_JOB_TROUBLE;
    job->failed = trouble->failed;
    job->rest = trouble->rest;
    job->code = strdup(trouble->code);
    job->detail = strdup(trouble->detail ? trouble->detail : trouble->code);
    if (!job->code || !job->detail) {
        return -ENOMEM;
    }
    poll_digest(poll, STEAL(job));
    return 0;
}

static void meet_trouble(struct poll *poll, const struct poll_trouble *trouble)
{
    poll->source->is_noted |= progress_rests(&poll->source->state, &trouble->rest, wall_ms(poll));
    bool tells = progress_tells_failing(&poll->source->state, trouble->failed, wall_ms(poll)) ||
                 is_stale(poll);
    if (!tells || tell_trouble(poll, trouble) != 0) {
        end_in_trouble(poll, trouble);
    }
}

void poll_meet_trouble(struct poll *poll, const struct poll_trouble *trouble)
{
    size_t page = poll->pages.list.n + 1;
    poll_move_on(poll); // not every trouble is an answer
    if (page == 1) {
        meet_trouble(poll, trouble);
        return;
    }
    AUTO_FREE char *detail = str_printf("page %zu: %s", page, trouble->detail);
    struct poll_trouble named = *trouble;
    named.detail = detail ? detail : trouble->detail;
    meet_trouble(poll, &named);
}

static void fail(struct poll *poll, const char *code, const char *detail)
{
    poll_meet_trouble(
        poll, &(struct poll_trouble){
                  .code = code, .detail = detail, .failed = true, .rest.pace = POLL_BY_BACKOFF });
}

static void meet_throttle(struct poll *poll, const struct http_response *response)
{
    char detail[DETAIL_SIZE];
    gate_rest(poll->lane, response);
    const struct poll_rest rest = gate_rest_left(poll->lane);
    if (poll_sits_out(poll, rest.wait_ms)) {
        return;
    }
    (void)snprintf(detail, sizeof(detail), "the API answered %d: host and credential rest",
                   response->status);
    poll_meet_trouble(
        poll, &(struct poll_trouble){ .code = "throttled", .detail = detail, .rest = rest });
}

static void fail_by_error(struct poll *poll, const struct http_response *response)
{
    const char *code = http_error_code(response->error);
    fail(poll, code, response->error_text ? response->error_text : code);
}

static void fail_by_status(struct poll *poll, const struct http_response *response)
{
    char detail[DETAIL_SIZE];
    const char *hint = "";
    if (response->status == 401 || response->status == 403) {
        hint = "; check the credentials (auth)";
    } else if (response->status / 100 == 3) {
        hint = "; check the URL and `redirects`";
    }
    (void)snprintf(detail, sizeof(detail), "the API answered with status %d%s", response->status,
                   hint);
    fail(poll, "http_status", detail);
}

// ---- asking again ----

static bool retries_quickly(struct poll *poll, const struct http_response *response)
{
    uint64_t chance = 0;
    if (!backoff_is_passing(response) || poll->retries >= BACKOFF_QUICK_RETRIES) {
        return false;
    }
    evutil_secure_rng_get_bytes(&chance, sizeof(chance));
    poll_ask_later(poll, backoff_quick_ms(poll->retries++, chance));
    return true;
}

static bool renews_token(struct poll *poll, const struct http_response *response)
{
    if (!poll->session || response->error != HTTP_NO_ERROR ||
        !auth_session_is_refusal(poll->session, response->status)) {
        return false;
    }
    if (poll->renewed_token || !auth_session_refused(poll->session, poll->token_serial)) {
        return false;
    }
    poll->renewed_token = true;
    gate_leave(&poll->gate); // its request may need the place
    poll_ask(poll);
    return true;
}

// ---- good answers ----

// A 304 that says nothing about it renews what was said before (RFC 9111 section 4.3.4).
static int64_t fresh_for_ms(const struct poll *poll, const struct http_response *response)
{
    struct poll_source *source = poll->source;
    bool says = headers_get(&response->headers, "Cache-Control") ||
                headers_get(&response->headers, "Expires");
    bool is_get = !poll->request.method || str_eq(poll->request.method, "GET");
    if (says || response->status != 304) {
        source->fresh_ms = freshness_left_ms(response, wall_ms(poll));
    }
    return poll->rules->honor_cache && is_get ? source->fresh_ms : 0;
}

// How long this answer will do, as the API says.
static struct poll_rest wish_of(const struct poll *poll, const struct http_response *response)
{
    const struct source_settings *rules = poll->rules;
    const char *interval = headers_get(&response->headers, "X-Poll-Interval");
    int64_t fresh_ms = fresh_for_ms(poll, response);
    int64_t asked_ms = 0;
    if (interval && !http_seconds_parse(interval, &asked_ms)) {
        asked_ms = 0;
    }
    struct poll_rest wish = {
        .pace = fresh_ms > asked_ms ? POLL_BY_CACHE : POLL_BY_POLL_INTERVAL,
        .wait_ms = fresh_ms > asked_ms ? fresh_ms : asked_ms,
    };
    if (wish.wait_ms > rules->max_interval_ms) {
        wish.wait_ms = rules->max_interval_ms;
    }
    return wish;
}

static void keep_wishes(struct poll *poll, const struct http_response *response)
{
    const struct poll_rest wish = wish_of(poll, response);
    // Of several pages the one that lasts the shortest counts.
    if (poll->pages.list.n == 0 || wish.wait_ms < poll->rest.wait_ms) {
        poll->rest = wish;
    }
    const struct poll_rest rest = poll_rest_after(poll);
    poll->source->is_noted |= progress_rests(&poll->source->state, &rest, wall_ms(poll));
}

// Nothing new to compare, but changes wait, or the sinks were told that the source fails, or wait
// for a change too long.
void poll_run_without_answer(struct poll *poll, enum poll_job_kind kind)
{
    struct poll_job *job = NULL;
    int r = poll_job_new(&job, poll->settings, poll->rules, poll->source->instance,
                         &poll->source->state);
    if (r != 0) {
        poll_fail_inside(poll, r);
        return;
    }
    job->kind = kind;
    poll_digest(poll, job);
}

static void end_unchanged(struct poll *poll, enum poll_result result)
{
    struct poll_source *source = poll->source;
    const struct source_state *state = &source->state;
    bool is_due = state->noise_due_ms != 0 && state->noise_due_ms <= wall_ms(poll);
    if (state->noise_counts || is_due) {
        poll_run_without_answer(poll, POLL_JOB_REPEAT);
        return;
    }
    if (state->failing_told || is_stale(poll)) {
        poll_run_without_answer(poll, POLL_JOB_UNCHANGED);
        return;
    }
    source->is_noted |= progress_succeeded(&source->state, wall_ms(poll));
    source->is_seen = true;
    poll_finish(poll, &(struct poll_end){ .result = result });
}

static bool shows_document(const struct poll *poll)
{
    return poll->owner->observer && poll->owner->observer->on_document;
}

static bool has_same_body(const struct poll *poll, struct hash128 body)
{
    const struct source_state *state = &poll->source->state;
    return state->has_snapshot && hash128_eq(state->body_hash, body) &&
           hash128_eq(state->rules, poll->rules->rules_hash) &&
           hash128_eq(state->request, validators_identity(poll->rules));
}

static void take_same_body(struct poll *poll, const struct http_response *response)
{
    struct source_state *state = &poll->source->state;
    int r = validators_keep(state, validators_identity(poll->rules), response);
    if (r != 0) {
        poll_fail_inside(poll, r);
        return;
    }
    state->last_full_at_ms = wall_ms(poll);
    end_unchanged(poll, POLL_UNCHANGED);
}

static void take_new_body(struct poll *poll, struct http_response *response, struct hash128 body)
{
    struct poll_job *job = NULL;
    int r = poll_job_new(&job, poll->settings, poll->rules, poll->source->instance,
                         &poll->source->state);
    if (r != 0) {
        poll_fail_inside(poll, r);
        return;
    }
    job->kind = POLL_JOB_DIGEST;
    job->body_hash = body;
    job->believes = poll->source->is_accepting;
    job->primes = poll->source->is_priming;
    job->may_tell_held = poll->rechecked;
    job->shows = shows_document(poll);
    if (response) {
        job->response = *response;
        *response = (struct http_response){ 0 };
        job->validating = &job->response;
    } else {
        job->validating = page_run_validating(&poll->pages);
        job->pages = poll->pages.list;
        poll->pages.list = (struct page_list){ 0 };
    }
    poll_digest(poll, job);
}

void poll_take_answer(struct poll *poll, struct http_response *response)
{
    struct hash128 body = response ? hash128_of(response->body.data, response->body.len)
                                   : page_list_hash(&poll->pages.list);
    bool whole = poll->source->is_priming || shows_document(poll);
    if (!whole && has_same_body(poll, body)) {
        take_same_body(poll, response ? response : page_run_validating(&poll->pages));
    } else {
        take_new_body(poll, response, body);
    }
}

void poll_judge(struct poll *poll, struct http_response *response)
{
    const struct observer *observer = poll->owner->observer;
    const struct source_driver *driver = poll->rules->driver;
    poll->status = response->status;
    poll_move_on(poll);
    if (observer && observer->on_response) {
        observer->on_response(observer->userdata, poll->source->name, response);
    }
    if (gate_asks_for_rest(response)) {
        meet_throttle(poll, response);
        return;
    }
    if (retries_quickly(poll, response) || renews_token(poll, response)) {
        return;
    }
    if (poll->renewed_token && response->error == HTTP_NO_ERROR) {
        auth_session_tell(poll->session, !auth_session_is_refusal(poll->session, response->status));
    }
    poll->answered = true;
    if (response->error != HTTP_NO_ERROR) {
        fail_by_error(poll, response);
        return;
    }
    gate_answered(poll->lane, response);
    keep_wishes(poll, response);
    if (response->status == 304 && poll->sent_validators) {
        end_unchanged(poll, POLL_NOT_MODIFIED);
    } else if (!driver->accepts(poll->rules->driver_settings, response->status)) {
        fail_by_status(poll, response);
    } else if (poll->pages.is_paged) {
        poll_take_page(poll, response);
    } else {
        poll_take_answer(poll, response);
    }
}
