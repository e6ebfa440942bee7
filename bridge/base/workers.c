// One queue under a lock feeds the threads; a mailbox as large as the pool's capacity carries the
// finished jobs back, so handing one back never waits.

#include "bridge/base/workers.h"
#include "bridge/base/thread.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

struct workers {
    struct workers_settings settings;
    struct mailbox *finished;
    struct event *finished_event;
    size_t pending; // loop thread only: submitted and not yet given to `done`

    pthread_mutex_t lock; // guards what follows
    pthread_cond_t wake;
    struct mailbox_node *head;
    struct mailbox_node *tail;
    bool stopping;

    pthread_t *threads;
    size_t n_threads; // really started
};

// The next job; NULL when the pool stops and nothing is queued any more.
static struct work *take_job(struct workers *workers)
{
    (void)pthread_mutex_lock(&workers->lock);
    while (!workers->head && !workers->stopping) {
        (void)pthread_cond_wait(&workers->wake, &workers->lock);
    }
    struct mailbox_node *node = workers->head;
    if (node) {
        workers->head = node->next;
        if (!workers->head) {
            workers->tail = NULL;
        }
    }
    (void)pthread_mutex_unlock(&workers->lock);
    return (struct work *)node; // the node is the first member
}

static void *worker_main(void *userdata)
{
    struct workers *workers = userdata;
    const struct workers_settings *settings = &workers->settings;
    void *ctx = NULL;
    if (settings->ctx_new && settings->ctx_new(&ctx, settings->userdata)) {
        ctx = NULL;
    }
    struct work *work;
    while ((work = take_job(workers))) {
        work->run(work, ctx);
        bool put = mailbox_try_put(workers->finished, &work->node);
        assert(put);
        (void)put;
    }
    if (ctx && settings->ctx_free) {
        settings->ctx_free(ctx);
    }
    return NULL;
}

static void finish_jobs(struct workers *workers)
{
    struct mailbox_node *node = mailbox_take_all(workers->finished);
    while (node) {
        struct work *work = (struct work *)node;
        node = node->next;
        workers->pending--; // before, so that `done` can submit the next job
        work->done(work);
    }
}

static void on_finished(evutil_socket_t fd, short what, void *userdata)
{
    (void)fd;
    (void)what;
    finish_jobs(userdata);
}

static int start_threads(struct workers *workers)
{
    int r = 0;
    while (r == 0 && workers->n_threads < workers->settings.threads) {
        r = thread_start(&workers->threads[workers->n_threads], "worker", worker_main, workers);
        workers->n_threads += r == 0;
    }
    return r;
}

static int set_up(struct workers *workers, struct event_base *base)
{
    workers->threads = calloc(workers->settings.threads, sizeof(*workers->threads));
    if (!workers->threads) {
        return -ENOMEM;
    }
    int error = mailbox_new(&workers->finished, workers->settings.capacity);
    if (error) {
        return error;
    }
    workers->finished_event =
        event_new(base, mailbox_fd(workers->finished), EV_READ | EV_PERSIST, on_finished, workers);
    if (!workers->finished_event || event_add(workers->finished_event, NULL) < 0) {
        return -ENOMEM;
    }
    return start_threads(workers);
}

int workers_new(struct workers **ret, struct event_base *base,
                const struct workers_settings *settings)
{
    struct workers *workers = calloc(1, sizeof(*workers));
    if (!workers) {
        return -ENOMEM;
    }
    workers->settings = *settings;
    if (workers->settings.threads == 0) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        workers->settings.threads = cores > 0 ? (size_t)cores : 1;
    }
    if (workers->settings.capacity == 0) {
        workers->settings.capacity = 1024;
    }
    (void)pthread_mutex_init(&workers->lock, NULL);
    (void)pthread_cond_init(&workers->wake, NULL);
    int error = set_up(workers, base);
    if (error) {
        (void)workers_free(workers);
        return error;
    }
    *ret = workers;
    return 0;
}

struct workers *workers_free(struct workers *workers)
{
    if (!workers) {
        return NULL;
    }
    (void)pthread_mutex_lock(&workers->lock);
    workers->stopping = true;
    (void)pthread_cond_broadcast(&workers->wake);
    (void)pthread_mutex_unlock(&workers->lock);
    for (size_t i = 0; i < workers->n_threads; i++) {
        (void)pthread_join(workers->threads[i], NULL);
    }
    if (workers->finished) {
        finish_jobs(workers);
    }
    if (workers->finished_event) {
        event_free(workers->finished_event);
    }
    (void)mailbox_free(workers->finished);
    (void)pthread_cond_destroy(&workers->wake);
    (void)pthread_mutex_destroy(&workers->lock);
    free(workers->threads);
    free(workers);
    return NULL;
}

bool workers_try_submit(struct workers *workers, struct work *work)
{
    if (workers->pending >= workers->settings.capacity) {
        return false;
    }
    (void)pthread_mutex_lock(&workers->lock);
    bool taken = !workers->stopping;
    if (taken) {
        work->node.next = NULL;
        if (workers->tail) {
            workers->tail->next = &work->node;
        } else {
            workers->head = &work->node;
        }
        workers->tail = &work->node;
        workers->pending++;
        (void)pthread_cond_signal(&workers->wake);
    }
    (void)pthread_mutex_unlock(&workers->lock);
    return taken;
}

size_t workers_pending(const struct workers *workers)
{
    return workers->pending;
}
