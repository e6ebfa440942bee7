#pragma once
// What a subscriber knows who got every event: the exactness of what is told is checked against it.

#include "tests/unit/poll/support.h"

struct json_object;

struct ledger {
    struct json_object *document; // of a source without items; NULL: null
    struct json_object *items;    // by canonical key
    bool begun;
    unsigned spared; // so many takes go by without a look at the whole, which is slow
    unsigned takes;
};
void ledger_deinit(struct ledger *ledger);
#define AUTO_LEDGER CLEANUP(ledger_deinit)

// Takes an outcome in before it is committed: the first base as it is, afterwards the events, whose
// `before` has to be what is known.
void ledger_take(struct ledger *ledger, const struct bench *bench,
                 const struct digest_outcome *outcome);
// Expects that the stored snapshot holds just what is known. ledger_take does so, but for the
// spared ones, with what is going to be stored.
void ledger_check(const struct ledger *ledger, const struct bench *bench);
// A base that was made in another way than by events (an edit of the rules).
void ledger_restart(struct ledger *ledger);
