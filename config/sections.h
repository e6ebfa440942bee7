#pragma once
// The sections of the file, bound one after the other; and the rules between them.

#include <stdbool.h>

#include "config/binder.h"
#include "config/tree.h"

struct drivers;
struct secret;
struct settings;
struct sink_settings;
struct source_settings;

struct section {
    const char *key;
    bool is_map; // of names to things, not of fixed keys
    const char *doc;
    const struct option_table *table; // what is in it, or in each of its things; NULL: by driver
};
extern const struct section sections[];
extern const size_t section_count;

// Every section of the root into binder->settings. Failures stand in the list of problems.
void sections_bind(struct binder *binder, const struct drivers *drivers, struct node *root);

// The sections `auth`, `sources` and `sinks` (named.c).
void named_bind(struct binder *binder, const struct drivers *drivers, const struct node *root);

// One sink; its name is set.
void named_bind_sink(struct binder *binder, const struct drivers *drivers,
                     struct sink_settings *sink, struct entry *entry);

// check.c ------------------------------------------------------------------------------------
// Rules between values that no table can say.

bool check_name(struct binder *binder, const char *kind, const struct entry *entry);
void check_token(struct binder *binder, const struct secret *token, struct place place);
bool check_host(struct binder *binder, const struct entry *entry);
// After the tokens were bound.
void check_listen(struct binder *binder, const struct node *root);
// Reads the ranges of `egress` into the settings.
void check_egress(struct binder *binder, const struct node *root);
void check_source(struct binder *binder, const struct source_settings *source,
                  const struct entry *entry);
// Which keys about time go together; also settles interval_ms where something else decides.
void check_schedule(struct binder *binder, struct source_settings *settings,
                    const struct entry *source);
// `sources` are sorted by name.
void report_unknown_source(struct binder *binder, const struct node *node);
void check_sink(struct binder *binder, const struct sink_settings *sink, const struct entry *entry);
