#pragma once
// A recorded series as sources under the real digest: one for every list of it, and one for what
// stands beside them.

#include "tests/unit/poll/support.h"

#include "tests/property/recording.h"
#include "tests/unit/poll/ledger.h"

struct replay {
    struct bench v[SERIES_COLLECTIONS_MAX + 1]; // those of the lists first
    struct ledger ledgers[SERIES_COLLECTIONS_MAX + 1];
    char *texts[SERIES_COLLECTIONS_MAX]; // what the rules of the lists borrow
    size_t lists;
    size_t n;
};

void replay_init(struct replay *replay, const struct series *series, double max_removed);
void replay_deinit(struct replay *replay);

// What was told of one answer.
struct told {
    size_t created;
    size_t updated;
    size_t deleted;
    size_t documents;
    size_t failed; // sources for which it was no document
};

// Digests a version and adds what is told, after a look at it: events follow each other without a
// gap, and patches are exact. Commits nothing.
void replay_digest(struct bench *bench, const struct recording *recording, size_t version,
                   struct digest_outcome *ret, struct told *told);
// One poll of every source, with its commit. Each event says as `before` what the ones before it
// told.
void replay_poll(struct replay *replay, const struct recording *recording, size_t version,
                 struct told *ret);
// The events since the first poll, put together, are the last document.
void replay_check(const struct replay *replay);
