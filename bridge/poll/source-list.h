#pragma once
// All sources the poller knows, by id and by name. Those that left the configuration stay, with
// their state, because a later reload may bring them back.

#include <stddef.h>

#include "bridge/base/cleanup.h"

struct poll_source;
struct settings;
struct source_notes;

struct source_list {
    struct poll_source **v; // by id; owned
    size_t n;
    size_t cap;
    struct poll_source **by_name; // the same, sorted
    size_t active;                // in the configuration
};

void source_list_deinit(struct source_list *list);

// Brings in the stored states (sorted by name; consumed, also on failure) and then the sources of
// the configuration: each gets its settings, everybody else none. A source whose request was edited
// loses its lane. 0 or -ENOMEM, then nothing of the configuration took effect.
int source_list_load(struct source_list *list, struct source_notes *take_states) MUST_CHECK;
int source_list_apply(struct source_list *list, const struct settings *settings) MUST_CHECK;

struct poll_source *source_list_find(const struct source_list *list, const char *name);
