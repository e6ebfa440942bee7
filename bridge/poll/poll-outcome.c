// From what the worker found to what the store keeps.

#include <errno.h>
#include <string.h>

#include "bridge/base/clock.h"
#include "bridge/base/log.h"
#include "bridge/base/workers.h"
#include "bridge/poll/backoff.h"
#include "bridge/poll/poll-job.h"
#include "bridge/poll/poll-source.h"
#include "bridge/poll/poll-state.h"
#include "bridge/poll/progress.h"
#include "bridge/poll/validators.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/store.h"

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

void poll_digest(struct poll *poll, struct poll_job *take)
{
    poll->answered = true;
    poll->job = take;
    take->poll = poll;
    take->done = on_job_done;
    take->now_ms = clock_wall_ms(poll->owner->clock);
    submit(poll);
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
    bool changed = false;
    (void)progress_succeeded(state, job->now_ms);
    if (job->kind != POLL_JOB_DIGEST) {
        return 0;
    }
    state->body_hash = job->body_hash;
    state->fingerprint = job->outcome.fingerprint;
    state->last_full_at_ms = job->now_ms;
    if (job->outcome.result != DIGEST_UNCHANGED) {
        state->rules = rules->rules_hash;
        state->has_snapshot = true;
    }
    return validators_keep(state, validators_identity(rules), &job->response, &changed);
}

static int apply_outcome(const struct poll *poll, const struct poll_job *job,
                         struct source_state *state)
{
    const struct digest_outcome *outcome = &job->outcome;
    bool told = outcome->events.n > 0;
    if (is_accepted(outcome)) {
        return apply_accepted(poll, job, state);
    }
    if (outcome->result == DIGEST_HELD) {
        progress_held(state, job->now_ms);
        state->held_told |= told;
    } else if (job->kind == POLL_JOB_TROUBLE && !job->failed) {
        (void)progress_throttled(state, job->now_ms);
        state->failing_told |= told;
    } else {
        progress_failed(state, job->now_ms);
        state->failing_told |= told;
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

static void end_with(struct poll *poll, const struct poll_job *job, const struct event_list *events)
{
    struct poll_end end = {
        .result = result_of(job),
        .code = job->outcome.code,
        .detail = job->outcome.detail,
        .events = events,
        .wait_ms = job->wait_ms,
    };
    if (end.result == POLL_FAILED) {
        end.pace = POLL_BY_BACKOFF;
    } else if (end.result == POLL_THROTTLED) {
        end.pace = POLL_BY_RETRY_AFTER;
    }
    poll_finish(poll, &end);
}

static void take_state(struct poll_source *source, struct source_state *take)
{
    source_state_deinit(&source->state);
    source->state = *take;
    *take = (struct source_state){ 0 };
}

// ---- the commit ----

struct commit_ticket {
    struct poll *poll; // NULL: it was dropped meanwhile
};

static void send_commit(struct poll *poll);

static void retry_commit(struct poll *poll, int error)
{
    if (poll->store_tries == 0) {
        log_warn("the store cannot take a change now; it is tried again",
                 LOG_STR("source", poll->source->name), LOG_STR("error", strerror(-error)));
    }
    poll_wait(poll, backoff_store_ms(poll->store_tries++), send_commit);
}

static void end_committed(struct poll *poll, struct poll_commit *commit)
{
    take_state(poll->source, &commit->state);
    poll->source->is_noted = false;
    poll->source->is_seen = false;
    if (commit->deliveries.n > 0) {
        poll->owner->on_deliveries(&commit->deliveries, poll->owner->userdata);
    }
    end_with(poll, poll->job, &commit->events);
}

static void end_in_conflict(struct poll *poll)
{
    log_error("somebody else writes this store; the change was not told by this process",
              LOG_STR("source", poll->source->name));
    progress_failed(&poll->source->state, clock_wall_ms(poll->owner->clock));
    poll_finish(poll, &(struct poll_end){
                          .result = POLL_FAILED,
                          .code = "store_conflict",
                          .detail = "another process committed a poll of this source; run one "
                                    "process per store",
                          .pace = POLL_BY_BACKOFF,
                      });
}

static void on_commit(int result, struct poll_commit *take, void *userdata)
{
    AUTO_FREE struct commit_ticket *ticket = userdata;
    struct poll *poll = ticket->poll;
    if (poll) {
        poll->ticket = NULL;
    }
    if (poll && result < 0) {
        poll->commit = take;
        retry_commit(poll, result);
        return;
    }
    if (poll && result == 0) {
        end_committed(poll, take);
    } else if (poll) {
        end_in_conflict(poll);
    }
    poll_commit_free(take);
}

static void send_commit(struct poll *poll)
{
    struct store *store = poll->owner->store;
    AUTO_FREE struct commit_ticket *ticket = calloc(1, sizeof(*ticket));
    int r = ticket ? 0 : -ENOMEM;
    if (r == 0) {
        ticket->poll = poll;
        r = store->ops->commit_poll(store, poll->commit, on_commit, ticket);
    }
    if (r < 0) {
        retry_commit(poll, r);
        return;
    }
    poll->commit = NULL;
    poll->ticket = STEAL(ticket);
}

void poll_drop_commit(struct poll *poll)
{
    if (poll->ticket) {
        poll->ticket->poll = NULL; // the store answers it later
    }
    poll_commit_free(poll->commit);
}

// The events and deliveries move from the job; what tells the outcome stays there.
static int make_commit(struct poll *poll, struct poll_job *job, struct source_state *take_state)
{
    struct poll_commit *commit = calloc(1, sizeof(*commit));
    char *name = strdup(poll->source->name);
    if (!commit || !name) {
        free(commit);
        free(name);
        return -ENOMEM;
    }
    struct event_list *events = &job->outcome.events;
    commit->source = name;
    commit->expected_version = poll->source->state.version;
    commit->state = *take_state;
    *take_state = (struct source_state){ 0 };
    commit->state.version = commit->expected_version + 1;
    if (events->n > 0) {
        const struct event *last = &events->v[events->n - 1];
        commit->state.sequence = last->sequence;
        (void)memcpy(commit->state.last_event_id, last->id, sizeof(last->id));
    }
    commit->snapshot = job->outcome.snapshot;
    job->outcome.snapshot = (struct snapshot){ 0 };
    commit->events = *events;
    *events = (struct event_list){ 0 };
    commit->deliveries = job->deliveries;
    job->deliveries = (struct delivery_list){ 0 };
    poll->commit = commit;
    return 0;
}

// ---- from the worker ----

static void fail_inside(struct poll *poll, int error)
{
    struct poll_source *source = poll->source;
    progress_failed(&source->state, clock_wall_ms(poll->owner->clock));
    poll_finish(poll, &(struct poll_end){
                          .result = POLL_FAILED,
                          .code = "internal",
                          .detail = strerror(-error),
                          .pace = POLL_BY_BACKOFF,
                      });
}

static bool is_suspicious(const struct poll *poll, const struct poll_job *job)
{
    return job->outcome.result == DIGEST_HELD && !poll->rechecked && !poll->source->state.held_told;
}

// The guard does not believe it: a second look, before anybody is told.
static void look_again(struct poll *poll)
{
    int64_t part_ms = poll->rules->interval_ms / 2;
    poll->job = poll_job_free(poll->job);
    poll->rechecked = true;
    poll->answered = false;
    poll->sent_validators = false;
    poll_wait(poll, part_ms < RECHECK_MS ? part_ms : RECHECK_MS, poll_ask);
}

static void on_job_done(struct poll_job *job)
{
    struct poll *poll = job->poll;
    CLEANUP(source_state_deinit) struct source_state next = { 0 };
    poll->job_is_out = false;
    job->status = poll->status;
    if (job->error == 0 && is_suspicious(poll, job)) {
        look_again(poll);
        return;
    }
    int r = job->error ? job->error : source_state_copy(&next, &poll->source->state);
    r = r ? r : apply_outcome(poll, job, &next);
    if (r < 0) {
        fail_inside(poll, r);
        return;
    }
    bool is_news = job->outcome.events.n > 0 || job->outcome.snapshot.document.data;
    if (!is_news) {
        poll->source->is_noted |=
            job->outcome.result != DIGEST_UNCHANGED || poll->source->state.failing_since_ms != 0;
        poll->source->is_seen = true;
        take_state(poll->source, &next);
        end_with(poll, job, NULL);
        return;
    }
    r = make_commit(poll, job, &next);
    if (r < 0) {
        fail_inside(poll, r);
        return;
    }
    send_commit(poll);
}
