#pragma once
// The three kinds of things that drivers do, seen alike: sources, sinks, auths.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"
#include "bridge/spi/option.h"
#include "config/bind.h"

struct drivers;
struct problem;

struct kind_driver { // what the three driver structs have in common
    const char *name;
    const char *doc;
    const struct option_table *options;
    int (*check)(const void *settings, const char **ret_key, struct problem **reterr);
    const void *driver; // struct source_driver, sink_driver or auth_driver
};

struct kind {
    const char *name;                   // "source"
    const char *section;                // "sources"
    const struct option_table *options; // common to all drivers; NULL: none
    bool takes_defaults;
    // The driver of that index; false past the last.
    bool (*get_driver)(const struct drivers *drivers, size_t index, struct kind_driver *ret);
};

extern const struct kind kind_source;
extern const struct kind kind_sink;
extern const struct kind kind_auth;

// One named thing of a kind.
struct kind_item {
    const struct kind *kind;
    const char *name;
    struct node *node; // its mapping
    struct place place;
    void *common; // the struct of kind->options; NULL for kinds without
};

// Picks the driver by `type:` and binds both tables. *ret_driver and *ret_settings (owned by the
// caller, also on failure) are left alone when no driver could be picked.
// A failure is reported; who has nothing to skip then may ignore the result.
bool kind_bind(struct binder *binder, const struct drivers *drivers, const struct kind_item *item,
               struct kind_driver *ret_driver, void **ret_settings);

// What was bound, for bind_identity.
struct bind_target kind_target(const struct kind_item *item, const struct kind_driver *driver,
                               void *driver_settings);
