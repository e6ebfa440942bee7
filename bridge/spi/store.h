#pragma once
// The store's contract. Every call is made on the loop thread and answered there, later, by its
// `done` (never from inside the call); the work runs on the store's own thread. A transaction is
// durable before `done` runs.
//
// Calls take effect in the order they were made: a deliveries_due sees every commit and settle made
// before it. Answers come in that order too (that of a prune when it is through).
//
// Results: 0; STORE_E_CONFLICT (the version is not the expected one, or an event of the commit is
// told already); -EINVAL (a commit that contradicts itself: a bug); other negative errno for
// trouble with the disk (-ENOSPC, -EIO, …), after which the store goes on trying with the next
// call. What was answered with an error was not stored, not even in part.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/metrics.h"
#include "bridge/base/secret.h"
#include "bridge/model/delivery.h"
#include "bridge/model/event.h"
#include "bridge/model/snapshot.h"
#include "bridge/model/suppression.h"
#include "bridge/spi/coalescence.h"
#include "bridge/spi/listing.h"
#include "bridge/spi/managed-sink.h"
#include "bridge/spi/recovery.h"
#include "bridge/spi/stored-answer.h"

struct problem;
struct event_base;

enum { STORE_E_CONFLICT = 1 };

// What one poll changed: all of it or nothing is stored.
struct poll_commit {
    char *source; // name of the source instance
    // Of the base the poll compared with; the new one is + 1. A source that is not stored, or was
    // forgotten, may begin at any.
    int64_t expected_version;
    // After the commit: version is expected_version + 1, sequence that of the last event, id as
    // known (0 is filled in). The events' sequences continue the stored one without a gap.
    struct source_state state;
    struct snapshot snapshot; // document.data NULL: the stored one stays
    struct event_list events;
    struct delivery_list deliveries; // event_id names one of `events`; ids are filled in
};

void poll_commit_free(struct poll_commit *commit);

// The notable state of sources whose poll changed nothing that events tell: failures, validators,
// times. Last writer wins; written in batches; never fails a poll. What belongs to the base
// (version, sequence, last_event_id, has_snapshot) is left as stored, and a note that was made from
// another version than the stored one is passed over.
struct source_note {
    char *source;
    struct source_state state;
    struct suppression_list suppressed; // kept whatever the version is
};
struct source_notes {
    struct source_note *v;
    size_t n;
};
void source_notes_deinit(struct source_notes *notes);

// What a server gave in place of a configured secret (a refresh token of OAuth 2.0): nobody can get
// it a second time.
struct renewal {
    char *auth;
    unsigned char seed[SECRET_DIGEST_SIZE]; // of the configured secret it goes back to
    struct secret value;
};
struct renewal_list {
    struct renewal *v; // one for an auth
    size_t n;
};
void renewal_deinit(struct renewal *renewal);
// 0 or -ENOMEM; *ret is then to be freed all the same.
int renewal_copy(struct renewal *ret, const struct renewal *from) MUST_CHECK;
void renewal_list_deinit(struct renewal_list *list);
int renewal_list_add(struct renewal_list *list, struct renewal *take) MUST_CHECK; // 0 or -ENOMEM

// Instances that left the configuration, came back to it, or are forgotten.
struct departure {
    char *source;
    int64_t left_at_ms; // 0: it is back
    bool forget; // the snapshot goes and the next poll is a first one; what else is known of it
                 // goes with its last event
};
struct departure_list {
    struct departure *v;
    size_t n;
};
void departure_list_deinit(struct departure_list *list);

// Outcome of attempts.
struct attempt_list {
    struct attempt *v;
    size_t n;
};
void attempt_list_deinit(struct attempt_list *list);

// Deliveries waiting of one sink (pending and retrying) whose time has come, oldest (smallest id)
// first. Cheap however many wait. Fewer than `limit` although more are due come when their bodies
// are large together; next_due_at_ms in the answer is then not later than now_ms: ask again with
// after_id. now_ms INT64_MAX asks for all that wait, whenever they are due.
struct due_query {
    const char *sink; // borrowed until done
    int64_t now_ms;
    int64_t after_id; // deliveries with a larger id only
    size_t limit;
};

// How a sink fares, kept over restarts. Zeroed: nothing is wrong with it.
struct sink_health {
    int64_t failing_since_ms; // wall time of the first failure after the last success; 0: none
    unsigned failures;        // attempts in a row
    int64_t gone_at_ms;       // when it first said that it is gone (410), since the last success
    int64_t disabled_at_ms;   // 0: it is enabled
};

struct sink_depth { // for metrics and health
    char *sink;
    int64_t waiting; // pending + retrying
    int64_t held;
    int64_t oldest_at_ms; // event time of the oldest waiting one; 0: none
    struct sink_health health;
};
void sink_depths_free(struct sink_depth *depths, size_t n); // accepts NULL

struct store_stats {
    uint64_t commits;
    uint64_t batches;
    uint64_t events;
    uint64_t bytes;                          // of the database file and its WAL
    struct metrics_histogram commit_seconds; // of transactions
    struct metrics_sizes batch_sizes;        // calls that one transaction did
};

typedef void (*store_done_fn)(int result, void *userdata);
// The commit comes back (owned by the callee) with the ids of its deliveries filled in.
typedef void (*store_commit_fn)(int result, struct poll_commit *take, void *userdata);
typedef void (*store_snapshot_fn)(int result, struct snapshot *take, void *userdata);
typedef void (*store_deliveries_fn)(int result, struct delivery_list *take, int64_t next_due_at_ms,
                                    void *userdata);

typedef void (*store_watch_fn)(void *userdata);
typedef void (*store_recovery_fn)(int result, const struct recovery_outcome *outcome,
                                  void *userdata);
// Without a key when nothing is kept under it.
typedef void (*store_answer_fn)(int result, struct stored_answer *take, void *userdata);

// Read side for workers: one reader per worker thread, blocking, read-only.
struct store_reader;

struct store;
struct store_ops {
    // `states` (sorted by name) is what is known of every source; called once, before the loop
    // runs.
    int (*load_states)(struct store *store, struct source_notes *ret) MUST_CHECK;
    int (*load_depths)(struct store *store, struct sink_depth **ret, size_t *ret_n) MUST_CHECK;
    // Before the loop runs, and before the first keep_renewal. -errno with words: nothing could be
    // kept, so that no secret may be used that its use replaces.
    int (*load_renewals)(struct store *store, struct renewal_list *ret,
                         struct problem **reterr) MUST_CHECK;
    // Those that came through the API, by name.
    int (*load_managed_sinks)(struct store *store, struct managed_sinks *ret) MUST_CHECK;
    // Those that are not finished, oldest first.
    int (*load_recoveries)(struct store *store, struct recovery_list *ret) MUST_CHECK;

    // All of these return 0 or -EAGAIN (the mailbox is full, by number or by bytes: slow down and
    // try later), -ENOMEM, or -ESHUTDOWN (close has begun). Unless 0 is returned nothing was taken.
    int (*commit_poll)(struct store *store, struct poll_commit *take, store_commit_fn done,
                       void *userdata) MUST_CHECK;
    int (*note)(struct store *store, struct source_notes *take) MUST_CHECK;
    // Keeps since when a source is paused (0: no longer), whatever is known of it otherwise.
    int (*source_pause)(struct store *store, const char *source, int64_t paused_at_ms,
                        store_done_fn done, void *userdata) MUST_CHECK;
    int (*depart)(struct store *store, struct departure_list *take) MUST_CHECK;
    int (*settle)(struct store *store, struct attempt_list *take, store_done_fn done,
                  void *userdata) MUST_CHECK;
    // Moved from. STORE_E_CONFLICT: one of them does not wait for its first attempt any more; then
    // nothing is changed.
    int (*coalesce)(struct store *store, struct coalescence *take, store_done_fn done,
                    void *userdata) MUST_CHECK;
    // next_due_at_ms in the answer: when the next retry beyond `now` is due; 0: none.
    int (*deliveries_due)(struct store *store, const struct due_query *query,
                          store_deliveries_fn done, void *userdata) MUST_CHECK;
    // Keeps a sink's health. Deliveries that are committed after one with disabled_at_ms are held,
    // and say so when they come back.
    int (*sink_note)(struct store *store, const char *sink, const struct sink_health *health,
                     store_done_fn done, void *userdata) MUST_CHECK;
    // Holds what waits for a sink. In small steps between other work, as prune.
    int (*sink_hold)(struct store *store, const char *sink, store_done_fn done,
                     void *userdata) MUST_CHECK;
    // The end of a disabled sink: what is held for it waits again, oldest first, or is canceled;
    // with the last step its health is as new. In small steps; when one of them fails the sink
    // stays disabled.
    int (*sink_release)(struct store *store, const char *sink, bool cancel, store_done_fn done,
                        void *userdata) MUST_CHECK;
    // In place of the auth's last one. Copied.
    int (*keep_renewal)(struct store *store, const struct renewal *renewal, store_done_fn done,
                        void *userdata) MUST_CHECK;
    // A recovery that is to be walked, kept with its answer (NULL: none) in one transaction;
    // copied. STORE_E_CONFLICT: there is one of that id.
    int (*recovery_put)(struct store *store, const struct recovery *recovery,
                        const struct stored_answer *answer, store_done_fn done,
                        void *userdata) MUST_CHECK;
    // Deliveries of the items of a page, and that the recovery came so far; the last page finishes
    // it. An item whose event or delivery was pruned meanwhile is passed over. The page is moved
    // from. STORE_E_CONFLICT: the recovery does not stand where `recovery` says.
    int (*recovery_step)(struct store *store, const struct recovery *recovery,
                         struct recovery_page *take, store_recovery_fn done,
                         void *userdata) MUST_CHECK;
    // In place of the one of that name, with its answer (NULL: none) in one transaction. Copied.
    int (*managed_sink_put)(struct store *store, const struct managed_sink *sink,
                            const struct stored_answer *answer, store_done_fn done,
                            void *userdata) MUST_CHECK;
    // What waits for it or is held is canceled, then it is gone. In small steps; when one of them
    // fails it is still there.
    int (*managed_sink_delete)(struct store *store, const char *name, store_done_fn done,
                               void *userdata) MUST_CHECK;
    // What is kept under a key since then.
    int (*answer_get)(struct store *store, const char *key, int64_t since_ms, store_answer_fn done,
                      void *userdata) MUST_CHECK;
    int (*answer_put)(struct store *store, const struct stored_answer *answer, store_done_fn done,
                      void *userdata) MUST_CHECK;
    // Removes events older than before_ms, then the oldest ones while the store uses more than
    // size_bytes (0: no limit), with their deliveries and attempts; never one with a delivery that
    // waits or is held. Runs in small steps between other work; -ECANCELED when closed meanwhile.
    int (*prune)(struct store *store, int64_t before_ms, uint64_t size_bytes, store_done_fn done,
                 void *userdata) MUST_CHECK;

    int (*reader_new)(struct store *store, struct store_reader **ret) MUST_CHECK; // any thread
    struct store_reader *(*reader_free)(struct store_reader *reader);
    // *ret is zeroed when there is none.
    int (*reader_snapshot)(struct store_reader *reader, const char *source,
                           struct snapshot *ret) MUST_CHECK;
    // The next page of a recovery, at most RECOVERY_PAGE events and some MiB of bodies.
    int (*reader_recovery_page)(struct store_reader *reader, const struct recovery *recovery,
                                struct recovery_page *ret) MUST_CHECK;
    // *ret is the caller's. -ENOENT: there is none of that id.
    int (*reader_recovery)(struct store_reader *reader, const char *id,
                           struct recovery *ret) MUST_CHECK;

    // How many of these deliveries, from the first on, may become one.
    int (*reader_coalescible)(struct store_reader *reader, const int64_t *ids, size_t n,
                              struct coalescible *ret) MUST_CHECK;

    // Those of a source, the latest first.
    int (*reader_suppressions)(struct store_reader *reader, const char *source,
                               suppression_row_fn visit, void *userdata) MUST_CHECK;
    // Pages of what is stored; see listing.h.
    int (*reader_events)(struct store_reader *reader, const struct event_query *query,
                         event_row_fn visit, void *userdata, struct listing_end *ret) MUST_CHECK;
    int (*reader_deliveries)(struct store_reader *reader, const struct delivery_query *query,
                             delivery_row_fn visit, void *userdata,
                             struct listing_end *ret) MUST_CHECK;
    int (*reader_attempts)(struct store_reader *reader, const struct delivery_query *query,
                           attempt_row_fn visit, void *userdata,
                           struct listing_end *ret) MUST_CHECK;
    // load_depths of what is committed now. One pass over the unsettled ones.
    int (*reader_depths)(struct store_reader *reader, struct sink_depth **ret,
                         size_t *ret_n) MUST_CHECK;

    void (*stats)(const struct store *store, struct store_stats *ret);
    // Calls `stored` after new events became durable, from the loop. One watcher; NULL: none.
    void (*watch)(struct store *store, store_watch_fn stored, void *userdata);
    // Finishes what was queued, answers it, and closes. Accepts NULL. Not from inside a `done`;
    // readers are freed before.
    struct store *(*close)(struct store *store);
};

// A store in use begins with its operations.
struct store {
    const struct store_ops *ops;
};

void store_closep(struct store **store); // for CLEANUP; accepts NULL in it
// What is stored of one source, by a reader of its own; empty where nothing is. 0 or negative
// errno.
int store_load_snapshot(struct store *store, const char *source, struct snapshot *ret) MUST_CHECK;
