// Many calls share a transaction; none of them pays for another's trouble.
#include "tests/unit/store/support.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static const char *const one_sink[] = { "ci", NULL };

// Many calls under way at once, and what became of them, in order of the answers.
struct crowd {
    struct fixture *f;
    size_t asked;
    size_t answered;
    int results[8192];
    struct poll_commit *commits[8192]; // given back; freed by crowd_free unless taken
};

static struct crowd *crowd_new(struct fixture *f)
{
    struct crowd *crowd = calloc(1, sizeof(*crowd));
    assert_non_null(crowd);
    crowd->f = f;
    return crowd;
}

static void crowd_free(struct crowd *crowd)
{
    for (size_t i = 0; i < crowd->answered; i++) {
        poll_commit_free(crowd->commits[i]);
    }
    free(crowd);
}

static void on_commit(int result, struct poll_commit *take, void *userdata)
{
    struct crowd *crowd = userdata;
    crowd->results[crowd->answered] = result;
    crowd->commits[crowd->answered++] = take;
}

static int crowd_try(struct crowd *crowd, struct poll_commit *commit)
{
    size_t answered = crowd->answered;
    int r = crowd->f->store->ops->commit_poll(crowd->f->store, commit, on_commit, crowd);
    assert_int_equal(crowd->answered, answered); // never from inside the call
    crowd->asked += r == 0;
    return r;
}

static void crowd_add(struct crowd *crowd, struct poll_commit *commit)
{
    assert_int_equal(crowd_try(crowd, commit), 0);
}

static void crowd_wait(struct crowd *crowd)
{
    while (crowd->answered < crowd->asked) {
        fixture_loop(crowd->f);
    }
}

static struct poll_commit *numbered_commit(size_t number)
{
    char name[32];
    (void)snprintf(name, sizeof(name), "source-%05zu", number);
    return make_commit(name, NULL, 1, one_sink);
}

static struct store_stats stats_of(struct fixture *f)
{
    struct store_stats stats;
    f->store->ops->stats(f->store, &stats);
    return stats;
}

// A gap so long that what a test asks in one go is in the queue before it ends.
static void open_with_wide_gap(struct fixture *f)
{
    fixture_close(f);
    f->gap_ms = 50;
    fixture_open(f);
}

static void under_load_many_commits_share_one_transaction(void **state)
{
    struct fixture *f = *state;
    open_with_wide_gap(f);
    struct crowd *crowd = crowd_new(f);
    enum { N = 1000 };
    for (size_t i = 0; i < N; i++) {
        crowd_add(crowd, numbered_commit(i));
    }
    crowd_wait(crowd);
    struct store_stats stats = stats_of(f);
    assert_int_equal(stats.commits, N);
    assert_int_equal(stats.events, N);
    assert_true(stats.batches >= 1 && stats.batches < N / 10);
    assert_true(stats.commit_seconds.sum > 0);
    assert_true(stats.bytes > N * 100);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(crowd->results[i], 0);
    }
    crowd_free(crowd);
}

static void answers_come_in_the_order_of_the_calls(void **state)
{
    struct fixture *f = *state;
    struct crowd *crowd = crowd_new(f);
    for (size_t i = 0; i < 300; i++) {
        crowd_add(crowd, numbered_commit(i));
    }
    crowd_wait(crowd);
    for (size_t i = 1; i < 300; i++) {
        assert_true(strcmp(crowd->commits[i - 1]->source, crowd->commits[i]->source) < 0);
        assert_true(crowd->commits[i - 1]->deliveries.v[0].id <
                    crowd->commits[i]->deliveries.v[0].id);
    }
    crowd_free(crowd);
}

static void a_conflict_does_not_touch_its_neighbours(void **state)
{
    struct fixture *f = *state;
    open_with_wide_gap(f);
    struct crowd *crowd = crowd_new(f);
    // Goes at once; the others wait for the gap to end and share a transaction.
    crowd_add(crowd, make_commit("first", NULL, 0, NULL));
    crowd_add(crowd, make_commit("a", NULL, 2, one_sink));
    crowd_add(crowd, make_commit("a", NULL, 3, one_sink));
    crowd_add(crowd, make_commit("b", NULL, 4, one_sink));
    crowd_wait(crowd);
    static const int expected[] = { 0, 0, STORE_E_CONFLICT, 0 };
    assert_memory_equal(crowd->results, expected, sizeof(expected));
    assert_int_equal(query_file(f->path, "SELECT sequence FROM source WHERE name = 'a'"), 2);
    assert_int_equal(query_file(f->path, "SELECT sequence FROM source WHERE name = 'b'"), 4);
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM delivery"), 6);
    crowd_free(crowd);
}

static void a_full_mailbox_refuses_and_takes_again_later(void **state)
{
    struct fixture *f = *state;
    struct crowd *crowd = crowd_new(f);
    struct poll_commit *refused = NULL;
    for (size_t i = 0; !refused && i < ARRAY_LEN(crowd->results); i++) {
        struct poll_commit *commit = numbered_commit(i);
        int r = crowd_try(crowd, commit);
        if (r != 0) {
            assert_int_equal(r, -EAGAIN);
            refused = commit;
        }
    }
    assert_non_null(refused);
    crowd_wait(crowd);
    crowd_add(crowd, refused); // nothing of it was taken
    crowd_wait(crowd);
    assert_int_equal(stats_of(f).commits, crowd->asked);
    crowd_free(crowd);
}

static void large_documents_are_bounded_by_bytes(void **state)
{
    struct fixture *f = *state;
    struct crowd *crowd = crowd_new(f);
    for (size_t i = 0; i < 2; i++) {
        struct poll_commit *commit = numbered_commit(i);
        bytes_deinit(&commit->snapshot.document);
        commit->snapshot.document.len = (size_t)70 << 20;
        commit->snapshot.document.data = calloc(1, commit->snapshot.document.len + 1);
        assert_non_null(commit->snapshot.document.data);
        int r = crowd_try(crowd, commit);
        // One of any size must come through, or it never would.
        assert_int_equal(r, i == 0 ? 0 : -EAGAIN);
        if (r != 0) {
            poll_commit_free(commit);
        }
    }
    crowd_wait(crowd);
    assert_int_equal(crowd->results[0], 0);
    crowd_free(crowd);
}

static void closing_writes_and_answers_what_was_asked(void **state)
{
    struct fixture *f = *state;
    struct crowd *crowd = crowd_new(f);
    enum { N = 700 };
    for (size_t i = 0; i < N; i++) {
        crowd_add(crowd, numbered_commit(i));
    }
    fixture_close(f);
    assert_int_equal(crowd->answered, N);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(crowd->results[i], 0);
    }
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM event"), N);
    crowd_free(crowd);
}

struct late_call {
    struct fixture *f;
    int result;
};

static void call_while_closing(int result, struct poll_commit *take, void *userdata)
{
    struct late_call *call = userdata;
    assert_int_equal(result, 0);
    call->result = call->f->store->ops->commit_poll(call->f->store, take, call_while_closing, call);
    poll_commit_free(take);
}

static void a_call_while_closing_is_refused(void **state)
{
    struct fixture *f = *state;
    struct late_call call = { f, 0 };
    assert_int_equal(f->store->ops->commit_poll(f->store, make_commit("a", NULL, 0, NULL),
                                                call_while_closing, &call),
                     0);
    fixture_close(f);
    assert_int_equal(call.result, -ESHUTDOWN);
}

static uint64_t size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

// No file may grow beyond `bytes`: what a full disk does, for this process alone.
static void limit_files(rlim_t bytes, struct rlimit *ret_before)
{
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, ret_before), 0);
    const struct rlimit limit = { bytes, ret_before->rlim_max };
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void make_incompressible(struct poll_commit *commit, unsigned seed)
{
    enum { LEN = 200000 };
    bytes_deinit(&commit->snapshot.raw);
    char *raw = malloc(LEN + 1);
    assert_non_null(raw);
    uint64_t x = seed + 1;
    for (size_t i = 0; i < LEN; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        raw[i] = (char)(x >> 56);
    }
    raw[LEN] = '\0';
    commit->snapshot.raw = (struct bytes){ raw, LEN };
}

static void a_full_disk_loses_nothing_and_ends_nothing(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(commit_wait(f, make_commit("before", NULL, 3, one_sink), NULL), 0);
    char wal[128];
    (void)snprintf(wal, sizeof(wal), "%s-wal", f->path);
    struct rlimit before;
    limit_files(size_of(wal) + 300000, &before);

    struct crowd *crowd = crowd_new(f);
    enum { N = 12 };
    for (unsigned i = 0; i < N; i++) {
        struct poll_commit *commit = numbered_commit(i);
        make_incompressible(commit, i);
        crowd_add(crowd, commit);
    }
    crowd_wait(crowd);
    struct crowd *retry = crowd_new(f);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    for (size_t i = 0; i < N; i++) {
        struct poll_commit *commit = crowd->commits[i];
        if (crowd->results[i] != 0) {
            assert_true(crowd->results[i] < 0);
            assert_int_equal(commit->deliveries.v[0].id, 0);
            assert_int_equal(commit->state.id, 0);
            crowd->commits[i] = NULL;
            crowd_add(retry, commit); // as it came back
        }
    }
    assert_true(retry->asked > 0); // it was full indeed
    crowd_wait(retry);
    for (size_t i = 0; i < retry->asked; i++) {
        assert_int_equal(retry->results[i], 0);
    }
    crowd_free(retry);
    crowd_free(crowd);
    fixture_reopen(f);
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM source"), N + 1);
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM event"), N + 3);
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM delivery"), N + 3);
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM pragma_integrity_check"
                                         " WHERE integrity_check <> 'ok'"),
                     0);
}

static void a_disk_that_is_full_for_one_is_not_full_for_the_others(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(commit_wait(f, make_commit("before", NULL, 0, one_sink), NULL), 0);
    char wal[128];
    (void)snprintf(wal, sizeof(wal), "%s-wal", f->path);
    struct rlimit before;
    limit_files(size_of(wal) + 150000, &before);
    struct poll_commit *large = make_commit("large", NULL, 0, NULL);
    make_incompressible(large, 1);
    int r = commit_wait(f, large, NULL);
    int small = commit_wait(f, make_commit("small", NULL, 0, NULL), NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_true(r < 0);
    assert_int_equal(small, 0);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        WITH_STORE(under_load_many_commits_share_one_transaction),
        WITH_STORE(answers_come_in_the_order_of_the_calls),
        WITH_STORE(a_conflict_does_not_touch_its_neighbours),
        WITH_STORE(a_full_mailbox_refuses_and_takes_again_later),
        WITH_STORE(large_documents_are_bounded_by_bytes),
        WITH_STORE(closing_writes_and_answers_what_was_asked),
        WITH_STORE(a_call_while_closing_is_refused),
        WITH_STORE(a_full_disk_loses_nothing_and_ends_nothing),
        WITH_STORE(a_disk_that_is_full_for_one_is_not_full_for_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
