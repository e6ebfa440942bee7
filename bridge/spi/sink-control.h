#pragma once
// What the HTTP API may ask of the running daemon about its sinks. Implemented by the delivery
// side, used by the API; loop thread only, nothing waits.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/spi/store.h"

struct sink_settings;

struct sink_status { // borrowed for the call
    const char *name;
    const struct sink_settings *settings; // NULL: it is in the configuration no more
    int64_t waiting;                      // pending and retrying deliveries
    int64_t held;
    int64_t oldest_at_ms; // event time of the oldest waiting one; 0: none
    struct sink_health health;
    // Of a running daemon only.
    size_t in_flight;
    bool is_resting;    // the sink asked for it
    uint64_t delivered; // since the start of the process
    uint64_t failed;
};

typedef void (*sink_visit_fn)(const struct sink_status *status, void *userdata);

struct sink_control {
    // Visits sinks of the configuration in the order of their names, from the one after `after`
    // (NULL: the first), at most `limit`. True when there are more.
    bool (*list)(const char *after, size_t limit, sink_visit_fn visit, void *visit_userdata,
                 void *userdata);
    int (*get)(const char *name, sink_visit_fn visit, void *visit_userdata,
               void *userdata) MUST_CHECK; // -ENOENT: there is no such sink
    void *userdata;
};
