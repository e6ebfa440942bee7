#pragma once
// From a response to an outcome: decode, select, guard, compare with the base, make events. A pure
// function: everything it needs is in the input, also the time. Runs on a worker.

#include <stdint.h>

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"
#include "bridge/base/hash.h"
#include "bridge/model/event.h"
#include "bridge/model/snapshot.h"

struct expr_context;
struct http_response;
struct source_settings;

struct digest_input {
    const struct source_settings *source;
    const struct source_state *state;     // before this poll
    const struct snapshot *base;          // zeroed when state->has_snapshot is false
    const struct http_response *response; // complete, accepted status
    struct expr_context *context;
    int64_t now_ms; // wall time the change is seen
};

enum digest_result {
    DIGEST_UNCHANGED, // also when only ignored parts moved
    DIGEST_BASELINE,  // the first document, told to nobody
    DIGEST_CHANGED,
    DIGEST_HELD,   // the guard does not believe it
    DIGEST_FAILED, // the answer is no document
};

struct digest_outcome {
    enum digest_result result;
    char *code;                 // of HELD and FAILED: "selector_found_nothing", "max_removed", …
    char *detail;               // for people
    struct snapshot snapshot;   // BASELINE and CHANGED
    struct hash128 fingerprint; // of the document without its ignored parts; not for FAILED
    struct event_list events;   // complete: ids, sequence, bodies
};
void digest_outcome_deinit(struct digest_outcome *outcome);

int digest(const struct digest_input *input, struct digest_outcome *ret) MUST_CHECK;
// One source.* event with a body; data members as SOURCES.md names them.
int digest_source_event(const struct digest_input *input, const char *type, const char *code,
                        const char *detail, struct event *ret) MUST_CHECK;
