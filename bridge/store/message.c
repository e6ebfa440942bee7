#include "bridge/store/message.h"

#include <errno.h>
#include <stdlib.h>

#include "bridge/store/commit.h"
#include "bridge/store/delivery-due.h"
#include "bridge/store/delivery-table.h"
#include "bridge/store/renewal-table.h"
#include "bridge/store/sink-table.h"
#include "bridge/store/source-table.h"
#include "bridge/store/suppression-table.h"

static int commit_run(struct writer *writer, struct message *message)
{
    return commit_write(&writer->db, writer->pack, message->commit.commit);
}

static void commit_forget(struct message *message)
{
    commit_forget_ids(message->commit.commit, message->commit.source_id);
}

static void commit_answer(struct message *message)
{
    message->commit.done(message->result, message->commit.commit, message->userdata);
}

const struct message_kind message_commit = {
    .writes = true,
    .run = commit_run,
    .forget = commit_forget,
    .answer = commit_answer,
};

static int note_run(struct writer *writer, struct message *message)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < message->note.notes.n; i++) {
        const struct source_note *note = &message->note.notes.v[i];
        r = source_table_note(&writer->db, note);
        r = r ? r : suppression_table_put(&writer->db, note->source, &note->suppressed);
    }
    return r;
}

// Nobody waits for a note: the state it told of is still in memory and noted again.
static void note_answer(struct message *message)
{
    source_notes_deinit(&message->note.notes);
}

const struct message_kind message_note = {
    .writes = true,
    .run = note_run,
    .answer = note_answer,
};

static int source_pause_run(struct writer *writer, struct message *message)
{
    return source_table_pause(&writer->db, message->source.name, message->source.paused_at_ms);
}

static void source_answer(struct message *message)
{
    free(message->source.name);
    message->source.done(message->result, message->userdata);
}

const struct message_kind message_source_pause = {
    .writes = true,
    .run = source_pause_run,
    .answer = source_answer,
};

static int depart_run(struct writer *writer, struct message *message)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < message->depart.list.n; i++) {
        r = source_table_depart(&writer->db, &message->depart.list.v[i]);
    }
    return r;
}

// Nobody waits: what was not stored is found out again at the next start.
static void depart_answer(struct message *message)
{
    departure_list_deinit(&message->depart.list);
}

const struct message_kind message_depart = {
    .writes = true,
    .run = depart_run,
    .answer = depart_answer,
};

static int settle_run(struct writer *writer, struct message *message)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < message->settle.attempts.n; i++) {
        r = delivery_table_settle(&writer->db, &message->settle.attempts.v[i]);
    }
    return r;
}

static void settle_answer(struct message *message)
{
    attempt_list_deinit(&message->settle.attempts);
    message->settle.done(message->result, message->userdata);
}

const struct message_kind message_settle = {
    .writes = true,
    .run = settle_run,
    .answer = settle_answer,
};

static int due_run(struct writer *writer, struct message *message)
{
    return delivery_due_load(&writer->db, &message->due.query, &message->due.list,
                             &message->due.next_due_at_ms);
}

static void due_forget(struct message *message)
{
    delivery_list_deinit(&message->due.list);
    message->due.next_due_at_ms = 0;
}

static void due_answer(struct message *message)
{
    message->due.done(message->result, &message->due.list, message->due.next_due_at_ms,
                      message->userdata);
    delivery_list_deinit(&message->due.list);
}

const struct message_kind message_due = {
    .run = due_run,
    .forget = due_forget,
    .answer = due_answer,
};

static int prune_run(struct writer *writer, struct message *message)
{
    message->prune.before = message->prune.prune;
    return prune_step(&writer->db, &message->prune.prune);
}

// May go back a step too far, when another message failed before this one's turn: some events are
// looked at once more.
static void prune_forget(struct message *message)
{
    message->prune.prune = message->prune.before;
}

static void prune_answer(struct message *message)
{
    // Still unfinished in an answer: the store closed meanwhile.
    int result = message->result == MESSAGE_AGAIN ? -ECANCELED : message->result;
    message->prune.done(result, message->userdata);
}

const struct message_kind message_prune = {
    .writes = true,
    .run = prune_run,
    .forget = prune_forget,
    .answer = prune_answer,
};

_Static_assert((int)SINK_TABLE_MORE == (int)MESSAGE_AGAIN,
               "a step that is not the last runs again");

static int sink_note_run(struct writer *writer, struct message *message)
{
    return sink_table_note(&writer->db, message->sink.name, &message->sink.health);
}

static int sink_hold_run(struct writer *writer, struct message *message)
{
    return sink_table_hold_step(&writer->db, message->sink.name);
}

static int sink_release_run(struct writer *writer, struct message *message)
{
    return sink_table_release_step(&writer->db, message->sink.name, message->sink.cancel);
}

static void sink_answer(struct message *message)
{
    free(message->sink.name);
    message->sink.done(message->result == MESSAGE_AGAIN ? -ECANCELED : message->result,
                       message->userdata);
}

const struct message_kind message_sink_note = {
    .writes = true,
    .run = sink_note_run,
    .answer = sink_answer,
};

const struct message_kind message_sink_hold = {
    .writes = true,
    .run = sink_hold_run,
    .answer = sink_answer,
};

const struct message_kind message_sink_release = {
    .writes = true,
    .run = sink_release_run,
    .answer = sink_answer,
};

static int renewal_run(struct writer *writer, struct message *message)
{
    return renewal_table_put(&writer->db, &message->renewal.renewal);
}

static void renewal_answer(struct message *message)
{
    renewal_deinit(&message->renewal.renewal);
    message->renewal.done(message->result, message->userdata);
}

const struct message_kind message_renewal = {
    .writes = true,
    .run = renewal_run,
    .answer = renewal_answer,
};

size_t message_commit_bytes(const struct poll_commit *commit)
{
    size_t bytes = sizeof(*commit) + commit->snapshot.document.len + commit->snapshot.raw.len;
    for (size_t i = 0; i < commit->events.n; i++) {
        bytes += sizeof(struct event) + commit->events.v[i].body.len;
    }
    for (size_t i = 0; i < commit->deliveries.n; i++) {
        bytes += sizeof(struct delivery) + commit->deliveries.v[i].encoded.body.len;
    }
    return bytes;
}

size_t message_notes_bytes(const struct source_notes *notes)
{
    return notes->n * sizeof(struct source_note);
}

size_t message_page_bytes(const struct recovery_page *page)
{
    size_t bytes = page->n * sizeof(struct recovery_item);
    for (size_t i = 0; i < page->n; i++) {
        bytes += page->v[i].told.body.len + page->v[i].as.encoded.body.len;
    }
    return bytes;
}

size_t message_attempts_bytes(const struct attempt_list *attempts)
{
    size_t bytes = 0;
    for (size_t i = 0; i < attempts->n; i++) {
        bytes += sizeof(struct attempt) + attempts->v[i].response.len;
    }
    return bytes;
}
