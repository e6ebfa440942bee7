#pragma once
// A sink that came through the API, as the store keeps it.

#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct managed_sink {
    char *name;
    char *settings; // JSON text, secrets included: the database is readable by its owner only
    int64_t created_at_ms;
    int64_t updated_at_ms;
    int64_t
        rotated_until_ms; // until then a secret before the present one signs too; 0: there is none
};
void managed_sink_deinit(struct managed_sink *sink);
int managed_sink_copy(struct managed_sink *ret, const struct managed_sink *from) MUST_CHECK;

struct managed_sinks {
    struct managed_sink *v; // sorted by name
    size_t n;
};
void managed_sinks_deinit(struct managed_sinks *sinks);
