#pragma once
// What the daemon does beside its main job: retention in the store, the store's and the process's
// own metrics. Loop thread only.

#include <stdint.h>

#include "bridge/base/cleanup.h"

struct clock;
struct event_base;
struct housekeeping;
struct http_client;
struct metrics;
struct retention_settings;
struct store;

// A delivery that is due for longer than this makes /readyz red.
#define HOUSEKEEPING_OUTBOX_OVERDUE_MS (5 * 60 * 1000)

struct housekeeping_parts { // borrowed
    struct event_base *base;
    const struct clock *clock;
    struct store *store;
    struct metrics *metrics;
    const struct http_client *http;
    const struct retention_settings *retention; // copied
};

int housekeeping_new(struct housekeeping **ret, const struct housekeeping_parts *parts) MUST_CHECK;
struct housekeeping *housekeeping_free(struct housekeeping *housekeeping);
void housekeeping_set_retention(struct housekeeping *housekeeping,
                                const struct retention_settings *retention);
