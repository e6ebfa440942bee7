#pragma once
// What the store's tests share: a store in a folder of its own on a loop, commits as a poll would
// make them, and calls that run the loop until they are answered.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bridge/spi/store.h"

struct event_base;
struct sqlite3;

struct fixture {
    char dir[64];
    char path[96];
    struct event_base *base;
    struct store *store;
    long long gap_ms; // for the next open; 1 unless a test says otherwise
};

int fixture_setup(void **state);    // of cmocka: a fresh folder and an open store
int fixture_teardown(void **state); // closes and removes all of it

void fixture_init(struct fixture *fixture); // a fresh folder, no store yet
void fixture_deinit(struct fixture *fixture);
void fixture_open(struct fixture *fixture);
void fixture_close(struct fixture *fixture);
void fixture_reopen(struct fixture *fixture);
void fixture_loop(struct fixture *fixture); // until something is answered

// A commit that follows `state` (zeroed: the first of its source): a snapshot, `events` events and
// a delivery of each for every sink in the NULL-terminated list (NULL: none). Nothing of state is
// kept by reference.
struct poll_commit *make_commit(const char *source, const struct source_state *state, size_t events,
                                const char *const sinks[]);
char *dup_text(const char *text);
// The event id that make_commit gives.
void make_event_id(char ret[EVENT_ID_SIZE], const char *source, int64_t sequence);

// Commits and waits. With ret_state the state after it is handed out (owned by the caller).
int commit_wait(struct fixture *fixture, struct poll_commit *take, struct source_state *ret_state);
// The same, but gives the commit back, owned by the caller.
int commit_wait_take(struct fixture *fixture, struct poll_commit *take, struct poll_commit **ret);
int settle_wait(struct fixture *fixture, int64_t delivery_id, unsigned number,
                enum delivery_state state, int64_t next_at_ms);
int prune_wait(struct fixture *fixture, int64_t before_ms, uint64_t size_bytes);

struct due {
    int result;
    struct delivery_list list;
    int64_t next_due_at_ms;
};
struct due due_wait(struct fixture *fixture, struct due_query query);
void due_deinit(struct due *due);

// The stored state of one source; fails the test when it is unknown. Owned by the caller.
struct source_state stored_state(struct fixture *fixture, const char *source);
struct snapshot stored_snapshot(struct fixture *fixture, const char *source);
// The one number a constant query on the database file gives, by a connection of its own.
int64_t query_file(const char *path, const char *sql);
void exec_file(const char *path, const char *sql);
