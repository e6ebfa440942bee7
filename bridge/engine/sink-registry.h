#pragma once
// The sinks that came through the API, and the configuration in force: that of the file with them.
// Loop thread only.

#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/spi/sink-admin.h"

struct clock;
struct drivers;
struct event_base;
struct problem;
struct settings;
struct sink_registry;
struct store;

struct sink_registry_parts { // borrowed
    struct event_base *base;
    const struct clock *clock;
    struct store *store;
    const struct drivers *drivers;
    // Puts a configuration in force. 0 or -ENOMEM: the one before stays.
    int (*apply)(struct settings *settings, void *userdata);
    void *userdata;
};

int sink_registry_new(struct sink_registry **ret,
                      const struct sink_registry_parts *parts) MUST_CHECK;
struct sink_registry *sink_registry_free(struct sink_registry *registry); // accepts NULL
DEFINE_CLEANUP(sink_registry)

// At the start: those the store has. One that cannot be used any more is left aside, and said.
int sink_registry_load(struct sink_registry *registry, struct settings *file) MUST_CHECK;
// The file's configuration with the sinks of the API, a reference of the caller's. -EINVAL with
// words when the file names a sink that came through the API; -ENOMEM.
int sink_registry_compose(struct sink_registry *registry, struct settings *file,
                          struct settings **ret, struct problem **reterr) MUST_CHECK;
// That one is in force.
void sink_registry_set_file(struct sink_registry *registry, struct settings *file);

// The parts of struct sink_admin that are about changes; `registry` is the userdata.
int sink_registry_prepare(struct sink_registry *registry, const struct sink_wish *wish,
                          struct sink_change **ret, struct problem **reterr) MUST_CHECK;
void sink_registry_show(const struct sink_change *change, struct managed_status *ret_status,
                        const char **ret_secret);
void sink_registry_drop(struct sink_change *change); // accepts NULL
int sink_registry_carry_out(struct sink_registry *registry, struct sink_change *take,
                            const struct stored_answer *answer, sink_done_fn done,
                            void *userdata) MUST_CHECK;
int sink_registry_remove(struct sink_registry *registry, const char *name, sink_done_fn done,
                         void *userdata) MUST_CHECK;
// Fills in what is known of a managed sink; its settings are then the caller's. -ENOENT, -ENOMEM.
int sink_registry_describe(const struct sink_registry *registry, const char *name,
                           struct managed_status *ret) MUST_CHECK;
