#pragma once
// A source of JSON documents with rules made of literals, its state and its stored snapshot: what a
// digest is given, and what the poll side does with its outcome.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bridge/base/clock.h"
#include "bridge/model/snapshot.h"
#include "bridge/poll/digest/digest.h"
#include "bridge/spi/settings.h"

#define SUPPORT_NOW_MS INT64_C(1767225600000) // 2026-01-01T00:00:00Z

struct rules_text {
    const char *select;
    const char *items;
    const char *key[3];    // NULL-terminated
    const char *ignore[8]; // NULL-terminated
    struct {
        const char *path;
        const char *what;
    } normalize[4], deadband[4]; // up to the first without a path
    const char *when;
    int64_t confirm;
    int64_t absent_for;
    int64_t remember_states;
    int64_t cooldown_ms;
    int64_t min_event_interval_ms;
    int64_t max_events_per_poll;
    bool optional;
    int first_run;       // enum first_run
    double max_removed;  // 0: one half
    const char *require; // of guard
    const char *error_when;
};

struct bench {
    struct source_settings source;
    struct source_state state;
    struct snapshot stored;
    const char *found_key; // what `key: auto` is expected to find, for a ledger
    struct expr_context *context;
    int64_t now_ms;
    bool primes;
    int load_error;         // what asking for the base ends with
    unsigned loads;         // how often the base was asked for
    unsigned decode_errors; // so many answers end in -ENOMEM
};

void bench_init(struct bench *bench, const char *name, const struct rules_text *rules);
void bench_edit(struct bench *bench, const struct rules_text *rules); // as a reload does
void bench_deinit(struct bench *bench);
#define AUTO_BENCH CLEANUP(bench_deinit)

// The digest of an answer with this body: as it is, or with double quotes for single ones.
int bench_digest_bytes(struct bench *bench, const char *body, size_t len,
                       struct digest_outcome *ret);
void bench_digest(struct bench *bench, const char *body, struct digest_outcome *ret);
// The same answer again (only_time: nobody asked), where changes wait.
void bench_repeat(struct bench *bench, bool only_time, struct digest_outcome *ret);
// What the outcome's commit leaves behind: the state, and the snapshot where there is a new one.
void bench_commit(struct bench *bench, struct digest_outcome *outcome);
// Digests, expects this result and commits what is accepted.
void bench_accept(struct bench *bench, const char *body, enum digest_result result);
#define AUTO_OUTCOME CLEANUP(digest_outcome_deinit)

// "type key" of every event, in order, as "item.created 1, item.deleted 2"; "" for none.
struct buf;
void support_describe(const struct event_list *events, struct buf *ret);
void assert_events(const struct digest_outcome *outcome, const char *expected);

// The event's body as a tree (owned), and the text of the value at `path` in it.
struct json_object *support_body(const struct event *event);
void assert_in_body(const struct event *event, const char *path, const char *expected);

struct expr *support_expr(const char *text);

// A clock that is set by hand.
struct hand_clock {
    struct clock clock;
    int64_t wall_ms;
    int64_t mono_ms;
};
void hand_clock_init(struct hand_clock *hand);
void hand_clock_pass(struct hand_clock *hand, int64_t ms); // on both
