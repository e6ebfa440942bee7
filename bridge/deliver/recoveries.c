#include "bridge/deliver/recoveries.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/clock.h"
#include "bridge/base/log.h"
#include "bridge/base/workers.h"
#include "bridge/spi/recovery.h"
#include "bridge/spi/settings.h"

#define FULL_WAIT_MS    100 // the workers' queue or the store's mailbox is full
#define TROUBLE_WAIT_MS 1000

struct job {
    struct job *next;
    struct recovery recovery;
    recoveries_count_fn count_done; // NULL: it is no dry run
    void *userdata;
};

// One page on its way through a worker and the store. Outlives its owner when it has to.
struct step {
    struct work work;          // first
    struct recoveries *owner;  // NULL: gone
    struct settings *settings; // a reference
    const struct sink_settings *sink;
    struct recovery recovery;
    struct recovery_page page;
    int (*look)(void *worker_ctx, const struct sink_settings *sink, const struct recovery *recovery,
                struct recovery_page *ret);
    int result;
};

struct beginning {            // with the store
    struct recoveries *owner; // NULL: gone
    struct job *job;
    store_done_fn done;
    void *userdata;
};

struct recoveries {
    struct recoveries_parts parts;
    struct settings *settings; // a reference
    struct event *timer;
    struct job *first, *last; // the first is the one whose step is under way
    size_t n;                 // jobs, and those that are being stored
    struct step *step;
    struct beginning *beginnings[RECOVERIES_MAX];
};

static void arm(struct recoveries *recoveries, int64_t wait_ms)
{
    struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };
    if (evtimer_add(recoveries->timer, &wait) < 0) {
        event_active(recoveries->timer, EV_TIMEOUT, 0); // never wait for a timer that is not set
    }
}

static void job_free(struct job *job)
{
    recovery_deinit(&job->recovery);
    free(job);
}

static void append(struct recoveries *recoveries, struct job *job)
{
    job->next = NULL;
    *(recoveries->last ? &recoveries->last->next : &recoveries->first) = job;
    recoveries->last = job;
}

static struct job *take_first(struct recoveries *recoveries)
{
    struct job *job = recoveries->first;
    recoveries->first = job->next;
    recoveries->last = recoveries->first ? recoveries->last : NULL;
    return job;
}

static void step_free(struct step *step)
{
    (void)settings_unref(step->settings);
    recovery_deinit(&step->recovery);
    recovery_page_deinit(&step->page);
    free(step);
}

static void finish(struct recoveries *recoveries, struct job *job)
{
    recoveries->n--;
    if (job->count_done) {
        job->count_done(0, job->recovery.added, job->userdata);
    } else {
        log_info("recovery finished", LOG_STR("recovery", job->recovery.id),
                 LOG_STR("sink", job->recovery.sink), LOG_INT("deliveries", job->recovery.added));
    }
    job_free(job);
}

// The first job came so far; the next one has its turn.
static void advance(struct recoveries *recoveries, const struct event_place *place, int64_t added,
                    bool is_last)
{
    struct job *job = take_first(recoveries);
    job->recovery.after = *place;
    job->recovery.added += added;
    if (is_last) {
        finish(recoveries, job);
    } else {
        append(recoveries, job);
    }
    arm(recoveries, 0);
}

static void again_later(struct recoveries *recoveries, int error)
{
    bool is_full = error == -EAGAIN;
    if (!is_full) {
        log_warn("a recovery cannot go on; trying again in a second",
                 LOG_STR("recovery", recoveries->first->recovery.id),
                 LOG_STR("error", strerror(-error)));
    }
    arm(recoveries, is_full ? FULL_WAIT_MS : TROUBLE_WAIT_MS);
}

struct storing { // the step that is with the store
    struct step *step;
    struct event_place last;
    bool is_last;
};

static void on_stored(int result, const struct recovery_outcome *outcome, void *userdata)
{
    struct storing *storing = userdata;
    struct step *step = storing->step;
    struct recoveries *recoveries = step->owner;
    if (recoveries) {
        recoveries->step = NULL;
        if (result == 0) {
            recoveries->parts.on_added(step->recovery.sink, outcome, recoveries->parts.userdata);
            advance(recoveries, &storing->last, outcome->added + outcome->held, storing->is_last);
        } else if (result == STORE_E_CONFLICT) { // somebody else's, or finished
            log_error("a recovery does not stand where it should; it is left as it is",
                      LOG_STR("recovery", step->recovery.id));
            advance(recoveries, &storing->last, 0, true);
        } else {
            again_later(recoveries, result);
        }
    }
    step_free(step);
    free(storing);
}

static int store_step(struct recoveries *recoveries, struct step *step)
{
    struct storing *storing = malloc(sizeof(*storing));
    if (!storing) {
        return -ENOMEM;
    }
    *storing = (struct storing){ step, step->page.last, step->page.is_last };
    step->page.at_ms = clock_wall_ms(recoveries->parts.clock);
    struct store *store = recoveries->parts.store;
    int r = store->ops->recovery_step(store, &step->recovery, &step->page, on_stored, storing);
    if (r != 0) {
        free(storing);
    }
    return r;
}

static void looked(struct recoveries *recoveries, struct step *step)
{
    int r = step->result;
    if (r == 0 && recoveries->first->count_done) {
        recoveries->step = NULL;
        advance(recoveries, &step->page.last, (int64_t)step->page.n, step->page.is_last);
        step_free(step);
        return;
    }
    r = r ? r : store_step(recoveries, step);
    if (r != 0) {
        recoveries->step = NULL;
        again_later(recoveries, r);
        step_free(step);
    }
}

static void on_looked(struct work *work)
{
    struct step *step = (struct step *)work;
    if (step->owner) {
        looked(step->owner, step);
    } else {
        step_free(step);
    }
}

static void run_look(struct work *work, void *worker_ctx)
{
    struct step *step = (struct step *)work;
    step->result = step->look(worker_ctx, step->sink, &step->recovery, &step->page);
}

// A page of nothing that ends it: its sink is gone.
static int end_without_sink(struct recoveries *recoveries, struct step *step)
{
    log_warn("a recovery ends: its sink is gone", LOG_STR("recovery", step->recovery.id),
             LOG_STR("sink", step->recovery.sink));
    step->page.last = step->recovery.after;
    step->page.is_last = true;
    recoveries->step = step;
    looked(recoveries, step);
    return 0;
}

static int begin_step(struct recoveries *recoveries, struct step *step)
{
    step->work = (struct work){ .run = run_look, .done = on_looked };
    step->owner = recoveries;
    step->settings = settings_ref(recoveries->settings);
    step->look = recoveries->parts.look;
    int r = recovery_copy(&step->recovery, &recoveries->first->recovery);
    if (r < 0) {
        return r;
    }
    step->sink = settings_find_sink(step->settings, step->recovery.sink);
    if (!step->sink) {
        return end_without_sink(recoveries, step);
    }
    if (!workers_try_submit(recoveries->parts.workers, &step->work)) {
        return -EAGAIN;
    }
    recoveries->step = step;
    return 0;
}

static void on_timer(evutil_socket_t fd, short what, void *userdata)
{
    (void)fd;
    (void)what;
    struct recoveries *recoveries = userdata;
    if (recoveries->step || !recoveries->first || !recoveries->settings) {
        return;
    }
    struct step *step = calloc(1, sizeof(*step));
    int r = step ? begin_step(recoveries, step) : -ENOMEM;
    if (r < 0) {
        if (step) {
            step_free(step);
        }
        again_later(recoveries, r);
    }
}

int recoveries_new(struct recoveries **ret, const struct recoveries_parts *parts)
{
    CLEANUP(recoveries_freep) struct recoveries *recoveries = calloc(1, sizeof(*recoveries));
    if (!recoveries) {
        return -ENOMEM;
    }
    recoveries->parts = *parts;
    recoveries->timer = evtimer_new(parts->base, on_timer, recoveries);
    if (!recoveries->timer) {
        return -ENOMEM;
    }
    *ret = STEAL(recoveries);
    return 0;
}

struct recoveries *recoveries_free(struct recoveries *recoveries)
{
    if (!recoveries) {
        return NULL;
    }
    if (recoveries->step) {
        recoveries->step->owner = NULL;
    }
    for (size_t i = 0; i < RECOVERIES_MAX; i++) {
        if (recoveries->beginnings[i]) {
            recoveries->beginnings[i]->owner = NULL;
        }
    }
    while (recoveries->first) {
        struct job *job = take_first(recoveries);
        if (job->count_done) {
            job->count_done(-ECANCELED, 0, job->userdata);
        }
        job_free(job);
    }
    if (recoveries->timer) {
        event_free(recoveries->timer);
    }
    (void)settings_unref(recoveries->settings);
    free(recoveries);
    return NULL;
}

void recoveries_apply(struct recoveries *recoveries, struct settings *settings)
{
    struct settings *old = recoveries->settings;
    recoveries->settings = settings_ref(settings);
    (void)settings_unref(old);
    arm(recoveries, 0);
}

static int make_job(struct recoveries *recoveries, const struct recovery *recovery,
                    struct job **ret)
{
    if (recoveries->n == RECOVERIES_MAX) {
        return -EBUSY;
    }
    struct job *job = calloc(1, sizeof(*job));
    int r = job ? recovery_copy(&job->recovery, recovery) : -ENOMEM;
    if (r < 0) {
        free(job);
        return r;
    }
    *ret = job;
    return 0;
}

int recoveries_load(struct recoveries *recoveries, struct recovery_list *take)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < take->n; i++) {
        struct job *job = calloc(1, sizeof(*job));
        if (!job) {
            r = -ENOMEM;
            break;
        }
        job->recovery = take->v[i];
        take->v[i] = (struct recovery){ 0 };
        append(recoveries, job);
        recoveries->n++;
        log_info("a recovery goes on", LOG_STR("recovery", job->recovery.id),
                 LOG_STR("sink", job->recovery.sink), LOG_INT("deliveries", job->recovery.added));
    }
    recovery_list_deinit(take);
    return r;
}

static struct beginning **place_of(struct recoveries *recoveries, const struct beginning *wanted)
{
    struct beginning **place = recoveries->beginnings;
    while (*place != wanted) {
        place++; // there are as many places as jobs may be
    }
    return place;
}

static void begun(struct recoveries *recoveries, struct beginning *beginning, int result)
{
    *place_of(recoveries, beginning) = NULL;
    if (result == 0) {
        append(recoveries, STEAL(beginning->job));
        arm(recoveries, 0);
    } else {
        recoveries->n--;
    }
}

static void on_put(int result, void *userdata)
{
    struct beginning *beginning = userdata;
    if (beginning->owner) {
        begun(beginning->owner, beginning, result);
    }
    if (beginning->job) {
        job_free(beginning->job);
    }
    beginning->done(result, beginning->userdata);
    free(beginning);
}

int recoveries_begin(struct recoveries *recoveries, const struct recovery *recovery,
                     const struct stored_answer *answer, store_done_fn done, void *userdata)
{
    struct job *job = NULL;
    int r = make_job(recoveries, recovery, &job);
    struct beginning *beginning = r == 0 ? malloc(sizeof(*beginning)) : NULL;
    if (beginning) {
        *beginning = (struct beginning){ recoveries, job, done, userdata };
        struct store *store = recoveries->parts.store;
        r = store->ops->recovery_put(store, recovery, answer, on_put, beginning);
    } else {
        r = r ? r : -ENOMEM;
    }
    if (r == 0) {
        *place_of(recoveries, NULL) = beginning;
        recoveries->n++;
        return 0;
    }
    free(beginning);
    if (job) {
        job_free(job);
    }
    return r;
}

int recoveries_count(struct recoveries *recoveries, const struct recovery *recovery,
                     recoveries_count_fn done, void *userdata)
{
    struct job *job = NULL;
    int r = make_job(recoveries, recovery, &job);
    if (r == 0) {
        job->count_done = done;
        job->userdata = userdata;
        append(recoveries, job);
        recoveries->n++;
        arm(recoveries, 0);
    }
    return r;
}

size_t recoveries_under_way(const struct recoveries *recoveries)
{
    size_t n = 0;
    for (const struct job *job = recoveries->first; job; job = job->next) {
        n += job->count_done == NULL;
    }
    return n;
}
