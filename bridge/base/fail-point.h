#pragma once
// Named places where a test build kills itself, to prove that a kill at that instruction loses
// nothing: POLLBRIDGE_FAIL_AT=before-commit:3 raises SIGKILL at the third passing of that place.
// Compiled in with `meson setup -Dfail_points=true` only; nothing at all otherwise.

#ifdef POLLBRIDGE_FAIL_POINTS

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static inline void fail_point_pass(const char *name, unsigned long passing)
{
    const char *at = getenv("POLLBRIDGE_FAIL_AT");
    size_t len = strlen(name);
    if (at && strncmp(at, name, len) == 0 && at[len] == ':' &&
        strtoul(at + len + 1, NULL, 10) == passing) {
        (void)raise(SIGKILL);
    }
}

// A name belongs to one place: each place counts its own passings.
#define FAIL_POINT(name)                                                                           \
    do {                                                                                           \
        static _Atomic unsigned long passings_;                                                    \
        fail_point_pass((name), atomic_fetch_add(&passings_, 1) + 1);                              \
    } while (0)

#else

#define FAIL_POINT(name)                                                                           \
    do {                                                                                           \
    } while (0)

#endif
