#pragma once
// From a response to an outcome: decode, select, guard, compare with the base, make events. A pure
// function: everything it needs is in the input, also the time. Runs on a worker.
//
// Early-outs in order: the document's fingerprint equals the base's, then the base is asked for,
// then both are compared. Events in order: source.recovered when the source was told to fail and
// this answer is good; then document.changed, or created and updated items in the order of the new
// collection and deleted ones in the order of the old.
//
// data of document.changed: {"changes","patch","before","after"}
// data of item.updated:     {"key","changes","patch","before","after"}
// data of item.created, item.deleted: {"key","before","after"}, the missing side null; and so is
// what first_run tells, for which there is nothing to compare with.
// Of more items than the rules allow to be told one by one: data of batch (item-events.h).
// The patch turns before into after exactly; `changes` leaves out what the rules ignore. `before`
// is what was told last: the snapshot's document holds what is told, item by item, and a change
// that the rules suppress leaves its item there as it was.
//
// With `key: auto` the key is found in the first items there are, said in `detail`, and kept in the
// snapshot until an edit makes another document of the answer.
//
// Changes that wait (patience.h) are counted in the snapshot's noise; the outcome has a snapshot
// then although nothing is told, and says when they are to be looked at again.
//
// Edited rules (state.rules is not the source's rules_hash): the base is made again from the stored
// raw answer under the new rules and then compared, so an edit tells nothing by itself. What waits
// to be told goes on waiting unless the edit makes another document of the answer. Without a raw
// answer the new document becomes the base, told to nobody.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"
#include "bridge/base/hash.h"
#include "bridge/model/event.h"
#include "bridge/model/snapshot.h"
#include "bridge/model/suppression.h"

struct expr_context;
struct http_response;
struct source_settings;

struct digest_input {
    const struct source_settings *source;
    const char *instance;             // as in struct event
    const struct source_state *state; // before this poll
    // Complete, accepted status; the first of page_count. NULL: what was seen last is looked at
    // again, because changes wait (state.noise_*).
    const struct http_response *response;
    size_t page_count; // 0 is as good as 1
    struct expr_context *context;
    int64_t now_ms; // wall time the change is seen
    bool only_time; // no poll saw the answer again: time has passed, and that is all
    bool believes;  // the guard is not asked: a person accepted the answer beforehand
    bool shows;     // somebody wants to see the document
    bool primes;    // the answer becomes the base whatever it is, and tells nothing of its own
    // The stored snapshot, asked for at most once and only when state->has_snapshot. 0 or negative
    // errno, which digest() returns.
    int (*load_base)(void *userdata, struct snapshot *ret);
    void *userdata;
};

enum digest_result {
    DIGEST_UNCHANGED, // also when all that moved is suppressed; events: source.recovered at most
    DIGEST_BASELINE,  // a base without a comparison: the first one, or after an edit of the rules
    DIGEST_CHANGED,
    DIGEST_HELD,   // the guard does not believe it
    DIGEST_FAILED, // the answer is no document
};

struct digest_outcome {
    enum digest_result result;
    char *code;               // of HELD and FAILED: "selector_found_nothing", "max_removed", …
    char *detail;             // for people; also of a BASELINE that had to be made
    struct snapshot snapshot; // BASELINE and CHANGED; UNCHANGED when what waits did change
    int64_t noise_due_ms;     // for the state; not of HELD and FAILED
    bool noise_counts;
    struct hash128 fingerprint; // of the document without its ignored parts; not for FAILED
    struct event_list events;   // complete: ids, sequence, bodies
    struct bytes shown;         // the normalised document when input.shows; none: there is none
    struct suppression_list suppressed;
};
void digest_outcome_deinit(struct digest_outcome *outcome);

// 0 or negative errno (memory, the store's trouble).
int digest(const struct digest_input *input, struct digest_outcome *ret) MUST_CHECK;
