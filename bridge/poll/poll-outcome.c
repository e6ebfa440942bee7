// What the worker found, and the state after it.

#include "bridge/base/clock.h"
#include "bridge/base/workers.h"
#include "bridge/poll/digest/validators.h"
#include "bridge/poll/poll-job.h"
#include "bridge/poll/poll-source.h"
#include "bridge/poll/poll-state.h"
#include "bridge/poll/progress.h"
#include "bridge/spi/settings.h"

#define WORKERS_BUSY_MS 20
#define RECHECK_MS      ((int64_t)5000) // at most; a part of the interval when that is short

// ---- to the worker ----

static void on_job_done(struct poll_job *job);

static void submit(struct poll *poll)
{
    poll->job_is_out = workers_try_submit(poll->owner->workers, &poll->job->work);
    if (!poll->job_is_out) {
        poll_wait(poll, WORKERS_BUSY_MS, submit);
    }
}

void poll_work(struct poll *poll, struct poll_job *take, void (*done)(struct poll_job *job))
{
    poll->job = take;
    take->poll = poll;
    take->done = done;
    take->now_ms = clock_wall_ms(poll->owner->clock);
    submit(poll);
}

void poll_digest(struct poll *poll, struct poll_job *take)
{
    poll->answered = true;
    gate_leave_host(&poll->gate);
    poll_work(poll, take, on_job_done);
}

// ---- the state after it ----

static bool is_accepted(const struct digest_outcome *outcome)
{
    return outcome->result == DIGEST_UNCHANGED || outcome->result == DIGEST_BASELINE ||
           outcome->result == DIGEST_CHANGED;
}

static int apply_accepted(const struct poll *poll, const struct poll_job *job,
                          struct source_state *state)
{
    const struct source_settings *rules = poll->rules;
    if (job->kind != POLL_JOB_WAKE) {
        (void)progress_succeeded(state, job->now_ms);
    }
    if (job->kind == POLL_JOB_UNCHANGED) {
        return 0;
    }
    state->fingerprint = job->outcome.fingerprint;
    state->noise_due_ms = job->outcome.noise_due_ms;
    state->noise_counts = job->outcome.noise_counts;
    if (job->outcome.result != DIGEST_UNCHANGED) {
        state->rules = rules->rules_hash;
        state->has_snapshot = true;
        progress_changed(state, job->now_ms);
    }
    if (job->kind != POLL_JOB_DIGEST) {
        return 0;
    }
    state->body_hash = job->body_hash;
    state->last_full_at_ms = job->now_ms;
    return validators_keep(state, validators_identity(rules), job->validating);
}

static int apply_outcome(const struct poll *poll, const struct poll_job *job,
                         struct source_state *state)
{
    const struct digest_outcome *outcome = &job->outcome;
    bool failing_told = event_list_has(&outcome->events, EVENT_SOURCE_FAILING);
    state->stale_told |= event_list_has(&outcome->events, EVENT_SOURCE_STALE);
    if (is_accepted(outcome)) {
        return apply_accepted(poll, job, state);
    }
    if (job->kind == POLL_JOB_WAKE) { // the next poll looks at it again
        state->noise_due_ms = 0;
        state->noise_counts = true;
    } else if (outcome->result == DIGEST_HELD) {
        progress_held(state, job->now_ms);
        state->held_told |= event_list_has(&outcome->events, EVENT_SOURCE_HELD);
    } else if (job->kind == POLL_JOB_TROUBLE && !job->failed) {
        (void)progress_throttled(state, job->now_ms);
        state->failing_told |= failing_told;
    } else {
        progress_failed(state, job->now_ms);
        state->failing_told |= failing_told;
    }
    return 0;
}

// ---- the end of it ----

static enum poll_result result_of(const struct poll_job *job)
{
    switch (job->outcome.result) {
    case DIGEST_UNCHANGED: return job->status == 304 ? POLL_NOT_MODIFIED : POLL_UNCHANGED;
    case DIGEST_BASELINE: return POLL_BASELINE;
    case DIGEST_CHANGED: return POLL_CHANGED;
    case DIGEST_HELD: return POLL_HELD;
    case DIGEST_FAILED: break;
    }
    return job->kind == POLL_JOB_TROUBLE && !job->failed ? POLL_THROTTLED : POLL_FAILED;
}

void poll_end_with_outcome(struct poll *poll, const struct event_list *events)
{
    const struct poll_job *job = poll->job;
    struct poll_end end = {
        .result = result_of(job),
        .code = job->outcome.code,
        .detail = job->outcome.detail,
        .events = events,
        .rest = job->rest,
        .suppressed = &poll->job->outcome.suppressed,
    };
    if (end.result == POLL_FAILED) {
        end.rest.pace = POLL_BY_BACKOFF;
    }
    poll_finish(poll, &end);
}

// ---- from the worker ----

static bool is_suspicious(const struct poll *poll, const struct poll_job *job)
{
    return job->outcome.result == DIGEST_HELD && job->kind != POLL_JOB_WAKE && !poll->rechecked &&
           !poll->source->state.held_told;
}

// The guard does not believe it: a second look, before anybody is told.
static void look_again(struct poll *poll)
{
    int64_t part_ms = poll->rules->interval_ms / 2;
    poll->job = poll_job_free(poll->job);
    page_run_restart(&poll->pages);
    poll->rechecked = true;
    poll->answered = false;
    poll->sent_validators = false;
    poll_ask_later(poll, part_ms < RECHECK_MS ? part_ms : RECHECK_MS);
}

static void keep_quietly(struct poll *poll, struct source_state *take_state)
{
    struct poll_source *source = poll->source;
    bool notable =
        poll->job->outcome.result != DIGEST_UNCHANGED || source->state.failing_since_ms != 0;
    source->is_noted |= notable;
    source->is_seen = true;
    poll_take_state(source, take_state);
    poll_end_with_outcome(poll, NULL);
}

static void show_document(const struct poll *poll, const struct poll_job *job)
{
    const struct observer *observer = poll->owner->observer;
    if (job->shows && job->outcome.shown.data) {
        observer->on_document(observer->userdata, poll->source->name, &job->outcome.shown);
    }
}

static void on_job_done(struct poll_job *job)
{
    struct poll *poll = job->poll;
    CLEANUP(source_state_deinit) struct source_state next = { 0 };
    poll->job_is_out = false;
    poll_move_on(poll);
    job->status = poll->status;
    show_document(poll, job);
    if (job->error == 0 && is_suspicious(poll, job)) {
        look_again(poll);
        return;
    }
    int r = job->error ? job->error : source_state_copy(&next, &poll->source->state);
    r = r ? r : apply_outcome(poll, job, &next);
    if (r < 0) {
        poll_fail_inside(poll, r);
    } else if (job->outcome.events.n > 0 || job->outcome.snapshot.document.data) {
        poll_commit(poll, &next);
    } else {
        keep_quietly(poll, &next);
    }
}
