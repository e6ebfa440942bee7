#include "bridge/net/brokers.h"

#include <errno.h>
#include <stdlib.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "bridge/base/mailbox.h"
#include "bridge/net/broker-protocol.h"
#include "bridge/net/broker-thread.h"

#define QUEUED_BYTES_MAX (64U << 20)
#define ANSWERS_MAX      4096
#define LINGER_S         60 // a thread that long without a job ends

struct broker {
    struct brokers *owner;
    struct broker *next;
    struct broker_thread *thread;
    struct event linger;
    struct broker_job end;
    size_t n_jobs;
    size_t queued_bytes;
    bool is_ending; // takes no more jobs
};

struct publication {
    struct broker_job job; // first
    message_done_fn done;
    void *userdata;
};

struct brokers {
    struct event_base *base; // borrowed
    struct mailbox *to_loop;
    struct event answered;
    struct broker *first;
};

static void end_broker(struct broker *broker)
{
    if (!broker->is_ending) {
        broker->is_ending = true;
        (void)event_del(&broker->linger);
        broker_thread_end(broker->thread, &broker->end);
    }
}

static void on_linger(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    end_broker(arg);
}

// ---- what comes back ----

static void remove_broker(struct broker *broker)
{
    struct broker **at = &broker->owner->first;
    while (*at != broker) {
        at = &(*at)->next;
    }
    *at = broker->next;
    (void)broker_thread_free(broker->thread); // its last act was to hand this back
    free(broker);
}

static void finish(struct publication *publication)
{
    struct broker *broker = publication->job.owner;
    broker->n_jobs--;
    broker->queued_bytes -= publication->job.message.body.len;
    if (broker->n_jobs == 0 && !broker->is_ending) {
        const struct timeval linger = { .tv_sec = LINGER_S };
        (void)event_add(&broker->linger, &linger);
    }
    publication->done(&publication->job.answer, publication->userdata);
    message_answer_deinit(&publication->job.answer);
    message_deinit(&publication->job.message);
    free(publication);
}

static void handle_answers(struct mailbox_node *node)
{
    while (node) {
        struct broker_job *job = (struct broker_job *)(void *)node;
        struct broker *broker = job->owner;
        node = node->next;
        if (job == &broker->end) {
            remove_broker(broker);
        } else {
            finish((struct publication *)(void *)job);
        }
    }
}

static void on_answered(evutil_socket_t fd, short what, void *arg)
{
    const struct brokers *brokers = arg;
    (void)fd;
    (void)what;
    handle_answers(mailbox_take_all(brokers->to_loop));
}

// ---- all of them ----

int brokers_new(struct brokers **ret, struct event_base *base)
{
    CLEANUP(brokers_freep) struct brokers *brokers = calloc(1, sizeof(*brokers));
    if (!brokers) {
        return -ENOMEM;
    }
    brokers->base = base;
    int r = mailbox_new(&brokers->to_loop, ANSWERS_MAX);
    if (r < 0) {
        return r;
    }
    (void)event_assign(&brokers->answered, base, mailbox_fd(brokers->to_loop), EV_READ | EV_PERSIST,
                       on_answered, brokers);
    if (event_add(&brokers->answered, NULL) < 0) {
        return -ENOMEM;
    }
    *ret = STEAL(brokers);
    return 0;
}

struct brokers *brokers_free(struct brokers *brokers)
{
    if (!brokers) {
        return NULL;
    }
    for (struct broker *broker = brokers->first; broker; broker = broker->next) {
        end_broker(broker);
    }
    while (brokers->first) {
        handle_answers(mailbox_take_all_wait(brokers->to_loop, -1));
    }
    if (event_initialized(&brokers->answered)) {
        (void)event_del(&brokers->answered);
    }
    (void)mailbox_free(brokers->to_loop);
    free(brokers);
    return NULL;
}

static int add_broker(struct brokers *brokers, const struct message *first, struct broker **ret)
{
    struct broker *broker = calloc(1, sizeof(*broker));
    if (!broker) {
        return -ENOMEM;
    }
    broker->owner = brokers;
    broker->end.owner = broker;
    (void)event_assign(&broker->linger, brokers->base, -1, 0, on_linger, broker);
    int r = broker_thread_new(&broker->thread, first, brokers->to_loop);
    if (r < 0) {
        free(broker);
        return r;
    }
    broker->next = brokers->first;
    brokers->first = broker;
    *ret = broker;
    return 0;
}

static int find_broker(struct brokers *brokers, const struct message *message, struct broker **ret)
{
    for (struct broker *broker = brokers->first; broker; broker = broker->next) {
        if (!broker->is_ending && broker_thread_serves(broker->thread, message)) {
            *ret = broker;
            return 0;
        }
    }
    return add_broker(brokers, message, ret);
}

int brokers_publish(struct brokers *brokers, struct message *take, message_done_fn done,
                    void *userdata)
{
    struct broker *broker = NULL;
    int r = find_broker(brokers, take, &broker);
    if (r < 0) {
        return r;
    }
    if (broker->n_jobs > 0 && broker->queued_bytes + take->body.len > QUEUED_BYTES_MAX) {
        return -EAGAIN;
    }
    struct publication *publication = calloc(1, sizeof(*publication));
    if (!publication) {
        return -ENOMEM;
    }
    publication->job.owner = broker;
    publication->job.message = *take;
    publication->job.message.target = NULL; // the thread has a copy
    publication->done = done;
    publication->userdata = userdata;
    if (!broker_thread_put(broker->thread, &publication->job)) {
        free(publication);
        return -EAGAIN;
    }
    *take = (struct message){ 0 };
    broker->n_jobs++;
    broker->queued_bytes += publication->job.message.body.len;
    (void)event_del(&broker->linger);
    return 0;
}
