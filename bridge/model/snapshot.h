#pragma once
// The last accepted document of a source, and what the loop remembers of a source between polls.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"
#include "bridge/base/hash.h"
#include "bridge/model/event.h"
#include "bridge/model/pace.h"

struct snapshot {
    struct bytes document; // JSON text of what was told last, as selected, not normalised
    struct bytes raw;      // the decoded answer seen last, to apply edited rules to it
    struct bytes noise;    // what is remembered of changes that wait (poll/noise.h); may be empty
    char *key;             // of a collection whose key was found (`key: auto`); NULL
    struct hash128 rules;  // identity of the rules (select, items, key) that made the document
};
void snapshot_deinit(struct snapshot *snapshot);

// Kept in the store per source; small enough to hold for every source in memory.
struct source_state {
    int64_t id;       // the store's; 0: unknown to the store yet
    int64_t version;  // of the base; grows by 1 with every commit; 0: no commit yet
    int64_t sequence; // of the last event
    char last_event_id[EVENT_ID_SIZE];
    bool has_snapshot;
    bool failing_told;          // source.failing went out, source.recovered did not
    bool held_told;             // source.held went out for the present hold
    struct hash128 rules;       // that made the snapshot
    struct hash128 fingerprint; // of the document without its ignored parts
    struct hash128 body_hash;   // of the last accepted raw body
    struct hash128 request;     // identity the validators belong to: method, URL, body, auth, rules
    char *etag;                 // byte for byte; NULL: none
    char *last_modified;
    int64_t last_poll_at_ms;
    int64_t last_success_at_ms;
    int64_t last_full_at_ms;  // last complete 200; a full fetch is due daily
    int64_t failing_since_ms; // 0: not failing
    unsigned failures;        // in a row
    int64_t rest_until_ms;    // the API asked not to be polled before that; 0: it did not
    enum poll_pace rest_by;   // how it asked
    int64_t changed_at_ms;    // the last change, or the first document; 0: not known
    bool stale_told;          // source.stale went out, and no change came since
    // Of changes that wait to be told; part of the base as the snapshot's noise is.
    int64_t noise_due_ms; // when one may be told without another poll; 0: none
    bool noise_counts;    // one waits to be seen again, also in an unchanged answer
    // A person stopped its schedule then; 0: it runs. Belongs to no poll: neither commit nor note
    // writes it.
    int64_t paused_at_ms;
    int64_t left_at_ms; // when this instance left the configuration; 0: it is there
};
void source_state_deinit(struct source_state *state);
int source_state_copy(struct source_state *ret, const struct source_state *from) MUST_CHECK;
