#pragma once
// What the loop asks of the store thread, and what comes back. A message is owned by the loop until
// it is put, by the store thread while it works on it, and by the loop again with its answer.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/mailbox.h"
#include "bridge/spi/store.h"
#include "bridge/store/database.h"
#include "bridge/store/prune.h"

struct message;
struct pack;

// What the store thread works with.
struct writer {
    struct database db;
    struct pack *pack;
};

enum { MESSAGE_AGAIN = PRUNE_MORE }; // a result of run: not done, run it in the next batch too

struct message_kind {
    bool writes; // needs a transaction
    // On the store thread. 0, a positive result, -errno. When it fails, what it wrote is undone.
    int (*run)(struct writer *writer, struct message *message);
    // On the store thread: what run did, if it ran at all, did not last; it may run again. NULL:
    // nothing to take back.
    void (*forget)(struct message *message);
    // On the loop: tells the result and frees what the message owns.
    void (*answer)(struct message *message);
};

extern const struct message_kind message_commit;
extern const struct message_kind message_note;
extern const struct message_kind message_source_pause;
extern const struct message_kind message_depart;
extern const struct message_kind message_settle;
extern const struct message_kind message_coalesce;
extern const struct message_kind message_due;
extern const struct message_kind message_prune;
extern const struct message_kind message_sink_note;
extern const struct message_kind message_sink_hold;
extern const struct message_kind message_sink_release;
extern const struct message_kind message_renewal;
extern const struct message_kind message_recovery_put;
extern const struct message_kind message_recovery_step;
extern const struct message_kind message_managed_put;
extern const struct message_kind message_managed_delete;
extern const struct message_kind message_answer_get;
extern const struct message_kind message_answer_put;

struct message {
    struct mailbox_node node; // first
    const struct message_kind *kind;
    size_t bytes; // of memory it holds, about
    int result;
    void *userdata;
    union {
        struct {
            struct poll_commit *commit; // owned
            int64_t source_id;          // as it was when asked
            store_commit_fn done;
        } commit;
        struct {
            struct source_notes notes; // owned
        } note;
        struct {
            char *name; // owned
            int64_t paused_at_ms;
            store_done_fn done;
        } source;
        struct {
            struct departure_list list; // owned
        } depart;
        struct {
            struct attempt_list attempts; // owned
            store_done_fn done;
        } settle;
        struct {
            struct coalescence what; // owned
            store_done_fn done;
        } coalesce;
        struct {
            struct due_query query;
            struct delivery_list list; // owned; the answer
            int64_t next_due_at_ms;
            store_deliveries_fn done;
        } due;
        struct {
            struct prune prune;
            struct prune before; // the last step
            store_done_fn done;
        } prune;
        struct {
            char *name; // owned
            struct sink_health health;
            bool cancel;
            store_done_fn done;
        } sink;
        struct {
            struct renewal renewal; // owned
            store_done_fn done;
        } renewal;
        struct {
            struct recovery recovery;    // owned
            struct recovery_page page;   // owned
            struct stored_answer answer; // owned; without a key: none
            struct recovery_outcome outcome;
            store_done_fn done;
            store_recovery_fn step_done;
        } recovery;
        struct {
            struct managed_sink sink;    // owned; to be removed: its name alone
            struct stored_answer answer; // owned; without a key: none
            store_done_fn done;
        } managed;
        struct {
            char *key;                   // owned; what is asked for
            struct stored_answer answer; // owned; found or to be kept
            int64_t since_ms;
            store_done_fn put_done;
            store_answer_fn get_done;
        } answer;
    };
};

static inline struct message *message_of(struct mailbox_node *node)
{
    return (struct message *)node;
}

// About how much memory what is asked holds until it is answered.
size_t message_commit_bytes(const struct poll_commit *commit);
size_t message_notes_bytes(const struct source_notes *notes);
size_t message_attempts_bytes(const struct attempt_list *attempts);
size_t message_page_bytes(const struct recovery_page *page);
