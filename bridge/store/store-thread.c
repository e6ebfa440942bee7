#include "bridge/store/store-thread.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "bridge/base/fail-point.h"
#include "bridge/base/str.h"
#include "bridge/base/thread.h"
#include "bridge/store/message.h"
#include "bridge/store/pack.h"
#include "bridge/store/query.h"

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

struct queue {
    struct message *head;
    struct message *tail;
};

struct store_thread {
    pthread_t thread;
    struct mailbox *requests;
    struct mailbox *answers;  // borrowed
    struct mailbox_node stop; // the last thing put
    char *wal_path;
    const char *path; // borrowed

    // Of the thread alone.
    struct writer writer;
    struct queue queue;
    int64_t gap_ns;
    int64_t last_batch_ns; // when the last transaction began
    bool stopping;

    // Written by the thread, read by anyone.
    _Atomic uint64_t commits;
    _Atomic uint64_t events;
    _Atomic uint64_t bytes;
    _Atomic uint64_t batches;
    _Atomic int64_t commit_ns; // total
    _Atomic uint64_t commit_counts[METRICS_BUCKETS + 1];
    _Atomic uint64_t batch_total;
    _Atomic uint64_t batch_counts[METRICS_SIZE_BUCKETS + 1];
};

static int64_t mono_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static struct message *message_next(const struct message *message)
{
    return message_of(message->node.next);
}

static void queue_add(struct queue *queue, struct message *message)
{
    message->node.next = NULL;
    if (queue->tail) {
        queue->tail->node.next = &message->node;
    } else {
        queue->head = message;
    }
    queue->tail = message;
}

static struct message *queue_take(struct queue *queue)
{
    struct message *message = queue->head;
    queue->head = message_next(message);
    if (!queue->head) {
        queue->tail = NULL;
    }
    return message;
}

static void add_all(struct store_thread *thread, struct mailbox_node *node)
{
    while (node) {
        struct mailbox_node *next = node->next;
        if (node == &thread->stop) {
            thread->stopping = true;
        } else {
            queue_add(&thread->queue, message_of(node));
        }
        node = next;
    }
}

static void answer(struct store_thread *thread, struct message *message)
{
    bool put = mailbox_try_put(thread->answers, &message->node);
    assert(put);
    (void)put;
}

static void forget(struct message *message, int result)
{
    if (message->kind->forget) {
        message->kind->forget(message);
    }
    message->result = result;
}

// Reads at the head of the queue have nothing to wait for.
static void run_reads(struct store_thread *thread)
{
    while (thread->queue.head && !thread->queue.head->kind->writes) {
        struct message *message = queue_take(&thread->queue);
        message->result = message->kind->run(&thread->writer, message);
        answer(thread, message);
    }
}

static bool has_failed(const struct message *message)
{
    return message->result != 0 && message->result != MESSAGE_AGAIN;
}

// One message inside the batch's transaction, undone alone when it fails. Negative only when the
// transaction is lost.
static int run_carefully(struct writer *writer, struct message *message)
{
    int r = query_run_plain(&writer->db, STATEMENT_SAVEPOINT);
    if (r < 0) {
        return r;
    }
    message->result = message->kind->run(writer, message);
    if (has_failed(message)) {
        forget(message, message->result);
        if (!database_in_transaction(&writer->db)) {
            return message->result < 0 ? message->result : -EIO;
        }
        r = query_run_plain(&writer->db, STATEMENT_SAVEPOINT_ROLLBACK);
        if (r < 0) {
            return r;
        }
    }
    return query_run_plain(&writer->db, STATEMENT_SAVEPOINT_RELEASE);
}

static int commit(struct writer *writer)
{
    FAIL_POINT("before-commit");
    return query_run_plain(&writer->db, STATEMENT_COMMIT);
}

static int run_all_carefully(struct writer *writer, const struct queue *batch)
{
    int r = query_run_plain(&writer->db, STATEMENT_BEGIN);
    for (struct message *m = batch->head; r == 0 && m; m = message_next(m)) {
        r = run_carefully(writer, m);
    }
    return r < 0 ? r : commit(writer);
}

// RUN_FAILED: some message failed, nothing is decided.
enum { RUN_FAILED = 1 };
static int run_all(struct writer *writer, const struct queue *batch)
{
    int r = query_run_plain(&writer->db, STATEMENT_BEGIN);
    for (struct message *m = batch->head; r == 0 && m; m = message_next(m)) {
        m->result = m->kind->run(writer, m);
        r = has_failed(m) ? RUN_FAILED : 0;
    }
    return r != 0 ? r : commit(writer);
}

// A savepoint around every message would cost a sixth of a commit, and hardly ever one fails: the
// batch is run without first, and again with them when one did.
static int run_transaction(struct writer *writer, const struct queue *batch)
{
    int r = run_all(writer, batch);
    if (r == RUN_FAILED) {
        query_rollback(&writer->db);
        for (struct message *m = batch->head; m; m = message_next(m)) {
            forget(m, 0);
        }
        r = run_all_carefully(writer, batch);
    }
    if (r < 0) {
        query_rollback(&writer->db);
    }
    return r;
}

static uint64_t file_bytes(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static void count_bytes(struct store_thread *thread)
{
    atomic_store(&thread->bytes, file_bytes(thread->path) + file_bytes(thread->wal_path));
}

static void count_batch(struct store_thread *thread, const struct queue *batch)
{
    uint64_t size = 0;
    for (const struct message *m = batch->head; m; m = message_next(m)) {
        size++;
        if (m->kind == &message_commit && m->result == 0) {
            atomic_fetch_add(&thread->commits, 1);
            atomic_fetch_add(&thread->events, m->commit.commit->events.n);
        }
    }
    atomic_fetch_add(&thread->batches, 1);
    int64_t took_ns = mono_ns() - thread->last_batch_ns;
    atomic_fetch_add(&thread->batch_counts[metrics_size_bucket(size)], 1);
    atomic_fetch_add(&thread->batch_total, size);
    atomic_fetch_add(&thread->commit_counts[metrics_bucket((double)took_ns / NS_PER_S)], 1);
    atomic_fetch_add(&thread->commit_ns, took_ns);
    count_bytes(thread);
}

static void run_batch(struct store_thread *thread)
{
    struct queue batch = thread->queue;
    thread->queue = (struct queue){ 0 };
    thread->last_batch_ns = mono_ns();
    int r = run_transaction(&thread->writer, &batch);
    if (r == 0) {
        FAIL_POINT("after-commit");
        count_batch(thread, &batch);
    }
    while (batch.head) {
        struct message *message = queue_take(&batch);
        if (r < 0) {
            forget(message, r);
        }
        if (message->result == MESSAGE_AGAIN && !thread->stopping) {
            queue_add(&thread->queue, message);
        } else {
            answer(thread, message);
        }
    }
}

static void wait_for_gap(const struct store_thread *thread)
{
    int64_t until_ns = thread->last_batch_ns + thread->gap_ns;
    struct timespec until = {
        .tv_sec = until_ns / NS_PER_S,
        .tv_nsec = until_ns % NS_PER_S,
    };
    while (mono_ns() < until_ns &&
           clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
}

static void *run(void *userdata)
{
    struct store_thread *thread = userdata;
    while (thread->queue.head || !thread->stopping) {
        add_all(thread, thread->queue.head ? mailbox_take_all(thread->requests)
                                           : mailbox_take_all_wait(thread->requests, -1));
        run_reads(thread);
        if (thread->queue.head) {
            if (!thread->stopping) {
                wait_for_gap(thread);
            }
            add_all(thread, mailbox_take_all(thread->requests));
            run_batch(thread);
        }
    }
    return NULL;
}

static struct store_thread *thread_free(struct store_thread *thread)
{
    if (thread) {
        (void)mailbox_free(thread->requests);
        (void)pack_free(thread->writer.pack);
        database_close(&thread->writer.db);
        free(thread->wal_path);
        free(thread);
    }
    return NULL;
}

static void thread_freep(struct store_thread **thread)
{
    (void)thread_free(*thread);
}

int store_thread_start(struct store_thread **ret, struct database *take,
                       const struct store_thread_settings *settings)
{
    CLEANUP(thread_freep) struct store_thread *thread = calloc(1, sizeof(*thread));
    if (!thread) {
        database_close(take);
        return -ENOMEM;
    }
    thread->writer.db = *take;
    *take = (struct database){ 0 };
    thread->answers = settings->answers;
    thread->path = settings->path;
    thread->gap_ns = settings->gap_ms * NS_PER_MS;
    thread->last_batch_ns = mono_ns() - thread->gap_ns;
    thread->wal_path = str_printf("%s-wal", settings->path);
    if (!thread->wal_path) {
        return -ENOMEM;
    }
    count_bytes(thread);
    int r = pack_new(&thread->writer.pack);
    if (r == 0) {
        r = mailbox_new(&thread->requests, settings->capacity + 1); // and the stop
    }
    if (r == 0) {
        r = thread_start(&thread->thread, "store", run, thread);
    }
    if (r < 0) {
        return r;
    }
    *ret = STEAL(thread);
    return 0;
}

bool store_thread_try_put(struct store_thread *thread, struct message *message)
{
    return mailbox_try_put(thread->requests, &message->node);
}

struct store_thread *store_thread_stop(struct store_thread *thread)
{
    if (!thread) {
        return NULL;
    }
    mailbox_put_wait(thread->requests, &thread->stop);
    (void)pthread_join(thread->thread, NULL);
    database_checkpoint(&thread->writer.db);
    return thread_free(thread);
}

void store_thread_stats(const struct store_thread *thread, struct store_stats *ret)
{
    *ret = (struct store_stats){
        .commits = atomic_load(&thread->commits),
        .batches = atomic_load(&thread->batches),
        .events = atomic_load(&thread->events),
        .bytes = atomic_load(&thread->bytes),
        .commit_seconds.sum = (double)atomic_load(&thread->commit_ns) / (double)NS_PER_S,
        .batch_sizes.sum = (double)atomic_load(&thread->batch_total),
    };
    for (size_t i = 0; i <= METRICS_BUCKETS; i++) {
        ret->commit_seconds.counts[i] = atomic_load(&thread->commit_counts[i]);
    }
    for (size_t i = 0; i <= METRICS_SIZE_BUCKETS; i++) {
        ret->batch_sizes.counts[i] = atomic_load(&thread->batch_counts[i]);
    }
}
