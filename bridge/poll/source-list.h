#pragma once
// All sources the poller knows, by id and by name: a source without `for_each` is one, each
// instance of a source with it another. Those that left the configuration stay, with their state,
// because a later reload may bring them back.

#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct instance_list;
struct poll_source;
struct settings;
struct source_notes;
struct source_settings;

struct source_list {
    struct poll_source **v; // by id; owned
    size_t n;
    size_t cap;
    struct poll_source **by_name; // the same, sorted
    size_t active;                // in the configuration
};

void source_list_deinit(struct source_list *list);

// Brings in the stored states (sorted by name; consumed, also on failure) and then the sources of
// the configuration: each gets its settings, everybody else none. Instances that are the items of
// another source stay as they are until source_list_set_instances. A source whose request was
// edited loses its lane. 0 or -ENOMEM, then nothing of the configuration took effect.
int source_list_load(struct source_list *list, struct source_notes *take_states) MUST_CHECK;
int source_list_apply(struct source_list *list, const struct settings *settings) MUST_CHECK;

// From now on these are the instances of that source, which is in force and follows the items of
// another one. *ret_changes: how many came or left. 0 or -ENOMEM, then it has those of before.
int source_list_set_instances(struct source_list *list, const struct source_settings *source,
                              const struct instance_list *instances,
                              size_t *ret_changes) MUST_CHECK;

// Frees those that is_forgotten marks. The last one takes the id of each; `moved` is told.
void source_list_drop_forgotten(struct source_list *list,
                                void (*moved)(struct poll_source *source, uint32_t before,
                                              void *userdata),
                                void *userdata);

struct poll_source *source_list_find(const struct source_list *list, const char *name);

// The places in by_name of the instances of a source (of the source itself, without `for_each`):
// from *ret_from up to the one returned.
size_t source_list_range(const struct source_list *list, const char *source, size_t *ret_from);
