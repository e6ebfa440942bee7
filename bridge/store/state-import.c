#include "bridge/store/state-import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/model/snapshot.h"
#include "bridge/spi/store.h"
#include "bridge/store/pack.h"
#include "bridge/store/query.h"
#include "bridge/store/snapshot-table.h"
#include "bridge/store/source-table.h"
#include "bridge/store/store-open.h"

struct state_import {
    struct opened_store opened;
    struct pack *pack;
    struct source_notes known; // by name
    bool begun;                // a transaction
};

struct state_import *state_import_free(struct state_import *import)
{
    if (import) {
        if (import->begun) {
            query_rollback(&import->opened.db);
        }
        source_notes_deinit(&import->known);
        (void)pack_free(import->pack);
        opened_store_deinit(&import->opened);
        free(import);
    }
    return NULL;
}

int state_import_new(struct state_import **ret, const char *path, struct problem **reterr)
{
    CLEANUP(state_import_freep) struct state_import *import = calloc(1, sizeof(*import));
    if (!import) {
        return -ENOMEM;
    }
    import->opened.lock_fd = -1;
    int r = store_open(&import->opened, path, reterr);
    if (r == 0) {
        r = pack_new(&import->pack);
    }
    if (r == 0) {
        r = source_table_load(&import->opened.db, &import->known);
    }
    if (r == 0) {
        r = query_run_plain(&import->opened.db, STATEMENT_BEGIN);
    }
    if (r == 0) {
        import->begun = true;
        *ret = STEAL(import);
    }
    return r;
}

static int by_name(const void *name, const void *note)
{
    return strcmp(name, ((const struct source_note *)note)->source);
}

// What is stored of the source; NULL: nothing.
static const struct source_state *find_known(const struct state_import *import, const char *source)
{
    const struct source_note *note =
        import->known.n == 0
            ? NULL
            : bsearch(source, import->known.v, import->known.n, sizeof(*import->known.v), by_name);
    return note ? &note->state : NULL;
}

// The numbers go on from those of the store.
static void go_on_from(struct source_state *state, const struct source_state *known)
{
    if (known->version >= state->version) {
        state->version = known->version + 1;
    }
    if (known->sequence >= state->sequence) {
        state->sequence = known->sequence;
        memcpy(state->last_event_id, known->last_event_id, sizeof(state->last_event_id));
    }
}

static bool is_later(const struct source_state *known, const struct source_state *state)
{
    return known && (known->version > state->version || known->sequence > state->sequence);
}

static int write_state(struct state_import *import, const char *source,
                       const struct source_state *state, const struct snapshot *snapshot)
{
    struct database *db = &import->opened.db;
    struct source_place place;
    int r = source_table_find(db, 0, source, &place);
    if (r == 0) {
        r = source_table_put(db, &place, source, state);
    }
    if (r == 0) {
        r = source_table_pause(db, source, state->paused_at_ms);
    }
    if (r == 0 && snapshot->document.data) {
        r = snapshot_table_put(db, import->pack, place.id, snapshot);
    }
    return r;
}

int state_import_put(struct state_import *import, const char *source,
                     const struct source_state *state, const struct snapshot *snapshot,
                     bool replace, struct problem **reterr)
{
    const struct source_state *known = find_known(import, source);
    struct source_state next = *state; // borrows the texts
    if (is_later(known, state) && !replace) {
        return problem_set(reterr, STATE_IMPORT_E_LATER, "state_later",
                           "the store knows a later state of %s (version %lld, sequence %lld) than "
                           "the file (%lld, %lld), and what was told since would be told again; "
                           "leave it out of the file, or say --replace",
                           source, (long long)known->version, (long long)known->sequence,
                           (long long)state->version, (long long)state->sequence);
    }
    if (known) {
        go_on_from(&next, known);
    }
    next.has_snapshot = snapshot->document.data != NULL;
    return write_state(import, source, &next, snapshot);
}

int state_import_commit(struct state_import *import)
{
    int r = query_run_plain(&import->opened.db, STATEMENT_COMMIT);
    import->begun = r != 0;
    return r;
}
