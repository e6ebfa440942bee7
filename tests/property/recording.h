#pragma once
// The recorded series of the corpus: successive answers of one endpoint, and what an independent
// keyed differ found between each and the last usable one before it. Asserts that all can be read.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/buf.h"

#define SERIES_COLLECTIONS_MAX 4

struct series_collection {
    const char *items;     // path of the list
    const char *key[3];    // NULL-terminated
    const char *ignore[3]; // relative to the item; NULL-terminated
};

struct series {
    const char *name;
    struct series_collection collections[SERIES_COLLECTIONS_MAX]; // up to the first without items
    const char *ignore[6]; // in the document beside the collections; NULL-terminated
    bool is_packed;        // the versions are in an archive
    bool has_inner_lists;  // what is added and removed also counts elements of lists inside items
};

extern const struct series all_series[];
extern const size_t all_series_count;
const struct series *series_find(const char *name); // NULL: none

#define RECORDING_VERSIONS_MAX 400

struct recording {
    char *folder; // where the versions are
    bool is_temporary;
    char names[RECORDING_VERSIONS_MAX + 1][48]; // of the files, by version, from 1
    size_t n;
    struct bytes expected;
};

void recording_open(struct recording *ret, const char *corpus, const struct series *series);
void recording_close(struct recording *recording);
struct bytes recording_read(const struct recording *recording, size_t version) MUST_CHECK;

struct recording_step {
    size_t from; // the last usable version
    size_t to;
    bool is_usable;
    bool is_event; // there is something to tell
    size_t added;  // items
    size_t removed;
    size_t edits; // values and members that changed, came or went inside items or beside them
};
// Steps through what is expected; *at is NULL at the start. False at the end.
bool recording_next(const struct recording *recording, const char **at, struct recording_step *ret);

// Column `at` (from 0) of a line of tab-separated values, and the line after it.
void tsv_column(const char *line, size_t at, char *ret, size_t size);
const char *tsv_next_line(const char *line);
