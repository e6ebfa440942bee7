// What the store costs: prints figures, checks nothing. Not part of the tests.
//   meson compile -C build bench-store && build/tests/unit/store/bench-store
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "tests/unit/store/support.h"

static const char *const one_sink[] = { "ci", NULL };

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// About 2 KB of JSON that differs from source to source as real answers do.
static struct bytes make_document(unsigned seed)
{
    char text[2600];
    size_t len = 0;
    for (unsigned i = 0; i < 24; i++) {
        seed = seed * 1103515245u + 12345u;
        len += (size_t)snprintf(text + len, sizeof(text) - len,
                                "%s{\"id\":%u,\"name\":\"item %u\",\"status\":\"%s\",\"price\":"
                                "%u.%02u,\"in_stock\":true}",
                                i ? "," : "[", seed % 100000, i, seed & 64 ? "open" : "paid",
                                seed % 977, seed % 100);
    }
    len += (size_t)snprintf(text + len, sizeof(text) - len, "]");
    struct bytes bytes;
    assert_int_equal(bytes_dup(&bytes, text, len), 0);
    return bytes;
}

struct crowd {
    size_t waiting;
    struct source_state *states; // by the commit's order
    size_t at;
};

static void on_commit(int result, struct poll_commit *take, void *userdata)
{
    struct crowd *crowd = userdata;
    assert_int_equal(result, 0);
    struct source_state *state = &crowd->states[crowd->at++];
    source_state_deinit(state);
    *state = take->state;
    take->state = (struct source_state){ 0 };
    crowd->waiting--;
    poll_commit_free(take);
}

// `n` sources commit once each, all at once; with documents of 2 KB.
static void commit_all(struct fixture *f, struct crowd *crowd, size_t first, size_t n)
{
    crowd->at = first;
    for (size_t i = first; i < first + n; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "source-%06zu", i);
        struct poll_commit *commit = make_commit(name, &crowd->states[i], 1, one_sink);
        bytes_deinit(&commit->snapshot.document);
        bytes_deinit(&commit->snapshot.raw);
        commit->snapshot.document = make_document((unsigned)(i + (size_t)crowd->states[i].version));
        commit->snapshot.raw = make_document((unsigned)(i + 7));
        assert_int_equal(f->store->ops->commit_poll(f->store, commit, on_commit, crowd), 0);
        crowd->waiting++;
    }
    while (crowd->waiting > 0) {
        fixture_loop(f);
    }
}

static void measure_commits(struct fixture *f, struct crowd *crowd, size_t at_once, size_t rounds)
{
    struct store_stats before;
    struct store_stats after;
    f->store->ops->stats(f->store, &before);
    double cpu = cpu_s();
    for (size_t i = 0; i < rounds; i++) {
        commit_all(f, crowd, (i * at_once) % 1000, at_once);
    }
    cpu = cpu_s() - cpu;
    f->store->ops->stats(f->store, &after);
    double n = (double)(at_once * rounds);
    (void)printf("commit_poll, %3zu at once: %6.1f us each in the store thread, %6.1f us of CPU "
                 "with making them (%.0f a batch)\n",
                 at_once, (after.commit_seconds.sum - before.commit_seconds.sum) * 1e6 / n, cpu * 1e6 / n,
                 n / (double)(after.batches - before.batches));
}

static void measure_sources(struct fixture *f, struct crowd *crowd, size_t n)
{
    double at = now_s();
    for (size_t i = 1000; i < n; i += 1000) {
        commit_all(f, crowd, i, 1000);
    }
    double filled = now_s() - at;
    fixture_reopen(f);
    struct store_stats stats;
    f->store->ops->stats(f->store, &stats);
    at = now_s();
    struct source_notes notes;
    assert_int_equal(f->store->ops->load_states(f->store, &notes), 0);
    at = now_s() - at;
    (void)printf("%zu sources: filled in %.1f s, %.0f bytes a source with snapshot (2 x 2 KB), "
                 "event and delivery; load_states %.2f s\n",
                 notes.n, filled, (double)stats.bytes / (double)notes.n, at);
    source_notes_deinit(&notes);
}

static void measure_due(struct fixture *f)
{
    fixture_close(f);
    exec_file(f->path, "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE"
                       " i < 1000000) INSERT INTO delivery (event_id, sink_id, state, lane,"
                       " attempts, next_at_ms) SELECT 1 + i % 1000, 1, 0, NULL, 0, 0 FROM c");
    fixture_open(f);
    double at = now_s();
    struct sink_depth *depths;
    size_t n;
    assert_int_equal(f->store->ops->load_depths(f->store, &depths, &n), 0);
    (void)printf("load_depths with %lld waiting: %.2f s\n", (long long)depths[0].waiting,
                 now_s() - at);
    sink_depths_free(depths, n);
    at = now_s();
    size_t got = 0;
    struct due_query query = { "ci", 1, 0, 100 };
    for (int i = 0; i < 200; i++) {
        struct due due = due_wait(f, query);
        query.after_id = due.list.v[due.list.n - 1].id;
        got += due.list.n;
        due_deinit(&due);
    }
    (void)printf("deliveries_due, 100 a call, a million waiting: %.2f us a delivery\n",
                 (now_s() - at) * 1e6 / (double)got);
}

int main(void)
{
    enum { SOURCES = 100000 };
    struct fixture f;
    fixture_init(&f);
    fixture_open(&f);
    struct crowd crowd = { .states = calloc(SOURCES, sizeof(struct source_state)) };
    assert_non_null(crowd.states);
    commit_all(&f, &crowd, 0, 1000);
    measure_commits(&f, &crowd, 1, 1000);
    measure_commits(&f, &crowd, 100, 300);
    measure_commits(&f, &crowd, 1000, 30);
    measure_sources(&f, &crowd, SOURCES);
    measure_due(&f);
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf("peak RSS %ld MB\n", usage.ru_maxrss / 1024);
    for (size_t i = 0; i < SOURCES; i++) {
        source_state_deinit(&crowd.states[i]);
    }
    free(crowd.states);
    fixture_deinit(&f);
    return 0;
}
