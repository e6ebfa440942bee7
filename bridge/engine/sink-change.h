#pragma once
// A change of a sink that is managed through the API, before it is stored: what it will be. Pure
// but for the randomness of new secrets.

#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/spi/managed-sink.h"
#include "bridge/spi/sink-admin.h"

struct drivers;
struct json_object;
struct problem;
struct settings;

struct sink_change {
    enum sink_wish_kind kind;
    struct managed_sink kept;  // as it will be stored
    struct settings *settings; // of it alone; a reference
    struct json_object *shown; // its settings without secrets
    char *secret;              // one that was made now; NULL: none
};

struct sink_change_input { // borrowed
    const struct sink_wish *wish;
    const struct managed_sink *before; // NULL: SINK_CREATE
    const struct drivers *drivers;
    const struct settings *file;
    int64_t now_ms;
};

// 0, -EINVAL with words, -ENOMEM.
int sink_change_make(struct sink_change **ret, const struct sink_change_input *input,
                     struct problem **reterr) MUST_CHECK;
struct sink_change *sink_change_free(struct sink_change *change); // accepts NULL
DEFINE_CLEANUP(sink_change)

// The settings of one that was stored before (`before`; there is no wish). As sink_change_make.
int sink_change_bind_kept(struct settings **ret, const struct sink_change_input *input,
                          struct problem **reterr) MUST_CHECK;
