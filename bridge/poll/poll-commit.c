// From an outcome to the durable commit.

#include <errno.h>
#include <string.h>

#include "bridge/base/clock.h"
#include "bridge/base/log.h"
#include "bridge/poll/politeness/backoff.h"
#include "bridge/poll/poll-job.h"
#include "bridge/poll/poll-source.h"
#include "bridge/poll/poll-state.h"
#include "bridge/poll/progress.h"
#include "bridge/spi/store.h"

void poll_take_state(struct poll_source *source, struct source_state *take)
{
    take->paused_at_ms = source->state.paused_at_ms; // it may be younger than the poll
    source_state_deinit(&source->state);
    source->state = *take;
    *take = (struct source_state){ 0 };
}

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
    poll_take_state(poll->source, &commit->state);
    poll->source->is_noted = false;
    poll->source->is_seen = false;
    if (commit->deliveries.n > 0) {
        poll->owner->on_deliveries(&commit->deliveries, poll->owner->userdata);
    }
    poll_end_with_outcome(poll, &commit->events);
}

static void end_in_conflict(struct poll *poll)
{
    log_error("somebody else writes this store; the change was not told by this process",
              LOG_STR("source", poll->source->name));
    progress_failed(&poll->source->state, poll->now.wall_ms);
    poll->source->is_noted = true;
    poll_finish(poll, &(struct poll_end){
                          .result = POLL_FAILED,
                          .code = "store_conflict",
                          .detail = "another process committed a poll of this source; run one "
                                    "process per store",
                          .rest.pace = POLL_BY_BACKOFF,
                      });
}

static void on_commit(int result, struct poll_commit *take, void *userdata)
{
    AUTO_FREE struct commit_ticket *ticket = userdata;
    struct poll *poll = ticket->poll;
    if (poll) {
        poll->ticket = NULL;
        poll_move_on(poll);
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
static int make_commit(struct poll *poll, struct source_state *take_state)
{
    struct poll_job *job = poll->job;
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

void poll_commit(struct poll *poll, struct source_state *take_state)
{
    int r = make_commit(poll, take_state);
    if (r < 0) {
        poll_fail_inside(poll, r);
    } else {
        send_commit(poll);
    }
}
