// A round is what waits when the one before it is done: it is published together, so that a slow
// way to the broker costs its time once and not for every message.
#include "bridge/net/broker-thread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/mailbox.h"
#include "bridge/base/thread.h"
#include "bridge/net/broker-protocol.h"
#include "bridge/net/broker-target.h"

#define ROUND_MAX 256
#define IDLE_MS   30000 // then the connection is closed

struct broker_thread {
    pthread_t thread;
    enum broker_protocol kind;
    struct broker_target target;
    const struct broker_protocol_ops *protocol; // NULL: the build is without
    struct mailbox *to_thread;
    struct mailbox *to_loop; // borrowed
    void *connection;        // NULL: none
};

void broker_answer(struct broker_job *job, enum message_error error, const char *text)
{
    if (!job->is_answered) {
        broker_refuse(&job->answer, error, text);
        job->is_answered = true;
    }
}

void broker_refuse(struct message_answer *why, enum message_error error, const char *text)
{
    free(why->error_text);
    why->error = error;
    why->error_text = text ? strdup(text) : NULL; // without memory the words are missing, no more
}

static const struct broker_protocol_ops *protocol_of(enum broker_protocol protocol)
{
    switch (protocol) {
    case BROKER_NATS:
#ifdef POLLBRIDGE_NATS
        return &broker_nats;
#else
        break;
#endif
    case BROKER_MQTT:
#ifdef POLLBRIDGE_MQTT
        return &broker_mqtt;
#else
        break;
#endif
    }
    return NULL;
}

static void close_connection(struct broker_thread *thread)
{
    if (thread->connection) {
        thread->protocol->close(thread->connection);
        thread->connection = NULL;
    }
}

static bool open_connection(struct broker_thread *thread, struct message_answer *why)
{
    if (!thread->protocol) {
        broker_refuse(why, MESSAGE_REFUSED, "this pollbridge is built without that protocol");
        return false;
    }
    if (!thread->connection) {
        thread->protocol->open(&thread->connection, &thread->target, why);
    }
    return thread->connection;
}

static void publish(struct broker_thread *thread, struct broker_job *const *jobs, size_t n)
{
    CLEANUP(message_answer_deinit) struct message_answer why = { 0 };
    bool again = true;
    while (again) {
        // The broker may have closed an idle connection long ago: that is worth a second try.
        again = thread->connection;
        if (!open_connection(thread, &why) ||
            thread->protocol->publish(thread->connection, jobs, n, &why)) {
            break;
        }
        close_connection(thread);
    }
    for (size_t i = 0; i < n; i++) {
        broker_answer(jobs[i], why.error ? why.error : MESSAGE_CONNECTION_RESET, why.error_text);
        mailbox_put_wait(thread->to_loop, &jobs[i]->node);
    }
}

// The last job, when it was among them.
static struct broker_job *run_round(struct broker_thread *thread, struct mailbox_node *node)
{
    struct broker_job *jobs[ROUND_MAX];
    struct broker_job *last = NULL;
    while (node) {
        size_t n = 0;
        for (; node && n < ROUND_MAX; node = node->next) {
            struct broker_job *job = (struct broker_job *)(void *)node;
            if (job->is_last) {
                last = job;
            } else {
                jobs[n++] = job;
            }
        }
        if (n > 0) {
            publish(thread, jobs, n);
        }
    }
    return last;
}

static void *run(void *arg)
{
    struct broker_thread *thread = arg;
    struct broker_job *last = NULL;
    while (!last) {
        struct mailbox_node *node =
            mailbox_take_all_wait(thread->to_thread, thread->connection ? IDLE_MS : -1);
        if (node) {
            last = run_round(thread, node);
        } else {
            close_connection(thread);
        }
    }
    close_connection(thread);
    mailbox_put_wait(thread->to_loop, &last->node);
    return NULL;
}

static struct broker_thread *release(struct broker_thread *thread)
{
    (void)mailbox_free(thread->to_thread);
    broker_target_deinit(&thread->target);
    free(thread);
    return NULL;
}

int broker_thread_new(struct broker_thread **ret, const struct message *first,
                      struct mailbox *to_loop)
{
    struct broker_thread *thread = calloc(1, sizeof(*thread));
    if (!thread) {
        return -ENOMEM;
    }
    thread->to_loop = to_loop;
    thread->kind = first->protocol;
    thread->protocol = protocol_of(first->protocol);
    int r = broker_target_copy(&thread->target, first->target);
    r = r ? r : mailbox_new(&thread->to_thread, BROKER_JOBS_MAX + 1);
    r = r ? r : thread_start(&thread->thread, "broker", run, thread);
    if (r < 0) {
        (void)release(thread);
        return r;
    }
    *ret = thread;
    return 0;
}

bool broker_thread_serves(const struct broker_thread *thread, const struct message *message)
{
    return thread->kind == message->protocol &&
           broker_target_equal(&thread->target, message->target);
}

bool broker_thread_put(struct broker_thread *thread, struct broker_job *job)
{
    return mailbox_try_put(thread->to_thread, &job->node);
}

void broker_thread_end(struct broker_thread *thread, struct broker_job *last)
{
    last->is_last = true;
    mailbox_put_wait(thread->to_thread, &last->node); // there is room for it
}

struct broker_thread *broker_thread_free(struct broker_thread *thread)
{
    if (thread) {
        (void)pthread_join(thread->thread, NULL);
        return release(thread);
    }
    return NULL;
}
