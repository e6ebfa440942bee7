#include "bridge/poll/poll-job.h"

#include <errno.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/model/instance.h"
#include "bridge/poll/digest/deliveries.h"
#include "bridge/poll/digest/event-maker.h"
#include "bridge/poll/digest/source-events.h"
#include "bridge/poll/poll-worker.h"
#include "bridge/poll/progress.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/store.h"

int poll_job_new(struct poll_job **ret, struct settings *settings,
                 const struct source_settings *source, struct instance *instance,
                 const struct source_state *state)
{
    CLEANUP(poll_job_freep) struct poll_job *job = calloc(1, sizeof(*job));
    if (!job) {
        return -ENOMEM;
    }
    job->work = (struct work){ .run = poll_job_run, .done = poll_job_done };
    job->settings = settings_ref(settings);
    job->source = source;
    job->instance = instance_ref(instance);
    int r = source_state_copy(&job->state, state);
    if (r == 0) {
        *ret = STEAL(job);
    }
    return r;
}

struct poll_job *poll_job_free(struct poll_job *job)
{
    if (job) {
        source_state_deinit(&job->state);
        http_response_deinit(&job->response);
        page_list_deinit(&job->pages);
        page_step_deinit(&job->page);
        free(job->code);
        free(job->detail);
        digest_outcome_deinit(&job->outcome);
        delivery_list_deinit(&job->deliveries);
        (void)instance_unref(job->instance);
        (void)settings_unref(job->settings);
        free(job);
    }
    return NULL;
}

struct base_place {
    struct worker *worker;
    const char *source;
};

static int load_base(void *userdata, struct snapshot *ret)
{
    const struct base_place *place = userdata;
    return place->worker->store->ops->reader_snapshot(place->worker->reader, place->source, ret);
}

static int run_digest(struct poll_job *job, struct worker *worker)
{
    struct base_place place = { .worker = worker, .source = job->instance->name };
    const struct digest_input input = {
        .source = job->source,
        .instance = job->instance->members,
        .state = &job->state,
        .response = job->kind != POLL_JOB_DIGEST ? NULL
                    : job->pages.n > 0           ? job->pages.v
                                                 : &job->response,
        .only_time = job->kind == POLL_JOB_WAKE,
        .page_count = job->pages.n,
        .context = worker->expressions,
        .now_ms = job->now_ms,
        .believes = job->believes,
        .shows = job->shows,
        .primes = job->primes,
        .load_base = load_base,
        .userdata = &place,
    };
    return digest(&input, &job->outcome);
}

static int run_page(struct poll_job *job, struct worker *worker)
{
    CLEANUP(problem_freep) struct problem *why = NULL;
    int r = page_step_run(&job->page, job->source, &job->response, worker->expressions, &why);
    if (r <= 0) {
        return r;
    }
    job->outcome.result = DIGEST_FAILED;
    job->outcome.code = STEAL(why->code);
    job->outcome.detail = STEAL(why->message);
    return 0;
}

// What the digest found out, or what was known before.
static int find_outcome(struct poll_job *job, struct worker *worker)
{
    switch (job->kind) {
    case POLL_JOB_DIGEST:
    case POLL_JOB_REPEAT:
    case POLL_JOB_WAKE: return run_digest(job, worker);
    case POLL_JOB_PAGE: return run_page(job, worker);
    case POLL_JOB_UNCHANGED: job->outcome.result = DIGEST_UNCHANGED; return 0;
    case POLL_JOB_TROUBLE: break;
    }
    job->outcome.result = DIGEST_FAILED;
    job->outcome.code = STEAL(job->code);
    job->outcome.detail = STEAL(job->detail);
    return 0;
}

static int add_event(const struct poll_job *job, struct event_maker *maker)
{
    const struct source_state *state = &job->state;
    bool failed = job->kind != POLL_JOB_TROUBLE || job->failed;
    const struct source_trouble trouble = {
        .code = job->outcome.code,
        .detail = job->outcome.detail,
        .failures = state->failures + (failed ? 1 : 0),
        .since_ms = state->failing_since_ms ? state->failing_since_ms : job->now_ms,
    };
    if (job->kind == POLL_JOB_WAKE) {
        return 0; // the source was not asked
    }
    switch (job->outcome.result) {
    case DIGEST_UNCHANGED:
        return job->kind == POLL_JOB_UNCHANGED && state->failing_told
                   ? source_event_recovered(maker, state)
                   : 0;
    case DIGEST_FAILED:
        return progress_tells_failing(state, failed, job->now_ms)
                   ? source_event_failing(maker, &trouble)
                   : 0;
    case DIGEST_HELD:
        return job->may_tell_held && !state->held_told ? source_event_held(maker, &trouble) : 0;
    case DIGEST_BASELINE:
    case DIGEST_CHANGED: break;
    }
    return 0;
}

// However the poll ended: silence is silence.
static int add_staleness(const struct poll_job *job, struct event_maker *maker)
{
    int64_t expected_ms = job->source->expect_change_ms;
    bool changed = job->outcome.result == DIGEST_CHANGED || job->outcome.result == DIGEST_BASELINE;
    return !changed && progress_tells_stale(&job->state, expected_ms, job->now_ms)
               ? source_event_stale(maker, &job->state, expected_ms)
               : 0;
}

// The events about the source itself join those of the digest.
static int tell_about_source(struct poll_job *job)
{
    CLEANUP(event_maker_deinit) struct event_maker maker;
    event_maker_init(&maker, job->source->name, job->instance->members, &job->state, job->now_ms);
    event_maker_resume(&maker, &job->outcome.events);
    int r = add_event(job, &maker);
    r = r ? r : add_staleness(job, &maker);
    job->outcome.events = event_maker_take(&maker);
    return r;
}

void poll_job_run(struct work *work, void *worker_ctx)
{
    struct poll_job *job = (struct poll_job *)work;
    struct worker *worker = worker_ctx;
    if (!worker) {
        job->error = -EIO; // the context could not be made: no memory, or no way into the store
        return;
    }
    int r = find_outcome(job, worker);
    if (r != 0 || job->kind == POLL_JOB_PAGE) {
        job->error = r;
        return;
    }
    r = tell_about_source(job);
    if (r == 0) {
        r = deliveries_make(job->settings, worker->expressions, &job->outcome.events,
                            &job->deliveries);
    }
    job->error = r;
}

void poll_job_done(struct work *work)
{
    struct poll_job *job = (struct poll_job *)work;
    if (job->poll) {
        job->done(job);
    } else {
        (void)poll_job_free(job);
    }
}
