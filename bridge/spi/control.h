#pragma once
// What the HTTP API may ask of the running daemon about its sources. Implemented by the poll side,
// used by the API; loop thread only, nothing waits.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct source_state;

struct source_status { // borrowed for the call
    const char *name;
    size_t source_len;    // so much of it is the name of the source
    const char *instance; // JSON of its members; NULL without for_each
    const struct source_state *state;
    int64_t interval_ms;
    bool polling;       // a poll is under way
    bool accepting;     // the next answer is believed, whatever the guard says
    bool priming;       // the next answer becomes the base, told to nobody
    int64_t next_at_ms; // wall time; 0: not scheduled
    // The last poll of this process; result NULL: none yet.
    int64_t last_at_ms;
    const char *last_result; // "unchanged", …
    const char *last_code;   // NULL: no trouble
    const char *last_detail;
    const char *last_advice; // what a person can do about it
    const char *next_reason; // "interval", …
    const char *next_words;  // the same, for people
    // What the API said last of the quota of the source's credential.
    bool has_quota;
    int64_t quota_limit; // 0: not said
    int64_t quota_remaining;
    int64_t quota_reset_at_ms; // wall time; 0: not said
    // Since the start of this process.
    uint64_t polls;
    uint64_t changes; // polls that told something
};

struct source_query {
    const char *after; // only those behind this name; NULL: from the first
    const char *source; // only it, or its instances; NULL: all
    bool trouble;       // only those that fail or whose answer is held
    size_t limit;
};

typedef void (*source_visit_fn)(const struct source_status *status, void *userdata);

struct control {
    // Visits sources of the configuration, and instances of those with `for_each`, in the order of
    // their names. True when there are more.
    bool (*list)(const struct source_query *query, source_visit_fn visit, void *visit_userdata,
                 void *userdata);
    // The rest take the name of a source, or of an instance of one with `for_each`, and return
    // -ENOENT when there is none.
    int (*get)(const char *name, source_visit_fn visit, void *visit_userdata,
               void *userdata) MUST_CHECK;
    int (*poll)(const char *name, void *userdata) MUST_CHECK; // now; one under way will do
    // The same, and its answer is believed. -EBUSY while a poll is under way.
    int (*accept)(const char *name, void *userdata) MUST_CHECK;
    // The same, and its answer becomes the base without a word to anybody. -EBUSY as accept.
    int (*prime)(const char *name, void *userdata) MUST_CHECK;
    // Stops the schedule, also over restarts, or starts it again (with a poll now). What is asked
    // for by hand is polled all the same. -EAGAIN: the store is busy, nothing happened.
    int (*pause)(const char *name, bool paused, void *userdata) MUST_CHECK;
    void *userdata;
};
