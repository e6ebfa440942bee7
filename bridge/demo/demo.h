#pragma once
// `pollbridge demo`: the real pipeline and store between a small weather API and a receiver, all in
// this process, over real sockets on the loopback.

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bridge/base/cleanup.h"

struct drivers;

struct demo_options {
    const struct drivers *drivers;
    int64_t for_ms; // 0: until SIGINT or SIGTERM
    FILE *out;
};

enum { DEMO_E_UNTOLD = 1 }; // no webhook came, or one was not right

// Runs the demo to its end. 0, DEMO_E_UNTOLD, or negative errno.
int demo_run(const struct demo_options *options) MUST_CHECK;
