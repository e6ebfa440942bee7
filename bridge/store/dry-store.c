// A store that shows what is there and keeps nothing but renewed secrets. Answers come later from
// the loop, as those of the real one, because callers are promised so.
#include "bridge/store/dry-store.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/base/problem.h"
#include "bridge/spi/store.h"
#include "bridge/store/database.h"
#include "bridge/store/renewal-table.h"
#include "bridge/store/source-table.h"
#include "bridge/store/store-open.h"
#include "bridge/store/store-reader.h"

enum answer_kind { ANSWER_COMMIT, ANSWER_DONE, ANSWER_DELIVERIES };

struct answer {
    struct answer *next;
    enum answer_kind kind;
    struct poll_commit *commit;
    store_commit_fn commit_done;
    store_done_fn done;
    store_deliveries_fn deliveries_done;
    void *userdata;
};

struct dry_store {
    struct store store;  // first
    char *path;          // NULL: there is no database yet
    char *writable_path; // where renewals are kept: the only thing that is
    struct opened_store writable;
    bool is_writable;
    struct event *turn;
    struct answer *first;
    struct answer **last;
};

static struct dry_store *dry_store_of(struct store *store)
{
    return (struct dry_store *)store;
}

static void give(struct answer *answer)
{
    struct delivery_list none = { 0 };

    switch (answer->kind) {
    case ANSWER_COMMIT: answer->commit_done(0, answer->commit, answer->userdata); break;
    case ANSWER_DONE: answer->done(0, answer->userdata); break;
    case ANSWER_DELIVERIES: answer->deliveries_done(0, &none, 0, answer->userdata); break;
    }
    free(answer);
}

static void answer_all(struct dry_store *store)
{
    struct answer *answer = store->first;

    store->first = NULL;
    store->last = &store->first;
    while (answer) {
        struct answer *next = answer->next;
        give(answer);
        answer = next;
    }
}

static void on_turn(evutil_socket_t fd, short what, void *userdata)
{
    (void)fd;
    (void)what;
    answer_all(userdata);
}

static int promise(struct store *base, const struct answer *what)
{
    struct dry_store *store = dry_store_of(base);
    struct answer *answer = malloc(sizeof(*answer));

    if (!answer) {
        return -ENOMEM;
    }
    *answer = *what;
    answer->next = NULL;
    *store->last = answer;
    store->last = &answer->next;
    event_active(store->turn, 0, 0);
    return 0;
}

static int commit_poll(struct store *store, struct poll_commit *take, store_commit_fn done,
                       void *userdata)
{
    return promise(store, &(struct answer){ .kind = ANSWER_COMMIT,
                                            .commit = take,
                                            .commit_done = done,
                                            .userdata = userdata });
}

static int note(struct store *store, struct source_notes *take)
{
    (void)store;
    source_notes_deinit(take);
    *take = (struct source_notes){ 0 };
    return 0;
}

static int source_pause(struct store *store, const char *source, int64_t paused_at_ms,
                        store_done_fn done, void *userdata)
{
    (void)source;
    (void)paused_at_ms;
    return promise(store,
                   &(struct answer){ .kind = ANSWER_DONE, .done = done, .userdata = userdata });
}

static int depart(struct store *store, struct departure_list *take)
{
    (void)store;
    departure_list_deinit(take);
    return 0;
}

static int settle(struct store *store, struct attempt_list *take, store_done_fn done,
                  void *userdata)
{
    int r =
        promise(store, &(struct answer){ .kind = ANSWER_DONE, .done = done, .userdata = userdata });

    if (r == 0) {
        attempt_list_deinit(take);
        *take = (struct attempt_list){ 0 };
    }
    return r;
}

static int deliveries_due(struct store *store, const struct due_query *query,
                          store_deliveries_fn done, void *userdata)
{
    (void)query; // what waits belongs to the daemon; here nothing is sent
    return promise(store, &(struct answer){ .kind = ANSWER_DELIVERIES,
                                            .deliveries_done = done,
                                            .userdata = userdata });
}

static int prune(struct store *store, int64_t before_ms, uint64_t size_bytes, store_done_fn done,
                 void *userdata)
{
    (void)before_ms;
    (void)size_bytes;
    return promise(store,
                   &(struct answer){ .kind = ANSWER_DONE, .done = done, .userdata = userdata });
}

// Nothing is sent from here, so no sink fails and none is held.
static int sink_note(struct store *store, const char *sink, const struct sink_health *health,
                     store_done_fn done, void *userdata)
{
    (void)sink;
    (void)health;
    return promise(store,
                   &(struct answer){ .kind = ANSWER_DONE, .done = done, .userdata = userdata });
}

static int sink_hold(struct store *store, const char *sink, store_done_fn done, void *userdata)
{
    return sink_note(store, sink, NULL, done, userdata);
}

static int sink_release(struct store *store, const char *sink, bool cancel, store_done_fn done,
                        void *userdata)
{
    (void)cancel;
    return sink_note(store, sink, NULL, done, userdata);
}

// A server that gives a new refresh token takes the old one from then on no more, whoever asked for
// it: what is only to be looked at cannot be had without keeping that.
static int load_renewals(struct store *base, struct renewal_list *ret, struct problem **reterr)
{
    struct dry_store *store = dry_store_of(base);
    int r = store_open(&store->writable, store->writable_path, reterr);

    if (r < 0) {
        return r;
    }
    store->is_writable = true;
    return renewal_table_load(&store->writable.db, ret);
}

static int keep_renewal(struct store *base, const struct renewal *renewal, store_done_fn done,
                        void *userdata)
{
    struct dry_store *store = dry_store_of(base);
    int r = store->is_writable ? renewal_table_put(&store->writable.db, renewal) : -EROFS;

    return r ? r
             : promise(base,
                       &(struct answer){ .kind = ANSWER_DONE, .done = done, .userdata = userdata });
}

static int load_states(struct store *base, struct source_notes *ret)
{
    const struct dry_store *store = dry_store_of(base);
    AUTO_DATABASE struct database db = { 0 };

    if (!store->path) {
        *ret = (struct source_notes){ 0 };
        return 0;
    }
    int r = database_open(&db, store->path, DATABASE_READER);
    r = r < 0 ? r : database_configure(&db, DATABASE_READER);
    return r < 0 ? r : source_table_load(&db, ret);
}

static int load_depths(struct store *store, struct sink_depth **ret, size_t *ret_n)
{
    (void)store;
    *ret = NULL;
    *ret_n = 0;
    return 0;
}

static int reader_new(struct store *store, struct store_reader **ret)
{
    const char *path = dry_store_of(store)->path;

    if (!path) {
        *ret = NULL;
        return 0;
    }
    return store_reader_open(ret, path);
}

static struct store_reader *reader_free(struct store_reader *reader)
{
    return reader ? store_reader_close(reader) : NULL;
}

static int reader_snapshot(struct store_reader *reader, const char *source, struct snapshot *ret)
{
    if (!reader) {
        *ret = (struct snapshot){ 0 };
        return 0;
    }
    return store_reader_load_snapshot(reader, source, ret);
}

static void stats(const struct store *store, struct store_stats *ret)
{
    (void)store;
    *ret = (struct store_stats){ 0 };
}

// Nothing is ever stored.
static void watch(struct store *store, store_watch_fn stored, void *userdata)
{
    (void)store;
    (void)stored;
    (void)userdata;
}

static struct store *close_store(struct store *base)
{
    struct dry_store *store = dry_store_of(base);

    if (base) {
        answer_all(store);
        if (store->is_writable) {
            opened_store_deinit(&store->writable);
        }
        if (store->turn) {
            event_free(store->turn);
        }
        free(store->path);
        free(store->writable_path);
        free(store);
    }
    return NULL;
}

static const struct store_ops ops = {
    .load_states = load_states,
    .load_depths = load_depths,
    .load_renewals = load_renewals,
    .commit_poll = commit_poll,
    .note = note,
    .source_pause = source_pause,
    .depart = depart,
    .settle = settle,
    .deliveries_due = deliveries_due,
    .sink_note = sink_note,
    .sink_hold = sink_hold,
    .sink_release = sink_release,
    .keep_renewal = keep_renewal,
    .prune = prune,
    .reader_new = reader_new,
    .reader_free = reader_free,
    .reader_snapshot = reader_snapshot,
    .reader_suppressions = store_reader_suppressions,
    .reader_events = store_reader_events,
    .reader_deliveries = store_reader_deliveries,
    .reader_attempts = store_reader_attempts,
    .reader_depths = store_reader_depths,
    .stats = stats,
    .watch = watch,
    .close = close_store,
};

// What there is to be read. NULL in `ret`: nothing yet.
static int find_stored(const char *path, char **ret, struct problem **reterr)
{
    bool empty = false;
    if (access(path, F_OK) != 0) {
        return 0;
    }
    if (access(path, R_OK) != 0) {
        return problem_set(reterr, -EACCES, "store_access",
                           "the store %s cannot be read; run as the user the daemon runs as", path);
    }
    int r = store_check_readable(path, &empty, reterr);
    if (r == 0 && !empty) {
        *ret = strdup(path);
        r = *ret ? 0 : -ENOMEM;
    }
    return r;
}

int dry_store_open(struct store **ret, struct event_base *base, const char *path,
                   struct problem **reterr)
{
    struct dry_store *store = calloc(1, sizeof(*store));

    if (!store) {
        return -ENOMEM;
    }
    store->store.ops = &ops;
    store->last = &store->first;
    store->turn = event_new(base, -1, 0, on_turn, store);
    store->writable_path = strdup(path);
    int r = store->turn && store->writable_path ? find_stored(path, &store->path, reterr) : -ENOMEM;
    if (r < 0) {
        close_store(&store->store);
        return r;
    }
    *ret = &store->store;
    return 0;
}
