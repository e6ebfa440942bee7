// The loop puts jobs into one mailbox, the thread puts them back into another when they are done.
// The thread takes everything that waits at once, writes it, flushes each file touched once, and
// only then reports: a burst of events costs one fdatasync per file.
#include "bridge/net/stream.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "bridge/base/mailbox.h"
#include "bridge/base/str.h"
#include "bridge/base/thread.h"
#include "bridge/net/append-file.h"

#define JOBS_MAX         1024
#define QUEUED_BYTES_MAX (64U << 20)
#define FILES_MAX        32

struct job {
    struct mailbox_node node; // first
    char *path;               // NULL: the thread is to end
    struct bytes bytes;
    stream_done_fn done;
    void *userdata;
    struct append_file *file; // where it went; NULL: nowhere
    int result;
};

struct stream_writer {
    struct mailbox *to_thread;
    struct mailbox *to_loop;
    struct event finished;
    pthread_t thread;
    bool running;
    // Loop's:
    size_t n_jobs;
    size_t queued_bytes;
    bool closing;
    struct job end; // tells the thread to end
    // Thread's:
    struct append_file files[FILES_MAX];
    size_t next_victim;
};

static void job_free(struct job *job)
{
    bytes_deinit(&job->bytes);
    free(job->path);
    free(job);
}

static struct append_file *find_file(struct stream_writer *writer, const char *path)
{
    struct append_file *vacant = NULL;
    for (size_t i = 0; i < FILES_MAX; i++) {
        struct append_file *file = &writer->files[i];
        if (file->path && strcmp(file->path, path) == 0) {
            return file;
        }
        if (!file->path && !vacant) {
            vacant = file;
        }
    }
    if (!vacant) {
        return NULL;
    }
    return append_file_init(vacant, path) == 0 ? vacant : NULL;
}

static void flush_jobs(struct mailbox_node *first, const struct mailbox_node *end)
{
    for (struct mailbox_node *node = first; node != end; node = node->next) {
        struct job *job = (struct job *)(void *)node;
        // A file that failed to flush fails for every job of the round.
        int r = job->file ? append_file_flush(job->file) : 0;
        for (struct mailbox_node *other = node; r < 0 && other != end; other = other->next) {
            struct job *same = (struct job *)(void *)other;
            if (same->file == job->file && same->result == 0) {
                same->result = r;
            }
        }
    }
}

// Hands the jobs back to the loop; there is room for all that can be under way.
static void report_jobs(struct stream_writer *writer, struct mailbox_node *first,
                        const struct mailbox_node *end)
{
    while (first != end) {
        struct mailbox_node *node = first;
        first = first->next;
        mailbox_put_wait(writer->to_loop, node);
    }
}

// True when the thread is to end.
static bool run_round(struct stream_writer *writer, struct mailbox_node *first)
{
    struct mailbox_node *node = first;
    bool ends = false;
    for (; node; node = node->next) {
        struct job *job = (struct job *)(void *)node;
        ends = !job->path;
        if (ends) {
            break; // always the last one
        }
        job->file = find_file(writer, job->path);
        if (!job->file) { // too many files: begin anew with one less
            flush_jobs(first, node);
            report_jobs(writer, first, node);
            first = node;
            append_file_deinit(&writer->files[writer->next_victim++ % FILES_MAX]);
            job->file = find_file(writer, job->path);
        }
        job->result =
            job->file ? append_file_write(job->file, job->bytes.data, job->bytes.len) : -ENOMEM;
    }
    flush_jobs(first, node);
    report_jobs(writer, first, node);
    return ends;
}

static void *run(void *arg)
{
    struct stream_writer *writer = arg;
    while (!run_round(writer, mailbox_take_all_wait(writer->to_thread, -1))) {
    }
    return NULL;
}

static void finish_jobs(struct stream_writer *writer)
{
    struct mailbox_node *node = mailbox_take_all(writer->to_loop);
    while (node) {
        struct job *job = (struct job *)(void *)node;
        node = node->next;
        writer->n_jobs--;
        writer->queued_bytes -= job->bytes.len;
        job->done(job->result, job->userdata);
        job_free(job);
    }
}

static void on_finished(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    finish_jobs(arg);
}

int stream_writer_new(struct stream_writer **ret, struct event_base *base)
{
    CLEANUP(stream_writer_freep) struct stream_writer *writer = calloc(1, sizeof(*writer));
    if (!writer) {
        return -ENOMEM;
    }
    int r = mailbox_new(&writer->to_thread, JOBS_MAX + 1);
    if (r == 0) {
        r = mailbox_new(&writer->to_loop, JOBS_MAX);
    }
    if (r < 0) {
        return r;
    }
    (void)event_assign(&writer->finished, base, mailbox_fd(writer->to_loop), EV_READ | EV_PERSIST,
                       on_finished, writer);
    if (event_add(&writer->finished, NULL) < 0) {
        return -ENOMEM;
    }
    r = thread_start(&writer->thread, "streams", run, writer);
    if (r < 0) {
        return r;
    }
    writer->running = true;
    *ret = STEAL(writer);
    return 0;
}

struct stream_writer *stream_writer_free(struct stream_writer *writer)
{
    if (!writer) {
        return NULL;
    }
    if (writer->running) {
        mailbox_put_wait(writer->to_thread, &writer->end.node); // there is room for it
        (void)pthread_join(writer->thread, NULL);
        writer->closing = true;
        finish_jobs(writer);
    }
    if (writer->to_loop && event_initialized(&writer->finished)) {
        (void)event_del(&writer->finished);
    }
    for (size_t i = 0; i < FILES_MAX; i++) {
        append_file_deinit(&writer->files[i]);
    }
    (void)mailbox_free(writer->to_thread);
    (void)mailbox_free(writer->to_loop);
    free(writer);
    return NULL;
}

int stream_write(struct stream_writer *writer, const char *path, struct bytes *take,
                 stream_done_fn done, void *userdata)
{
    CLEANUP(bytes_deinit) struct bytes bytes = *take;
    *take = (struct bytes){ 0 };
    if (writer->closing || writer->n_jobs >= JOBS_MAX ||
        (writer->n_jobs > 0 && writer->queued_bytes + bytes.len > QUEUED_BYTES_MAX)) {
        return -EAGAIN;
    }
    struct job *job = calloc(1, sizeof(*job));
    char *copy = strdup(path);
    if (!job || !copy) {
        free(job);
        free(copy);
        return -ENOMEM;
    }
    *job = (struct job){ .path = copy, .bytes = bytes, .done = done, .userdata = userdata };
    bytes = (struct bytes){ 0 };
    if (!mailbox_try_put(writer->to_thread, &job->node)) {
        job_free(job);
        return -EAGAIN;
    }
    writer->n_jobs++;
    writer->queued_bytes += job->bytes.len;
    return 0;
}
