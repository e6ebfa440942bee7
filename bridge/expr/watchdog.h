#pragma once
// Stops a jq program that runs too long. libjq looks at its "halted" flag before each instruction;
// one thread per context sets it when the program has used up its CPU time.
//
// This does not reach into a single builtin that works for long, and it does not bound memory:
// expressions are written by who runs the bridge, they are not a sandbox for strangers.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct jq_state;
struct watchdog;

int watchdog_new(struct watchdog **ret, int64_t limit_ms) MUST_CHECK; // 0, -ENOMEM, -errno
struct watchdog *watchdog_free(struct watchdog *watchdog);
DEFINE_CLEANUP(watchdog)

// Between these two calls, both from the thread that runs the program, it may be halted. end says
// whether it was.
void watchdog_begin(struct watchdog *watchdog, struct jq_state *program);
bool watchdog_end(struct watchdog *watchdog);
