#pragma once
// Test events: made, encoded, signed and sent as any other, but past the queue and never stored.
// Loop thread only.

#include "bridge/base/cleanup.h"
#include "bridge/deliver/attempt.h"
#include "bridge/spi/sink-admin.h"

struct clock;
struct delivery;
struct event;
struct settings;
struct sink_settings;
struct sink_tests;
struct workers;

#define SINK_TESTS_MAX 16 // under way at once

struct sink_tests_parts { // borrowed
    struct workers *workers;
    struct attempt_means means;
    // Encodes the event for the sink, on a worker; see bridge/poll/digest/recovery-look.h.
    int (*make)(void *worker_ctx, const struct sink_settings *sink, const struct event *event,
                struct delivery *ret);
};

int sink_tests_new(struct sink_tests **ret, const struct sink_tests_parts *parts) MUST_CHECK;
// Those under way are answered with -ECANCELED. Accepts NULL.
struct sink_tests *sink_tests_free(struct sink_tests *tests);
DEFINE_CLEANUP(sink_tests)

// 0, -ENOENT, -EAGAIN (too many are under way), -ENOMEM.
int sink_tests_start(struct sink_tests *tests, struct settings *settings, const char *sink,
                     sink_test_fn done, void *userdata) MUST_CHECK;
