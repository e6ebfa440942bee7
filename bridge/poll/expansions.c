#include "bridge/poll/expansions.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "bridge/base/log.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/base/workers.h"
#include "bridge/model/instance.h"
#include "bridge/model/snapshot.h"
#include "bridge/poll/poll-source.h"
#include "bridge/poll/source-list.h"
#include "bridge/spi/instances.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/store.h"
#include "bridge/spi/worker.h"

#define RETRY_MS 1000 // the workers are busy, or the store is in trouble

struct expansion {
    struct expansions *all;
    const struct source_settings *source; // of all->settings
    struct expansion_job *job;            // with the workers
    bool wanted;
    bool known;
};

struct expansion_job {
    struct work work;            // first
    struct expansion *expansion; // NULL: nobody waits for it any more
    struct settings *settings;   // a reference
    const struct source_settings *source;
    struct instance_list from; // whose items are read

    int error; // negative errno, INSTANCES_E_TOO_MANY
    struct instance_list instances;
    size_t unfit;        // items that make none
    struct problem *why; // the first of them, or TOO_MANY
};

static struct expansion_job *job_free(struct expansion_job *job)
{
    if (job) {
        instance_list_deinit(&job->from);
        instance_list_deinit(&job->instances);
        (void)problem_free(job->why);
        (void)settings_unref(job->settings);
        free(job);
    }
    return NULL;
}

// ---- on a worker ----

static int add_snapshot(struct expansion_job *job, struct instance_maker *maker,
                        struct worker *worker, const char *name)
{
    CLEANUP(snapshot_deinit) struct snapshot snapshot = { 0 };
    int r = worker->store->ops->reader_snapshot(worker->reader, name, &snapshot);
    if (r < 0 || !snapshot.document.data) {
        return r;
    }
    return instance_maker_add_document(maker, &snapshot.document, &job->unfit, &job->why);
}

static void run(struct work *work, void *worker_ctx)
{
    struct expansion_job *job = (struct expansion_job *)work;
    CLEANUP(instance_maker_deinit) struct instance_maker maker = { 0 };
    int r = worker_ctx ? instance_maker_init(&maker, job->source, &job->why) : -EIO;
    for (size_t i = 0; r == 0 && i < job->from.n; i++) {
        r = add_snapshot(job, &maker, worker_ctx, job->from.v[i]->name);
    }
    job->error = r ? r : instance_maker_finish(&maker, &job->instances, NULL, NULL);
}

// ---- on the loop ----

static void start(struct expansion *expansion);

static void wake_after(struct expansions *expansions, int64_t wait_ms)
{
    const struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };
    if (evtimer_add(expansions->timer, &wait) != 0) {
        log_error("no memory for a timer; instances may come late");
    }
}

static void tell_unfit(const struct expansion_job *job)
{
    if (job->unfit > 0) {
        log_warn("items of another source make no instance and are left out",
                 LOG_STR("source", job->source->name),
                 LOG_STR("from", job->source->for_each.source), LOG_INT("items", job->unfit),
                 LOG_STR("detail", job->why->message));
    }
}

static void settle(struct expansions *expansions)
{
    if (--expansions->pending == 0) {
        expansions->on_idle(expansions->userdata);
    }
}

static void take(struct expansion *expansion, struct expansion_job *job)
{
    struct expansions *all = expansion->all;
    if (job->error < 0) {
        log_warn("the instances of a source cannot be made now; it is tried again",
                 LOG_STR("source", job->source->name), LOG_STR("error", strerror(-job->error)));
        expansion->wanted = true;
        wake_after(all, RETRY_MS);
        return;
    }
    expansion->known = true;
    if (job->error > 0) {
        log_error("the instances of a source stay as they were",
                  LOG_STR("source", job->source->name), LOG_STR("detail", job->why->message));
        expansions_tell(all, job->source->name); // those that follow it wait for its being known
    } else {
        tell_unfit(job);
        all->on_instances(job->source, &job->instances, all->userdata);
    }
    if (expansion->wanted) {
        start(expansion);
    } else {
        settle(all);
    }
}

static void done(struct work *work)
{
    struct expansion_job *job = (struct expansion_job *)work;
    if (job->expansion) {
        job->expansion->job = NULL;
        take(job->expansion, job);
    }
    (void)job_free(job);
}

static int gather(struct expansion_job *job, const struct source_list *sources)
{
    size_t from;
    size_t to = source_list_range(sources, job->source->for_each.source, &from);
    job->from.v = calloc(to - from + 1, sizeof(struct instance *));
    for (; job->from.v && from < to; from++) {
        const struct poll_source *one = sources->by_name[from];
        if (one->settings && one->state.has_snapshot) {
            job->from.v[job->from.n++] = instance_ref(one->instance);
        }
    }
    return job->from.v ? 0 : -ENOMEM;
}

static int submit(struct expansion *expansion)
{
    struct expansions *all = expansion->all;
    struct expansion_job *job = calloc(1, sizeof(*job));
    if (!job) {
        return -ENOMEM;
    }
    job->work = (struct work){ .run = run, .done = done };
    job->expansion = expansion;
    job->settings = settings_ref(all->settings);
    job->source = expansion->source;
    int r = gather(job, all->sources);
    if (r == 0 && !workers_try_submit(all->workers, &job->work)) {
        r = -EAGAIN;
    }
    if (r) {
        (void)job_free(job);
        return r;
    }
    expansion->job = job;
    return 0;
}

static void start(struct expansion *expansion)
{
    expansion->wanted = submit(expansion) != 0;
    if (expansion->wanted) {
        wake_after(expansion->all, RETRY_MS);
    }
}

static void on_timer(evutil_socket_t fd, short what, void *userdata)
{
    struct expansions *expansions = userdata;
    (void)fd;
    (void)what;
    for (size_t i = 0; i < expansions->n; i++) {
        if (expansions->v[i].wanted && !expansions->v[i].job) {
            start(&expansions->v[i]);
        }
    }
}

static void want(struct expansion *expansion)
{
    if (expansion->job || expansion->wanted) {
        expansion->wanted = true; // again, when the one under way is done
        return;
    }
    expansion->all->pending++;
    start(expansion);
}

int expansions_init(struct expansions *expansions, struct event_base *base)
{
    expansions->timer = evtimer_new(base, on_timer, expansions);
    return expansions->timer ? 0 : -ENOMEM;
}

static void forget(struct expansions *expansions)
{
    for (size_t i = 0; i < expansions->n; i++) {
        if (expansions->v[i].job) {
            expansions->v[i].job->expansion = NULL; // its end frees it
        }
    }
    free(STEAL(expansions->v));
    expansions->n = 0;
    expansions->pending = 0;
}

void expansions_deinit(struct expansions *expansions)
{
    forget(expansions);
    (void)settings_unref(STEAL(expansions->settings));
    if (expansions->timer) {
        event_free(STEAL(expansions->timer));
    }
}

static const struct expansion *find(const struct expansions *expansions, const char *source)
{
    for (size_t i = 0; i < expansions->n; i++) {
        if (str_eq(expansions->v[i].source->name, source)) {
            return &expansions->v[i];
        }
    }
    return NULL;
}

bool expansions_know(const struct expansions *expansions, const char *source)
{
    const struct expansion *expansion = find(expansions, source);
    return !expansion || expansion->known;
}

int expansions_apply(struct expansions *expansions, struct settings *settings)
{
    struct settings *before = expansions->settings;
    size_t n = 0;
    for (size_t i = 0; i < settings->source_count; i++) {
        n += settings->sources[i].for_each.source != NULL;
    }
    struct expansion *v = calloc(n + 1, sizeof(*v));
    if (!v) {
        return -ENOMEM;
    }
    forget(expansions);
    expansions->settings = settings_ref(settings);
    (void)settings_unref(before);
    expansions->v = v;
    for (size_t i = 0; i < settings->source_count; i++) {
        if (settings->sources[i].for_each.source) {
            v[expansions->n++] =
                (struct expansion){ .all = expansions, .source = &settings->sources[i] };
        }
    }
    for (size_t i = 0; i < expansions->n; i++) {
        // One that follows another that is not known yet is told when that is.
        if (expansions_know(expansions, v[i].source->for_each.source)) {
            want(&v[i]);
        }
    }
    return 0;
}

void expansions_tell(struct expansions *expansions, const char *source)
{
    for (size_t i = 0; i < expansions->n; i++) {
        if (str_eq(expansions->v[i].source->for_each.source, source)) {
            want(&expansions->v[i]);
        }
    }
}
