// The loop's side of the store: makes messages of calls, counts what is under way so that no
// mailbox ever overflows, and hands the answers out.
#include "bridge/store/sqlite-store.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/fail-point.h"
#include "bridge/base/problem.h"
#include "bridge/store/delivery-table.h"
#include "bridge/store/managed-table.h"
#include "bridge/store/message.h"
#include "bridge/store/recovery-table.h"
#include "bridge/store/renewal-table.h"
#include "bridge/store/source-table.h"
#include "bridge/store/store-open.h"
#include "bridge/store/store-reader.h"
#include "bridge/store/store-thread.h"

#define UNANSWERED_MAX       ((size_t)4096)
#define UNANSWERED_BYTES_MAX ((size_t)64 << 20) // but one message may be of any size
#define GAP_MS_DEFAULT       10

struct sqlite_store {
    struct store store;         // first
    struct opened_store opened; // its connection belongs to the thread
    struct store_thread *thread;
    struct mailbox *answers;
    struct event *answers_event;
    size_t unanswered;
    size_t unanswered_bytes;
    bool answering; // a `done` is on the stack
    bool closing;
    store_watch_fn watch;
    void *watch_userdata;
    uint64_t watched_events;
};

static struct sqlite_store *sqlite_store_of(struct store *store)
{
    return (struct sqlite_store *)store;
}

static const struct sqlite_store *sqlite_store_of_const(const struct store *store)
{
    return (const struct sqlite_store *)store;
}

// Asks the thread. The message is copied; on failure the caller still owns what it names.
static int ask(struct store *base, const struct message *what)
{
    struct sqlite_store *store = sqlite_store_of(base);
    if (store->closing) {
        return -ESHUTDOWN;
    }
    if (store->unanswered == UNANSWERED_MAX ||
        (store->unanswered > 0 && store->unanswered_bytes + what->bytes > UNANSWERED_BYTES_MAX)) {
        return -EAGAIN;
    }
    struct message *message = malloc(sizeof(*message));
    if (!message) {
        return -ENOMEM;
    }
    *message = *what;
    if (!store_thread_try_put(store->thread, message)) {
        free(message);
        return -EAGAIN;
    }
    store->unanswered++;
    store->unanswered_bytes += message->bytes;
    return 0;
}

static void answer_all(struct sqlite_store *store)
{
    struct mailbox_node *node = mailbox_take_all(store->answers);
    store->answering = true;
    while (node) {
        struct message *message = message_of(node);
        node = node->next;
        store->unanswered--;
        store->unanswered_bytes -= message->bytes;
        FAIL_POINT("before-answer");
        message->kind->answer(message);
        free(message);
    }
    store->answering = false;
}

static void tell_watcher(struct sqlite_store *store)
{
    struct store_stats stats;
    store_thread_stats(store->thread, &stats);
    if (store->watch && stats.events != store->watched_events) {
        store->watched_events = stats.events;
        store->watch(store->watch_userdata);
    }
}

static void on_answers(evutil_socket_t fd, short what, void *userdata)
{
    (void)fd;
    (void)what;
    answer_all(userdata);
    tell_watcher(userdata);
}

static int commit_poll(struct store *store, struct poll_commit *take, store_commit_fn done,
                       void *userdata)
{
    const struct message message = {
        .kind = &message_commit,
        .bytes = message_commit_bytes(take),
        .userdata = userdata,
        .commit = { .commit = take, .source_id = take->state.id, .done = done },
    };
    return ask(store, &message);
}

static int note(struct store *store, struct source_notes *take)
{
    const struct message message = {
        .kind = &message_note,
        .bytes = message_notes_bytes(take),
        .note = { .notes = *take },
    };
    int r = ask(store, &message);
    if (r == 0) {
        *take = (struct source_notes){ 0 };
    }
    return r;
}

static int source_pause(struct store *store, const char *source, int64_t paused_at_ms,
                        store_done_fn done, void *userdata)
{
    const struct message message = {
        .kind = &message_source_pause,
        .userdata = userdata,
        .source = { .name = strdup(source), .paused_at_ms = paused_at_ms, .done = done },
    };
    int r = message.source.name ? ask(store, &message) : -ENOMEM;
    if (r != 0) {
        free(message.source.name);
    }
    return r;
}

static int depart(struct store *store, struct departure_list *take)
{
    struct message message = {
        .kind = &message_depart,
        .bytes = take->n * sizeof(*take->v),
        .depart = { .list = *take },
    };
    int r = ask(store, &message);
    if (r == 0) {
        *take = (struct departure_list){ 0 };
    }
    return r;
}

static int settle(struct store *store, struct attempt_list *take, store_done_fn done,
                  void *userdata)
{
    const struct message message = {
        .kind = &message_settle,
        .bytes = message_attempts_bytes(take),
        .userdata = userdata,
        .settle = { .attempts = *take, .done = done },
    };
    int r = ask(store, &message);
    if (r == 0) {
        *take = (struct attempt_list){ 0 };
    }
    return r;
}

static int coalesce(struct store *store, struct coalescence *take, store_done_fn done,
                    void *userdata)
{
    const struct message message = {
        .kind = &message_coalesce,
        .bytes = take->n * sizeof(*take->ids) + take->encoded.body.len,
        .userdata = userdata,
        .coalesce = { .what = *take, .done = done },
    };
    int r = ask(store, &message);
    if (r == 0) {
        *take = (struct coalescence){ 0 };
    }
    return r;
}

static int deliveries_due(struct store *store, const struct due_query *query,
                          store_deliveries_fn done, void *userdata)
{
    const struct message message = {
        .kind = &message_due,
        .userdata = userdata,
        .due = { .query = *query, .done = done },
    };
    return ask(store, &message);
}

static int prune(struct store *store, int64_t before_ms, uint64_t size_bytes, store_done_fn done,
                 void *userdata)
{
    struct message message = {
        .kind = &message_prune,
        .userdata = userdata,
        .prune = { .done = done },
    };
    prune_init(&message.prune.prune, before_ms, size_bytes);
    message.prune.before = message.prune.prune;
    return ask(store, &message);
}

// The message gets a copy of the name.
static int ask_of_sink(struct store *store, const char *sink, struct message *message)
{
    message->sink.name = strdup(sink);
    if (!message->sink.name) {
        return -ENOMEM;
    }
    int r = ask(store, message);
    if (r != 0) {
        free(message->sink.name);
    }
    return r;
}

static int sink_note(struct store *store, const char *sink, const struct sink_health *health,
                     store_done_fn done, void *userdata)
{
    struct message message = {
        .kind = &message_sink_note,
        .userdata = userdata,
        .sink = { .health = *health, .done = done },
    };
    return ask_of_sink(store, sink, &message);
}

static int sink_hold(struct store *store, const char *sink, store_done_fn done, void *userdata)
{
    struct message message = {
        .kind = &message_sink_hold,
        .userdata = userdata,
        .sink = { .done = done },
    };
    return ask_of_sink(store, sink, &message);
}

static int sink_release(struct store *store, const char *sink, bool cancel, store_done_fn done,
                        void *userdata)
{
    struct message message = {
        .kind = &message_sink_release,
        .userdata = userdata,
        .sink = { .cancel = cancel, .done = done },
    };
    return ask_of_sink(store, sink, &message);
}

static int keep_renewal(struct store *store, const struct renewal *renewal, store_done_fn done,
                        void *userdata)
{
    struct message message = {
        .kind = &message_renewal,
        .userdata = userdata,
        .renewal = { .done = done },
    };
    int r = renewal_copy(&message.renewal.renewal, renewal);
    r = r ? r : ask(store, &message);
    if (r != 0) {
        renewal_deinit(&message.renewal.renewal);
    }
    return r;
}

static int recovery_put(struct store *store, const struct recovery *recovery,
                        const struct stored_answer *answer, store_done_fn done, void *userdata)
{
    struct message message = {
        .kind = &message_recovery_put,
        .userdata = userdata,
        .recovery = { .done = done },
    };
    int r = recovery_copy(&message.recovery.recovery, recovery);
    if (r == 0 && answer) {
        r = stored_answer_copy(&message.recovery.answer, answer);
    }
    r = r ? r : ask(store, &message);
    if (r != 0) {
        recovery_deinit(&message.recovery.recovery);
        stored_answer_deinit(&message.recovery.answer);
    }
    return r;
}

static int recovery_step(struct store *store, const struct recovery *recovery,
                         struct recovery_page *take, store_recovery_fn done, void *userdata)
{
    struct message message = {
        .kind = &message_recovery_step,
        .bytes = message_page_bytes(take),
        .userdata = userdata,
        .recovery = { .page = *take, .step_done = done },
    };
    int r = recovery_copy(&message.recovery.recovery, recovery);
    r = r ? r : ask(store, &message);
    if (r != 0) {
        recovery_deinit(&message.recovery.recovery);
        return r;
    }
    *take = (struct recovery_page){ 0 };
    return 0;
}

static int managed_sink_put(struct store *store, const struct managed_sink *sink,
                            const struct stored_answer *answer, store_done_fn done, void *userdata)
{
    struct message message = {
        .kind = &message_managed_put,
        .userdata = userdata,
        .managed = { .done = done },
    };
    int r = managed_sink_copy(&message.managed.sink, sink);
    if (r == 0 && answer) {
        r = stored_answer_copy(&message.managed.answer, answer);
    }
    r = r ? r : ask(store, &message);
    if (r != 0) {
        managed_sink_deinit(&message.managed.sink);
        stored_answer_deinit(&message.managed.answer);
    }
    return r;
}

static int managed_sink_delete(struct store *store, const char *name, store_done_fn done,
                               void *userdata)
{
    struct message message = {
        .kind = &message_managed_delete,
        .userdata = userdata,
        .managed = { .sink.name = strdup(name), .done = done },
    };
    int r = message.managed.sink.name ? ask(store, &message) : -ENOMEM;
    if (r != 0) {
        free(message.managed.sink.name);
    }
    return r;
}

static int answer_get(struct store *store, const char *key, int64_t since_ms, store_answer_fn done,
                      void *userdata)
{
    struct message message = {
        .kind = &message_answer_get,
        .userdata = userdata,
        .answer = { .key = strdup(key), .since_ms = since_ms, .get_done = done },
    };
    int r = message.answer.key ? ask(store, &message) : -ENOMEM;
    if (r != 0) {
        free(message.answer.key);
    }
    return r;
}

static int answer_put(struct store *store, const struct stored_answer *answer, store_done_fn done,
                      void *userdata)
{
    struct message message = {
        .kind = &message_answer_put,
        .userdata = userdata,
        .answer = { .put_done = done },
    };
    int r = stored_answer_copy(&message.answer.answer, answer);
    r = r ? r : ask(store, &message);
    if (r != 0) {
        stored_answer_deinit(&message.answer.answer);
    }
    return r;
}

// A short-lived read connection: the writer's belongs to the thread.
static int open_for_load(struct store *store, struct database *ret)
{
    int r = database_open(ret, sqlite_store_of(store)->opened.path, DATABASE_READER);
    return r < 0 ? r : database_configure(ret, DATABASE_READER);
}

static int load_states(struct store *store, struct source_notes *ret)
{
    AUTO_DATABASE struct database db = { 0 };
    int r = open_for_load(store, &db);
    return r < 0 ? r : source_table_load(&db, ret);
}

static int load_depths(struct store *store, struct sink_depth **ret, size_t *ret_n)
{
    AUTO_DATABASE struct database db = { 0 };
    int r = open_for_load(store, &db);
    return r < 0 ? r : delivery_table_depths(&db, ret, ret_n);
}

static int load_renewals(struct store *store, struct renewal_list *ret, struct problem **reterr)
{
    AUTO_DATABASE struct database db = { 0 };
    int r = open_for_load(store, &db);
    r = r ? r : renewal_table_load(&db, ret);
    return r ? problem_set(reterr, r, "store_read", "the store cannot be read: %s", strerror(-r))
             : 0;
}

static int load_managed_sinks(struct store *store, struct managed_sinks *ret)
{
    AUTO_DATABASE struct database db = { 0 };
    int r = open_for_load(store, &db);
    return r < 0 ? r : managed_table_load(&db, ret);
}

static int load_recoveries(struct store *store, struct recovery_list *ret)
{
    AUTO_DATABASE struct database db = { 0 };
    int r = open_for_load(store, &db);
    return r < 0 ? r : recovery_table_load(&db, ret);
}

static int reader_new(struct store *store, struct store_reader **ret)
{
    return store_reader_open(ret, sqlite_store_of(store)->opened.path);
}

static void stats(const struct store *store, struct store_stats *ret)
{
    store_thread_stats(sqlite_store_of_const(store)->thread, ret);
}

static void watch(struct store *base, store_watch_fn stored, void *userdata)
{
    struct sqlite_store *store = sqlite_store_of(base);
    store->watch = stored;
    store->watch_userdata = userdata;
}

static struct sqlite_store *sqlite_store_free(struct sqlite_store *store)
{
    if (store) {
        (void)store_thread_stop(store->thread);
        if (store->answers_event) {
            event_free(store->answers_event);
        }
        if (store->answers) {
            answer_all(store);
        }
        (void)mailbox_free(store->answers);
        opened_store_deinit(&store->opened);
        free(store);
    }
    return NULL;
}

static void sqlite_store_freep(struct sqlite_store **store)
{
    (void)sqlite_store_free(*store);
}

static struct store *close_store(struct store *base)
{
    if (base) {
        struct sqlite_store *store = sqlite_store_of(base);
        assert(!store->answering && !store->closing);
        store->closing = true;
        (void)sqlite_store_free(store);
    }
    return NULL;
}

static const struct store_ops ops = {
    .load_states = load_states,
    .load_depths = load_depths,
    .load_renewals = load_renewals,
    .load_managed_sinks = load_managed_sinks,
    .load_recoveries = load_recoveries,
    .commit_poll = commit_poll,
    .note = note,
    .source_pause = source_pause,
    .depart = depart,
    .settle = settle,
    .coalesce = coalesce,
    .deliveries_due = deliveries_due,
    .sink_note = sink_note,
    .sink_hold = sink_hold,
    .sink_release = sink_release,
    .keep_renewal = keep_renewal,
    .recovery_put = recovery_put,
    .recovery_step = recovery_step,
    .managed_sink_put = managed_sink_put,
    .managed_sink_delete = managed_sink_delete,
    .answer_get = answer_get,
    .answer_put = answer_put,
    .prune = prune,
    .reader_new = reader_new,
    .reader_free = store_reader_close,
    .reader_snapshot = store_reader_load_snapshot,
    .reader_suppressions = store_reader_suppressions,
    .reader_events = store_reader_events,
    .reader_deliveries = store_reader_deliveries,
    .reader_attempts = store_reader_attempts,
    .reader_depths = store_reader_depths,
    .reader_coalescible = store_reader_coalescible,
    .reader_recovery_page = store_reader_load_recovery_page,
    .reader_recovery = store_reader_load_recovery,
    .stats = stats,
    .watch = watch,
    .close = close_store,
};

static int start(struct sqlite_store *store, struct event_base *base, int64_t gap_ms)
{
    int r = mailbox_new(&store->answers, UNANSWERED_MAX);
    if (r < 0) {
        return r;
    }
    store->answers_event =
        event_new(base, mailbox_fd(store->answers), EV_READ | EV_PERSIST, on_answers, store);
    if (!store->answers_event || event_add(store->answers_event, NULL) < 0) {
        return -ENOMEM;
    }
    const struct store_thread_settings settings = {
        .path = store->opened.path,
        .gap_ms = gap_ms,
        .capacity = UNANSWERED_MAX,
        .answers = store->answers,
    };
    return store_thread_start(&store->thread, &store->opened.db, &settings);
}

int sqlite_store_open(struct store **ret, struct event_base *base,
                      const struct sqlite_store_settings *settings, struct problem **reterr)
{
    CLEANUP(sqlite_store_freep) struct sqlite_store *store = calloc(1, sizeof(*store));
    if (!store) {
        return -ENOMEM;
    }
    store->store.ops = &ops;
    store->opened.lock_fd = -1;
    int r = store_open(&store->opened, settings->path, reterr);
    if (r < 0) {
        return r;
    }
    r = start(store, base,
              settings->batch_min_gap_ms ? settings->batch_min_gap_ms : GAP_MS_DEFAULT);
    if (r < 0) {
        return problem_set(reterr, r, "store_thread", "the store of %s cannot be started",
                           settings->path);
    }
    *ret = &STEAL(store)->store;
    return 0;
}
