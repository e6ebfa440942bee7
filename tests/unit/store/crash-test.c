// kill -9 at any moment: what was acknowledged is there, and what is there is whole.
//
// A child commits and settles as fast as it can and tells of every answer through a pipe; the
// parent kills it, opens the store again and compares. The same store goes through all rounds.
#include "tests/unit/store/support.h"

#include <event2/event.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bridge/base/clock.h"
#include "bridge/store/sqlite-store.h"

enum { SOURCES = 4, EVENTS = 2, ROUNDS = 40, SETTLED_MAX = 200000 };
static const char *const sinks[] = { "ci", "chat", NULL };

struct ack {
    int64_t source;  // -1: of a settle
    int64_t version; // or the id of the delivery
};

// What the parent knows to be durable.
struct known {
    int64_t versions[SOURCES];
    int64_t *settled;
    size_t settled_count;
};

// The child.

struct child {
    struct store *store;
    int fd;
};

struct lane {
    struct child *child;
    int64_t number;
    char name[16];
    struct source_state state;
    int64_t settling;
};

static void die_if(bool wrong)
{
    if (wrong) {
        _exit(3);
    }
}

static void tell(const struct child *child, struct ack ack)
{
    die_if(write(child->fd, &ack, sizeof(ack)) != sizeof(ack));
}

static void commit_next(struct lane *lane);

static void on_settled(int result, void *userdata)
{
    struct lane *lane = userdata;
    die_if(result != 0);
    tell(lane->child, (struct ack){ -1, lane->settling });
    commit_next(lane);
}

static void on_committed(int result, struct poll_commit *take, void *userdata)
{
    struct lane *lane = userdata;
    die_if(result != 0);
    tell(lane->child, (struct ack){ lane->number, take->state.version });
    source_state_deinit(&lane->state);
    lane->state = take->state;
    take->state = (struct source_state){ 0 };

    lane->settling = take->deliveries.v[1].id;
    struct attempt_list list = { calloc(1, sizeof(struct attempt)), 1 };
    die_if(!list.v);
    list.v[0] = (struct attempt){
        .delivery_id = lane->settling,
        .number = 1,
        .status = 200,
        .state = DELIVERY_DELIVERED,
    };
    poll_commit_free(take);
    struct store *store = lane->child->store;
    die_if(store->ops->settle(store, &list, on_settled, lane) != 0);
}

static void commit_next(struct lane *lane)
{
    struct store *store = lane->child->store;
    struct poll_commit *commit = make_commit(lane->name, &lane->state, EVENTS, sinks);
    die_if(store->ops->commit_poll(store, commit, on_committed, lane) != 0);
}

static void load_lanes(struct child *child, struct lane lanes[SOURCES])
{
    struct source_notes notes;
    die_if(child->store->ops->load_states(child->store, &notes) != 0);
    for (int i = 0; i < SOURCES; i++) {
        lanes[i] = (struct lane){ .child = child, .number = i };
        (void)snprintf(lanes[i].name, sizeof(lanes[i].name), "s%d", i);
        for (size_t j = 0; j < notes.n; j++) {
            if (strcmp(notes.v[j].source, lanes[i].name) == 0) {
                lanes[i].state = notes.v[j].state;
                notes.v[j].state = (struct source_state){ 0 };
            }
        }
    }
    source_notes_deinit(&notes);
}

static void run_child(const char *path, int fd)
{
    struct event_base *base = event_base_new();
    struct child child = { .fd = fd };
    const struct sqlite_store_settings settings = { .path = path, .batch_min_gap_ms = 1 };
    die_if(!base || sqlite_store_open(&child.store, base, &settings, NULL) != 0);
    struct lane lanes[SOURCES];
    load_lanes(&child, lanes);
    for (int i = 0; i < SOURCES; i++) {
        commit_next(&lanes[i]);
    }
    (void)event_base_dispatch(base);
    _exit(4); // only a signal ends it
}

// The parent.

static pid_t start_child(struct fixture *f, const char *fail_at, int *ret_fd)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(fds[0]);
        if (fail_at) {
            (void)setenv("POLLBRIDGE_FAIL_AT", fail_at, 1);
        }
        // A process of its own: nothing of the parent's, as a daemon starts.
        char fd[16];
        (void)snprintf(fd, sizeof(fd), "%d", fds[1]);
        (void)execl("/proc/self/exe", "store-child", f->path, fd, (char *)NULL);
        _exit(5);
    }
    (void)close(fds[1]);
    *ret_fd = fds[0];
    return pid;
}

static void learn(struct known *known, const struct ack *ack)
{
    if (ack->source < 0) {
        assert_true(known->settled_count < SETTLED_MAX);
        known->settled[known->settled_count++] = ack->version;
    } else {
        known->versions[ack->source] = ack->version;
    }
}

// Reads until the child is gone; kills it `after_us` microseconds after its first word (-1: never).
static void follow_child(struct known *known, pid_t pid, int fd, int64_t after_us)
{
    int64_t kill_at_ms = 0;
    struct ack ack;
    ssize_t n;
    while ((n = read(fd, &ack, sizeof(ack))) > 0) {
        assert_int_equal(n, sizeof(ack));
        learn(known, &ack);
        if (after_us >= 0 && kill_at_ms == 0) {
            kill_at_ms = clock_mono_ms(&clock_system) + after_us / 1000 + 1;
        }
        if (kill_at_ms > 0 && clock_mono_ms(&clock_system) >= kill_at_ms) {
            // Finer than the clock: somewhere within the millisecond, so within a transaction.
            const struct timespec rest = { 0, after_us % 1000 * 1000 };
            (void)nanosleep(&rest, NULL);
            (void)kill(pid, SIGKILL);
            kill_at_ms = INT64_MAX;
        }
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    (void)close(fd);
}

static void assert_none(struct fixture *f, const char *what, const char *sql)
{
    int64_t n = query_file(f->path, sql);
    if (n != 0) {
        fail_msg("%lld %s", (long long)n, what);
    }
}

static void check_whole(struct fixture *f)
{
    assert_none(f, "sources whose sequence is not the number of their events",
                "SELECT count(*) FROM source s WHERE sequence <> version * 2 OR sequence <>"
                " (SELECT count(*) FROM event WHERE source_id = s.id)");
    assert_none(f, "gaps in a sequence",
                "SELECT count(*) FROM source s WHERE sequence <>"
                " (SELECT max(sequence) FROM event WHERE source_id = s.id) OR 1 <>"
                " (SELECT min(sequence) FROM event WHERE source_id = s.id)");
    assert_none(f, "sources that name another last event",
                "SELECT count(*) FROM source s LEFT JOIN event e ON e.source_id = s.id AND"
                " e.sequence = s.sequence WHERE e.public_id IS NOT s.last_event_id");
    assert_none(f, "events without their deliveries",
                "SELECT count(*) FROM event e WHERE 2 <>"
                " (SELECT count(*) FROM delivery WHERE event_id = e.id)");
    assert_none(f, "settled deliveries without their attempt, or the other way round",
                "SELECT count(*) FROM delivery d WHERE (state = 3) <>"
                " (SELECT count(*) FROM attempt WHERE delivery_id = d.id)");
    assert_none(f, "rows that point to nothing", "SELECT count(*) FROM pragma_foreign_key_check");
    assert_none(f, "damaged places",
                "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'");
}

static void check_known(struct fixture *f, const struct known *known)
{
    struct source_notes notes;
    assert_int_equal(f->store->ops->load_states(f->store, &notes), 0);
    assert_int_equal(notes.n, SOURCES);
    for (size_t i = 0; i < SOURCES; i++) {
        int64_t version = notes.v[i].state.version;
        assert_true(version >= known->versions[i]);
        char document[64];
        (void)snprintf(document, sizeof(document), "{\"version\":%lld}", (long long)version);
        struct snapshot snapshot = stored_snapshot(f, notes.v[i].source);
        assert_string_equal(snapshot.document.data, document);
        snapshot_deinit(&snapshot);
    }
    source_notes_deinit(&notes);
}

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

// Nothing that was acknowledged as settled waits again.
static void check_settled(struct fixture *f, struct known *known)
{
    qsort(known->settled, known->settled_count, sizeof(*known->settled), compare_ids);
    struct due_query query = { "chat", INT64_MAX, 0, 1000 };
    bool more = true;
    while (more) {
        struct due due = due_wait(f, query);
        assert_int_equal(due.result, 0);
        for (size_t i = 0; i < due.list.n; i++) {
            query.after_id = due.list.v[i].id;
            assert_null(bsearch(&query.after_id, known->settled, known->settled_count,
                                sizeof(*known->settled), compare_ids));
        }
        more = due.list.n > 0;
        due_deinit(&due);
    }
}

static void check(struct fixture *f, struct known *known)
{
    fixture_open(f); // the lock went with the process
    check_known(f, known);
    check_settled(f, known);
    check_whole(f);
    fixture_close(f);
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture_init(fixture);
    *state = fixture;
    return 0;
}

static void known_init(struct known *known)
{
    *known = (struct known){ .settled = calloc(SETTLED_MAX, sizeof(int64_t)) };
    assert_non_null(known->settled);
}

static void what_was_acknowledged_survives_kill_9_at_any_moment(void **state)
{
    struct fixture *f = *state;
    struct known known;
    known_init(&known);
    unsigned seed = (unsigned)time(NULL);
    print_message("seed %u\n", seed);
    for (int round = 0; round < ROUNDS; round++) {
        seed = seed * 1103515245u + 12345u;
        int fd;
        pid_t pid = start_child(f, NULL, &fd);
        follow_child(&known, pid, fd, (int64_t)(seed >> 8) % 30000);
        check(f, &known);
    }
    // Every round is killed after its first word at the earliest.
    int64_t acknowledged = (int64_t)known.settled_count;
    for (size_t i = 0; i < SOURCES; i++) {
        acknowledged += known.versions[i];
    }
    assert_true(acknowledged >= ROUNDS);
    print_message("%lld versions of a source, %zu settled\n", (long long)known.versions[0],
                  known.settled_count);
    free(known.settled);
}

static void what_was_acknowledged_survives_a_kill_around_the_commit(void **state)
{
#ifdef POLLBRIDGE_FAIL_POINTS
    struct fixture *f = *state;
    struct known known;
    known_init(&known);
    static const char *const places[] = { "before-commit:1", "before-commit:2", "before-commit:9",
                                          "after-commit:1",  "after-commit:2",  "after-commit:9",
                                          "before-answer:1", "before-answer:2", "before-answer:9" };
    int fd;
    pid_t pid = start_child(f, NULL, &fd); // a beginning
    follow_child(&known, pid, fd, 5000);
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        pid = start_child(f, places[i], &fd);
        follow_child(&known, pid, fd, -1);
        check(f, &known);
    }
    free(known.settled);
#else
    (void)state;
    print_message("needs a build with -Dfail_points=true\n");
    skip();
#endif
}

int main(int argc, char *argv[])
{
    if (argc == 3 && strcmp(argv[0], "store-child") == 0) {
        run_child(argv[1], (int)strtol(argv[2], NULL, 10));
    }
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_was_acknowledged_survives_kill_9_at_any_moment),
        IN_FOLDER(what_was_acknowledged_survives_a_kill_around_the_commit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
