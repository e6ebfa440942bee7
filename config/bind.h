#pragma once
// A mapping of the tree to one or two structs, by their option tables.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/hash.h"
#include "bridge/spi/option.h"
#include "config/binder.h"
#include "config/tree.h"

struct bind_part {
    const struct option_table *table;
    void *object; // zeroed
};

struct bind_target {
    const char *kind;          // "source"; what messages call it
    const char *name;          // "orders"; NULL when there is only one
    const char *inner;         // the key of the table inside it that this is; NULL for itself
    struct bind_part parts[2]; // the mapping's keys are those of both tables
    size_t part_count;
    struct node *node;   // NULL: nothing is written
    struct place place;  // where it is named
    bool has_type;       // `type` is a key as well, read by who chose the parts
    bool takes_defaults; // an absent key that `defaults` knows takes its value
};

// Sets every member: from the mapping, else from `defaults`, else from the preset.
// A failure is reported; who has nothing to skip then may ignore the result.
bool bind_target(struct binder *binder, const struct bind_target *target);

// A hash of what was bound to the options that carry `flag`, and of `extra` (NULL: nothing); with
// flag 0 of everything, secrets too, which is only for comparison in memory.
bool bind_identity(struct binder *binder, const struct bind_target *target, unsigned flag,
                   const char *extra, struct hash128 *ret) MUST_CHECK;

// The node that an option is bound from: written, default or preset (in *storage). NULL: none.
struct node *bind_origin(struct binder *binder, const struct bind_target *target,
                         const struct option *option, struct node *storage);

// "source "orders"" for messages.
#define BIND_WORDS_SIZE 224
const char *bind_words(const struct bind_target *target, char ret[BIND_WORDS_SIZE]);
