#include "tests/unit/store/support.h"

#include <event2/event.h>
#include <glob.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/base/problem.h"
#include "bridge/store/sqlite-store.h"

void fixture_init(struct fixture *fixture)
{
    *fixture = (struct fixture){ .gap_ms = 1 };
    const char *parent = getenv("TMPDIR");
    (void)snprintf(fixture->dir, sizeof(fixture->dir), "%s/store-test-XXXXXX",
                   parent && strlen(parent) < 32 ? parent : "/tmp");
    assert_non_null(mkdtemp(fixture->dir));
    (void)snprintf(fixture->path, sizeof(fixture->path), "%s/store.db", fixture->dir);
    fixture->base = event_base_new();
    assert_non_null(fixture->base);
}

void fixture_deinit(struct fixture *fixture)
{
    fixture_close(fixture);
    event_base_free(fixture->base);
    char pattern[80];
    (void)snprintf(pattern, sizeof(pattern), "%s/*", fixture->dir);
    glob_t found;
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            (void)remove(found.gl_pathv[i]);
        }
        globfree(&found);
    }
    assert_int_equal(rmdir(fixture->dir), 0);
}

void fixture_open(struct fixture *fixture)
{
    const struct sqlite_store_settings settings = {
        .path = fixture->path,
        .batch_min_gap_ms = fixture->gap_ms,
    };
    struct problem *problem = NULL;
    int r = sqlite_store_open(&fixture->store, fixture->base, &settings, &problem);
    if (r < 0) {
        print_error("open: %s\n", problem ? problem->message : strerror(-r));
    }
    assert_int_equal(r, 0);
}

void fixture_close(struct fixture *fixture)
{
    if (fixture->store) {
        fixture->store = fixture->store->ops->close(fixture->store);
        assert_null(fixture->store);
    }
}

void fixture_reopen(struct fixture *fixture)
{
    fixture_close(fixture);
    fixture_open(fixture);
}

void fixture_loop(struct fixture *fixture)
{
    assert_int_equal(event_base_loop(fixture->base, EVLOOP_ONCE), 0);
}

int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture_init(fixture);
    fixture_open(fixture);
    *state = fixture;
    return 0;
}

int fixture_teardown(void **state)
{
    fixture_deinit(*state);
    free(*state);
    return 0;
}

char *dup_text(const char *text)
{
    char *copy = strdup(text);
    assert_non_null(copy);
    return copy;
}

static struct bytes dup_bytes(const char *text)
{
    struct bytes bytes = { 0 };
    assert_int_equal(bytes_dup(&bytes, text, strlen(text)), 0);
    return bytes;
}

void make_event_id(char ret[EVENT_ID_SIZE], const char *source, int64_t sequence)
{
    (void)snprintf(ret, EVENT_ID_SIZE, "evt_%.16s_%09lld", source, (long long)sequence);
}

static void make_event(struct event *event, const char *source, int64_t sequence)
{
    char text[128];
    make_event_id(event->id, source, sequence);
    event->type = dup_text(EVENT_ITEM_UPDATED);
    event->source = dup_text(source);
    (void)snprintf(text, sizeof(text), "\"k%lld\"", (long long)sequence);
    event->key = dup_text(text);
    event->sequence = sequence;
    event->at_ms = 1000 + sequence;
    (void)snprintf(text, sizeof(text), "{\"source\":\"%s\",\"sequence\":%lld}", source,
                   (long long)sequence);
    event->body = dup_bytes(text);
}

static void make_delivery(struct delivery *delivery, const struct event *event, const char *sink)
{
    delivery->sink = dup_text(sink);
    memcpy(delivery->event_id, event->id, sizeof(event->id));
    delivery->event_type = dup_text(event->type);
    delivery->source = dup_text(event->source);
    delivery->lane = dup_text(event->key);
    delivery->sequence = event->sequence;
    delivery->event_at_ms = event->at_ms;
}

static size_t count_sinks(const char *const sinks[])
{
    size_t n = 0;
    while (sinks && sinks[n]) {
        n++;
    }
    return n;
}

struct poll_commit *make_commit(const char *source, const struct source_state *state, size_t events,
                                const char *const sinks[])
{
    static const struct source_state none;
    const struct source_state *before = state ? state : &none;
    struct poll_commit *commit = calloc(1, sizeof(*commit));
    assert_non_null(commit);
    commit->source = dup_text(source);
    commit->expected_version = before->version;
    assert_int_equal(source_state_copy(&commit->state, before), 0);
    commit->state.version++;
    commit->state.sequence += (int64_t)events;
    commit->state.has_snapshot = true;
    char document[64];
    (void)snprintf(document, sizeof(document), "{\"version\":%lld}",
                   (long long)commit->state.version);
    commit->snapshot.document = dup_bytes(document);
    commit->snapshot.raw = dup_bytes(" raw ");
    commit->snapshot.noise = dup_bytes(" noise ");
    commit->snapshot.key = dup_text(".id");
    commit->snapshot.rules = (struct hash128){ 7, 8 };

    size_t sink_count = count_sinks(sinks);
    commit->events.v = calloc(events + 1, sizeof(*commit->events.v));
    commit->deliveries.v = calloc(events * sink_count + 1, sizeof(*commit->deliveries.v));
    assert_true(commit->events.v && commit->deliveries.v);
    for (size_t i = 0; i < events; i++) {
        struct event *event = &commit->events.v[commit->events.n++];
        make_event(event, source, before->sequence + 1 + (int64_t)i);
        for (size_t j = 0; j < sink_count; j++) {
            make_delivery(&commit->deliveries.v[commit->deliveries.n++], event, sinks[j]);
        }
        memcpy(commit->state.last_event_id, event->id, sizeof(event->id));
    }
    return commit;
}

struct commit_answer {
    bool answered;
    int result;
    struct poll_commit *commit;
};

static void on_commit(int result, struct poll_commit *take, void *userdata)
{
    struct commit_answer *answer = userdata;
    *answer = (struct commit_answer){ true, result, take };
}

int commit_wait_take(struct fixture *fixture, struct poll_commit *take, struct poll_commit **ret)
{
    struct commit_answer answer = { 0 };
    assert_int_equal(fixture->store->ops->commit_poll(fixture->store, take, on_commit, &answer), 0);
    assert_false(answer.answered);
    while (!answer.answered) {
        fixture_loop(fixture);
    }
    assert_ptr_equal(answer.commit, take);
    *ret = answer.commit;
    return answer.result;
}

int commit_wait(struct fixture *fixture, struct poll_commit *take, struct source_state *ret_state)
{
    struct poll_commit *commit;
    int r = commit_wait_take(fixture, take, &commit);
    if (ret_state) {
        *ret_state = commit->state;
        commit->state = (struct source_state){ 0 };
    }
    poll_commit_free(commit);
    return r;
}

struct done_answer {
    bool answered;
    int result;
};

static void on_done(int result, void *userdata)
{
    struct done_answer *answer = userdata;
    *answer = (struct done_answer){ true, result };
}

static int wait_done(struct fixture *fixture, const struct done_answer *answer)
{
    while (!answer->answered) {
        fixture_loop(fixture);
    }
    return answer->result;
}

int settle_wait(struct fixture *fixture, int64_t delivery_id, unsigned number,
                enum delivery_state state, int64_t next_at_ms)
{
    struct attempt_list list = { calloc(1, sizeof(struct attempt)), 1 };
    assert_non_null(list.v);
    list.v[0] = (struct attempt){
        .delivery_id = delivery_id,
        .number = number,
        .at_ms = 5000,
        .duration_ms = 12,
        .status = 500,
        .error_code = dup_text("http_status"),
        .response = dup_bytes("oh no"),
        .state = state,
        .next_at_ms = next_at_ms,
    };
    struct done_answer answer = { 0 };
    assert_int_equal(fixture->store->ops->settle(fixture->store, &list, on_done, &answer), 0);
    assert_null(list.v);
    return wait_done(fixture, &answer);
}

int prune_wait(struct fixture *fixture, int64_t before_ms, uint64_t size_bytes)
{
    struct done_answer answer = { 0 };
    assert_int_equal(
        fixture->store->ops->prune(fixture->store, before_ms, size_bytes, on_done, &answer), 0);
    return wait_done(fixture, &answer);
}

struct due_answer {
    bool answered;
    struct due due;
};

static void on_due(int result, struct delivery_list *take, int64_t next_due_at_ms, void *userdata)
{
    struct due_answer *answer = userdata;
    *answer = (struct due_answer){ true, { result, *take, next_due_at_ms } };
    *take = (struct delivery_list){ 0 };
}

struct due due_wait(struct fixture *fixture, struct due_query query)
{
    struct due_answer answer = { 0 };
    assert_int_equal(fixture->store->ops->deliveries_due(fixture->store, &query, on_due, &answer),
                     0);
    while (!answer.answered) {
        fixture_loop(fixture);
    }
    return answer.due;
}

void due_deinit(struct due *due)
{
    delivery_list_deinit(&due->list);
}

struct source_state stored_state(struct fixture *fixture, const char *source)
{
    struct source_notes notes = { 0 };
    assert_int_equal(fixture->store->ops->load_states(fixture->store, &notes), 0);
    struct source_state state = { .version = -1 };
    for (size_t i = 0; i < notes.n; i++) {
        if (strcmp(notes.v[i].source, source) == 0) {
            assert_int_equal(source_state_copy(&state, &notes.v[i].state), 0);
        }
    }
    source_notes_deinit(&notes);
    assert_int_not_equal(state.version, -1);
    return state;
}

struct snapshot stored_snapshot(struct fixture *fixture, const char *source)
{
    struct store_reader *reader;
    assert_int_equal(fixture->store->ops->reader_new(fixture->store, &reader), 0);
    struct snapshot snapshot;
    assert_int_equal(fixture->store->ops->reader_snapshot(reader, source, &snapshot), 0);
    assert_null(fixture->store->ops->reader_free(reader));
    return snapshot;
}

int64_t query_file(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    (void)sqlite3_busy_timeout(db, 5000);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
    return value;
}

void exec_file(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    (void)sqlite3_busy_timeout(db, 5000);
    char *message = NULL;
    int result = sqlite3_exec(db, sql, NULL, NULL, &message);
    if (result != SQLITE_OK) {
        print_error("%s\n", message);
    }
    assert_int_equal(result, SQLITE_OK);
    (void)sqlite3_close(db);
}
