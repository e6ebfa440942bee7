#include "bridge/poll/note-writer.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "bridge/base/log.h"
#include "bridge/poll/poll-source.h"
#include "bridge/poll/source-list.h"
#include "bridge/spi/store.h"

#define BATCH         ((size_t)1000)
#define BATCH_WAIT_MS 1000
#define BUSY_WAIT_MS  20

struct note_writer {
    struct store *store;
    const struct source_list *sources;
    struct event *timer;
    struct poll_source **queue; // with is_noted, or was so
    size_t n;
    size_t cap;

    // A flush: goes over all sources, then waits for the store.
    bool flushing;
    size_t next; // id
    void (*done)(int result, void *userdata);
    void *userdata;
    struct flush_ticket *ticket;
};

struct flush_ticket {
    struct note_writer *writer; // NULL: it is gone
};

static void wake_after(struct note_writer *writer, int64_t wait_ms)
{
    const struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };
    if (evtimer_add(writer->timer, &wait) != 0) {
        log_debug("no memory for a timer; notes wait for the next one");
    }
}

// ---- one batch ----

// Adds a copy of the source's state. False: no memory.
static bool add_note(struct source_notes *notes, struct poll_source *source)
{
    struct source_note *note = &notes->v[notes->n];
    *note = (struct source_note){ .source = strdup(source->name) };
    if (!note->source || source_state_copy(&note->state, &source->state) != 0) {
        free(note->source);
        return false;
    }
    if (source->suppressed) {
        note->suppressed = *source->suppressed;
        *source->suppressed = (struct suppression_list){ 0 };
    }
    notes->n++;
    return true;
}

// The store did not take it.
static void give_back(struct poll_source *source, struct source_note *note)
{
    if (source->suppressed) {
        *source->suppressed = note->suppressed;
        note->suppressed = (struct suppression_list){ 0 };
    }
}

static int write_batch(struct note_writer *writer, struct poll_source *const *sources, size_t n)
{
    struct source_notes notes = { .v = calloc(n, sizeof(*notes.v)) };
    int r = notes.v ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < n; i++) {
        r = add_note(&notes, sources[i]) ? 0 : -ENOMEM;
    }
    r = r ? r : writer->store->ops->note(writer->store, &notes);
    if (r) {
        for (size_t i = 0; i < notes.n; i++) {
            give_back(sources[i], &notes.v[i]);
        }
        source_notes_deinit(&notes);
        return r;
    }
    for (size_t i = 0; i < n; i++) {
        free(sources[i]->suppressed); // it is empty now
        sources[i]->suppressed = NULL;
        sources[i]->is_noted = false;
        sources[i]->is_seen = false;
    }
    return 0;
}

// ---- from time to time ----

// A source may have been committed since, which says all there is to say.
static void write_queue(struct note_writer *writer)
{
    struct poll_source *batch[BATCH];
    size_t used = writer->n < BATCH ? writer->n : BATCH;
    size_t n = 0;
    for (size_t i = 0; i < used; i++) {
        struct poll_source *source = writer->queue[i];
        source->is_queued = false;
        if (source->is_noted && !source->poll) {
            batch[n++] = source;
        }
    }
    int r = n > 0 ? write_batch(writer, batch, n) : 0;
    if (r) {
        for (size_t i = 0; i < used; i++) {
            writer->queue[i]->is_queued = true;
        }
        wake_after(writer, r == -EAGAIN ? BUSY_WAIT_MS : BATCH_WAIT_MS);
        return;
    }
    writer->n -= used;
    (void)memmove(writer->queue, writer->queue + used, writer->n * sizeof(*writer->queue));
    if (writer->n > 0) {
        wake_after(writer, BUSY_WAIT_MS);
    }
}

void note_writer_remind(struct note_writer *writer, struct poll_source *source)
{
    if (source->is_queued) {
        return;
    }
    if (writer->n == writer->cap) {
        size_t cap = writer->cap ? writer->cap * 2 : 64;
        struct poll_source **queue = reallocarray(writer->queue, cap, sizeof(*queue));
        if (!queue) {
            return; // it stays noted: the flush at the end writes it
        }
        writer->queue = queue;
        writer->cap = cap;
    }
    source->is_queued = true;
    writer->queue[writer->n++] = source;
    if (writer->n == 1 && !writer->flushing) {
        wake_after(writer, BATCH_WAIT_MS);
    }
}

// ---- everything ----

static void end_flush(struct note_writer *writer, int result)
{
    writer->flushing = false;
    writer->done(result, writer->userdata);
}

static void on_durable(int result, void *userdata)
{
    struct flush_ticket *ticket = userdata;
    struct note_writer *writer = ticket->writer;
    free(ticket);
    if (writer) {
        writer->ticket = NULL;
        end_flush(writer, result);
    }
}

// Notes answer nobody; what is asked after them is answered after them.
static void wait_for_store(struct note_writer *writer)
{
    struct attempt_list nothing = { 0 };
    struct flush_ticket *ticket = calloc(1, sizeof(*ticket));
    int r = -ENOMEM;
    if (ticket) {
        ticket->writer = writer;
        r = writer->store->ops->settle(writer->store, &nothing, on_durable, ticket);
    }
    if (r == 0) {
        writer->ticket = ticket;
        return;
    }
    free(ticket);
    if (r == -EAGAIN) {
        wake_after(writer, BUSY_WAIT_MS);
    } else {
        end_flush(writer, r);
    }
}

static void flush_on(struct note_writer *writer)
{
    const struct source_list *sources = writer->sources;
    struct poll_source *batch[BATCH];
    while (writer->next < sources->n) {
        size_t n = 0;
        size_t at = writer->next;
        for (; at < sources->n && n < BATCH; at++) {
            if (sources->v[at]->is_noted || sources->v[at]->is_seen) {
                batch[n++] = sources->v[at];
            }
        }
        int r = n > 0 ? write_batch(writer, batch, n) : 0;
        if (r == -EAGAIN) {
            wake_after(writer, BUSY_WAIT_MS);
            return;
        }
        if (r) {
            end_flush(writer, r);
            return;
        }
        writer->next = at;
    }
    wait_for_store(writer);
}

static void on_timer(evutil_socket_t fd, short what, void *userdata)
{
    struct note_writer *writer = userdata;
    (void)fd;
    (void)what;
    if (writer->flushing) {
        flush_on(writer);
    } else {
        write_queue(writer);
    }
}

void note_writer_flush(struct note_writer *writer, void (*done)(int result, void *userdata),
                       void *userdata)
{
    writer->done = done;
    writer->userdata = userdata;
    writer->flushing = true;
    writer->next = 0;
    wake_after(writer, 0); // never `done` from inside this call
}

int note_writer_new(struct note_writer **ret, struct event_base *base, struct store *store,
                    const struct source_list *sources)
{
    CLEANUP(note_writer_freep) struct note_writer *writer = calloc(1, sizeof(*writer));
    if (!writer) {
        return -ENOMEM;
    }
    writer->store = store;
    writer->sources = sources;
    writer->timer = evtimer_new(base, on_timer, writer);
    if (!writer->timer) {
        return -ENOMEM;
    }
    *ret = STEAL(writer);
    return 0;
}

struct note_writer *note_writer_free(struct note_writer *writer)
{
    if (!writer) {
        return NULL;
    }
    if (writer->ticket) {
        writer->ticket->writer = NULL;
    }
    if (writer->timer) {
        event_free(writer->timer);
    }
    free(writer->queue);
    free(writer);
    return NULL;
}
