#pragma once
// The table of sources: what is remembered of each between polls.

#include <stdint.h>

#include "bridge/base/cleanup.h"

struct database;
struct departure;
struct source_note;
struct source_notes;
struct source_state;

// What is stored of a source that a commit has to fit to. Zeroed: it is not stored yet.
struct source_place {
    int64_t id;
    int64_t version;
    int64_t sequence;
};

// `id` may be 0 or wrong: the name decides. 0 or -errno.
int source_table_find(struct database *db, int64_t id, const char *name,
                      struct source_place *ret) MUST_CHECK;

// Writes the whole state at `place`, or a new row when that is zeroed; place->id is set then.
int source_table_put(struct database *db, struct source_place *place, const char *name,
                     const struct source_state *state) MUST_CHECK;

// Writes what a note may change, if it was made from the stored version.
int source_table_note(struct database *db, const struct source_note *note) MUST_CHECK;

// Of a source that was never polled too.
int source_table_pause(struct database *db, const char *name, int64_t paused_at_ms) MUST_CHECK;
int source_table_depart(struct database *db, const struct departure *departure) MUST_CHECK;

// All of them, sorted by name (by bytes).
int source_table_load(struct database *db, struct source_notes *ret) MUST_CHECK;
