#pragma once
// One poll's change, written as a whole inside a transaction that the caller owns.

#include "bridge/base/cleanup.h"

struct database;
struct pack;
struct poll_commit;

// Fills in the ids and the bodies of the deliveries. 0, STORE_E_CONFLICT, or -errno; unless it is 0
// the caller undoes what was written.
int commit_write(struct database *db, struct pack *pack, struct poll_commit *commit) MUST_CHECK;
// Takes the ids back: the transaction did not last. `source_id` is what state.id was before.
void commit_forget_ids(struct poll_commit *commit, long long source_id);
