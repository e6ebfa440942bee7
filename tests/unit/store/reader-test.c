// Readers on other threads see whole commits, and every one that was acknowledged.
#include "tests/unit/store/support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { READERS = 3, VERSIONS = 300 };

struct reading {
    struct store *store;
    _Atomic int64_t acknowledged;
    _Atomic bool stop;
};

struct reader_thread {
    pthread_t thread;
    struct reading *reading;
    size_t seen;
    const char *trouble; // NULL: none
};

// The version that a document or a raw answer of write_version tells; -1: none.
static int64_t version_of(const struct bytes *bytes)
{
    long long version = -1;
    if (!bytes->data || sscanf(bytes->data, "{\"version\":%lld,", &version) != 1) {
        return -1;
    }
    return version;
}

static const char *look(struct reading *reading, struct store_reader *reader)
{
    int64_t acknowledged = atomic_load(&reading->acknowledged);
    struct snapshot snapshot;
    if (reading->store->ops->reader_snapshot(reader, "a", &snapshot) != 0) {
        return "the snapshot cannot be read";
    }
    int64_t document = version_of(&snapshot.document);
    int64_t raw = version_of(&snapshot.raw);
    snapshot_deinit(&snapshot);
    if (document != raw) {
        return "half a commit was seen";
    }
    return document < acknowledged ? "an acknowledged commit was not seen" : NULL;
}

static void *run(void *userdata)
{
    struct reader_thread *thread = userdata;
    struct reading *reading = thread->reading;
    struct store_reader *reader;
    if (reading->store->ops->reader_new(reading->store, &reader) != 0) {
        thread->trouble = "no reader";
        return NULL;
    }
    while (!thread->trouble && !atomic_load(&reading->stop)) {
        thread->trouble = look(reading, reader);
        thread->seen++;
    }
    (void)reading->store->ops->reader_free(reader);
    return NULL;
}

static void set_text(struct bytes *bytes, int64_t version, const char *kind)
{
    char text[512];
    int len = snprintf(text, sizeof(text), "{\"version\":%lld,\"kind\":\"%s\",\"pad\":\"%0300d\"}",
                       (long long)version, kind, 0);
    bytes_deinit(bytes);
    assert_int_equal(bytes_dup(bytes, text, (size_t)len), 0);
}

static void write_version(struct fixture *f, struct source_state *state)
{
    struct poll_commit *commit = make_commit("a", state, 1, NULL);
    set_text(&commit->snapshot.document, commit->state.version, "document");
    set_text(&commit->snapshot.raw, commit->state.version, "raw");
    source_state_deinit(state);
    assert_int_equal(commit_wait(f, commit, state), 0);
}

static void readers_see_whole_commits_and_every_acknowledged_one(void **state)
{
    struct fixture *f = *state;
    struct source_state source = { 0 };
    write_version(f, &source);
    struct reading reading = { .store = f->store, .acknowledged = source.version };
    struct reader_thread threads[READERS] = { 0 };
    for (size_t i = 0; i < READERS; i++) {
        threads[i].reading = &reading;
        assert_int_equal(pthread_create(&threads[i].thread, NULL, run, &threads[i]), 0);
    }
    while (source.version < VERSIONS) {
        write_version(f, &source);
        atomic_store(&reading.acknowledged, source.version);
    }
    atomic_store(&reading.stop, true);
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_join(threads[i].thread, NULL), 0);
        if (threads[i].trouble) {
            fail_msg("%s", threads[i].trouble);
        }
        assert_true(threads[i].seen > 0);
    }
    source_state_deinit(&source);
}

static void a_reader_cannot_hold_up_a_commit(void **state)
{
    struct fixture *f = *state;
    struct store_reader *reader;
    struct source_state source = { 0 };
    write_version(f, &source);
    assert_int_equal(f->store->ops->reader_new(f->store, &reader), 0);
    for (int i = 0; i < 3; i++) {
        struct snapshot snapshot;
        assert_int_equal(f->store->ops->reader_snapshot(reader, "a", &snapshot), 0);
        assert_int_equal(version_of(&snapshot.document), source.version);
        snapshot_deinit(&snapshot);
        write_version(f, &source); // with the reader's connection open
    }
    assert_null(f->store->ops->reader_free(reader));
    assert_null(f->store->ops->reader_free(NULL));
    source_state_deinit(&source);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        WITH_STORE(readers_see_whole_commits_and_every_acknowledged_one),
        WITH_STORE(a_reader_cannot_hold_up_a_commit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
