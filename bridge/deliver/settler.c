#include "bridge/deliver/settler.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/log.h"
#include "bridge/spi/store.h"

#define BATCH_MAX      500
#define FULL_WAIT_MS   20 // the store's mailbox is full
#define TROUBLE_MIN_MS 100
#define TROUBLE_MAX_MS 5000

struct outcome_queue {
    struct outcome *first, *last;
    size_t n;
};

// With the store. It outlives the settler when it has to.
struct settle_batch {
    struct settler *settler; // NULL: gone
    struct outcome_queue outcomes;
    struct settle_batch *next;
};

struct settler {
    struct settler_parts parts;
    struct event *timer;
    struct outcome_queue waiting;
    struct settle_batch *batches;
    size_t pending;
    int64_t trouble_wait_ms; // 0: the last answer was good
};

static void queue_put(struct outcome_queue *queue, struct outcome *outcome)
{
    outcome->next = NULL;
    if (queue->last) {
        queue->last->next = outcome;
    } else {
        queue->first = outcome;
    }
    queue->last = outcome;
    queue->n++;
}

static struct outcome *queue_take(struct outcome_queue *queue)
{
    struct outcome *outcome = queue->first;
    if (outcome) {
        queue->first = outcome->next;
        queue->last = queue->first ? queue->last : NULL;
        queue->n--;
        outcome->next = NULL;
    }
    return outcome;
}

// Puts a whole queue before another: what failed is older.
static void queue_prepend(struct outcome_queue *queue, struct outcome_queue *older)
{
    if (older->n == 0) {
        return;
    }
    older->last->next = queue->first;
    queue->first = older->first;
    queue->last = queue->last ? queue->last : older->last;
    queue->n += older->n;
    *older = (struct outcome_queue){ 0 };
}

static void arm(struct settler *settler, int64_t wait_ms)
{
    struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };
    if (evtimer_add(settler->timer, &wait) < 0) {
        event_active(settler->timer, EV_TIMEOUT, 0); // never wait for a timer that is not set
    }
}

static void trouble(struct settler *settler, int error)
{
    if (settler->trouble_wait_ms == 0) {
        log_error("cannot record outcomes of attempts; deliveries pause until it works",
                  LOG_STR("error", strerror(error)), LOG_INT("outcomes", settler->pending));
        settler->trouble_wait_ms = TROUBLE_MIN_MS;
    } else if (settler->trouble_wait_ms < TROUBLE_MAX_MS) {
        settler->trouble_wait_ms *= 2;
    }
    arm(settler, settler->trouble_wait_ms);
}

static void recovered(struct settler *settler)
{
    if (settler->trouble_wait_ms != 0) {
        settler->trouble_wait_ms = 0;
        log_info("outcomes of attempts are recorded again");
        settler->parts.on_recovered(settler->parts.userdata);
    }
}

static void forget_batch(struct settler *settler, struct settle_batch *batch)
{
    struct settle_batch **place = &settler->batches;
    while (*place != batch) {
        place = &(*place)->next;
    }
    *place = batch->next;
}

static void on_stored(int result, void *userdata)
{
    struct settle_batch *batch = userdata;
    struct settler *settler = batch->settler;
    if (!settler) {
        free(batch);
        return;
    }
    forget_batch(settler, batch);
    struct outcome_queue outcomes = batch->outcomes;
    free(batch);
    if (result != 0) {
        queue_prepend(&settler->waiting, &outcomes);
        trouble(settler, result < 0 ? -result : EIO);
        return;
    }
    for (struct outcome *o = queue_take(&outcomes); o; o = queue_take(&outcomes)) {
        settler->pending--;
        settler->parts.on_settled(o, settler->parts.userdata);
    }
    recovered(settler);
    if (settler->waiting.n > 0) {
        arm(settler, 0);
    }
}

// The store consumes its list whatever happens later, so it gets a copy.
static int copy_attempt(struct attempt *ret, const struct attempt *from)
{
    *ret = *from;
    ret->error_code = NULL;
    ret->response = (struct bytes){ 0 };
    if (from->error_code && !(ret->error_code = strdup(from->error_code))) {
        return -ENOMEM;
    }
    return bytes_dup(&ret->response, from->response.data, from->response.len);
}

static int copy_attempts(struct attempt_list *ret, const struct outcome_queue *from)
{
    ret->v = calloc(from->n, sizeof(*ret->v));
    if (!ret->v) {
        return -ENOMEM;
    }
    int r = 0;
    for (const struct outcome *o = from->first; o && r == 0; o = o->next) {
        r = copy_attempt(&ret->v[ret->n++], &o->attempt);
    }
    return r;
}

static int send_batch(struct settler *settler)
{
    AUTO_FREE struct settle_batch *batch = calloc(1, sizeof(*batch));
    if (!batch) {
        return -ENOMEM;
    }
    batch->settler = settler;
    while (settler->waiting.n > 0 && batch->outcomes.n < BATCH_MAX) {
        queue_put(&batch->outcomes, queue_take(&settler->waiting));
    }
    struct attempt_list list = { 0 };
    int r = copy_attempts(&list, &batch->outcomes);
    if (r == 0) {
        struct store *store = settler->parts.store;
        r = store->ops->settle(store, &list, on_stored, batch);
    }
    if (r != 0) {
        attempt_list_deinit(&list);
        queue_prepend(&settler->waiting, &batch->outcomes);
        return r;
    }
    batch->next = settler->batches;
    settler->batches = STEAL(batch);
    return 0;
}

static void on_timer(evutil_socket_t fd, short what, void *userdata)
{
    (void)fd;
    (void)what;
    struct settler *settler = userdata;
    while (settler->waiting.n > 0) {
        if (settler->trouble_wait_ms != 0 && settler->batches) {
            return; // in trouble one question at a time; its answer goes on
        }
        int r = send_batch(settler);
        if (r == -EAGAIN) {
            arm(settler, FULL_WAIT_MS);
            return;
        }
        if (r != 0) {
            trouble(settler, r < 0 ? -r : EIO);
            return;
        }
    }
}

int settler_new(struct settler **ret, const struct settler_parts *parts)
{
    AUTO_FREE struct settler *settler = calloc(1, sizeof(*settler));
    if (!settler) {
        return -ENOMEM;
    }
    settler->parts = *parts;
    settler->timer = evtimer_new(parts->base, on_timer, settler);
    if (!settler->timer) {
        return -ENOMEM;
    }
    *ret = STEAL(settler);
    return 0;
}

static void free_outcomes(struct settler *settler, struct outcome_queue *queue)
{
    for (struct outcome *o = queue_take(queue); o; o = queue_take(queue)) {
        settler->parts.outcome_free(o);
    }
}

struct settler *settler_free(struct settler *settler)
{
    if (!settler) {
        return NULL;
    }
    free_outcomes(settler, &settler->waiting);
    for (struct settle_batch *batch = settler->batches, *next; batch; batch = next) {
        next = batch->next;
        free_outcomes(settler, &batch->outcomes);
        batch->settler = NULL;
    }
    event_free(settler->timer);
    free(settler);
    return NULL;
}

void settler_put(struct settler *settler, struct outcome *take)
{
    queue_put(&settler->waiting, take);
    settler->pending++;
    if (!evtimer_pending(settler->timer, NULL)) {
        arm(settler, 0);
    }
}

size_t settler_pending(const struct settler *settler)
{
    return settler->pending;
}

bool settler_is_stuck(const struct settler *settler)
{
    return settler->trouble_wait_ms != 0;
}

void settler_kick(struct settler *settler)
{
    if (settler->waiting.n > 0) {
        arm(settler, 0);
    }
}
