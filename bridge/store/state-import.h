#pragma once
// Puts the states of sources into a store that no daemon uses: all of them or, when it is freed
// before the commit, none.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct problem;
struct snapshot;
struct source_state;
struct state_import;

// Takes the store's lock, and makes the store when it is missing. 0 or -errno with words, as
// sqlite_store_open; -EBUSY: a daemon uses it.
int state_import_new(struct state_import **ret, const char *path,
                     struct problem **reterr) MUST_CHECK;

// Versions and sequences never go back, for ids and sequences that the world has seen must not be
// given twice: where the store knows a later state of the source, that is refused, or, when
// `replace` is set, the snapshot is taken over and the numbers go on from the store's.
enum { STATE_IMPORT_E_LATER = 1 };

// 0, STATE_IMPORT_E_LATER with words, or -errno.
int state_import_put(struct state_import *import, const char *source,
                     const struct source_state *state, const struct snapshot *snapshot,
                     bool replace, struct problem **reterr) MUST_CHECK;
int state_import_commit(struct state_import *import) MUST_CHECK;
struct state_import *state_import_free(struct state_import *import); // accepts NULL
DEFINE_CLEANUP(state_import)
