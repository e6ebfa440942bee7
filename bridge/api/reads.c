#include "bridge/api/reads.h"

#include <errno.h>

#include "bridge/api/connection-limit.h"

static struct api_read **find_place(struct api_reads *reads, const struct api_read *what)
{
    for (size_t i = 0; i < READS_AT_ONCE; i++) {
        if (reads->running[i] == what) {
            return &reads->running[i];
        }
    }
    return NULL;
}

static void on_run(struct work *work, void *worker)
{
    struct api_read *read = (struct api_read *)work;
    read->run(read, worker);
}

static bool try_run(struct api_reads *reads, struct api_read *read)
{
    struct api_read **place = find_place(reads, NULL);
    if (!place || connection_limit_outgoing(reads->connections) > READS_OUTGOING_MAX ||
        !workers_try_submit(reads->workers, &read->work)) {
        return false;
    }
    *place = read;
    return true;
}

static struct api_read *take_first(struct api_reads *reads)
{
    struct api_read *read = reads->first;
    reads->first = read->next;
    reads->last = reads->first ? reads->last : NULL;
    reads->waiting--;
    return read;
}

static void run_waiting(struct api_reads *reads)
{
    while (reads->first && try_run(reads, reads->first)) {
        (void)take_first(reads);
    }
}

static bool is_idle(const struct api_reads *reads)
{
    for (size_t i = 0; i < READS_AT_ONCE; i++) {
        if (reads->running[i]) {
            return false;
        }
    }
    return true;
}

// With none of ours under way the workers are full of polls, or clients do not take their answers,
// and none of ours ends to look again: those that wait end untried.
static void end_stranded(struct api_reads *reads)
{
    while (reads->first && is_idle(reads)) {
        struct api_read *read = take_first(reads);
        read->done(read);
    }
}

static void on_done(struct work *work)
{
    struct api_read *read = (struct api_read *)work;
    struct api_reads *reads = read->reads;
    if (reads) {
        *find_place(reads, read) = NULL;
        run_waiting(reads);
        end_stranded(reads);
    }
    read->done(read);
}

int reads_start(struct api_reads *reads, struct api_read *read)
{
    if (!reads->workers) {
        return -EOPNOTSUPP;
    }
    read->reads = reads;
    read->next = NULL;
    read->work = (struct work){ .run = on_run, .done = on_done };
    if (!reads->first && try_run(reads, read)) {
        return 0;
    }
    if (reads->waiting == READS_WAITING || is_idle(reads)) {
        return -EAGAIN;
    }
    if (reads->last) {
        reads->last->next = read;
    } else {
        reads->first = read;
    }
    reads->last = read;
    reads->waiting++;
    return 0;
}

void reads_forget(struct api_reads *reads)
{
    for (size_t i = 0; i < READS_AT_ONCE; i++) {
        if (reads->running[i]) {
            reads->running[i]->reads = NULL;
        }
    }
    while (reads->first) {
        struct api_read *read = take_first(reads);
        read->reads = NULL;
        read->done(read);
    }
}
