#pragma once
// Reads the configuration anew without the loop waiting for it: a file of 100,000 sources takes
// seconds. Loop thread only.

#include "bridge/base/cleanup.h"

struct cli;
struct event_base;
struct settings;
struct reload;

// `settings` is owned by the callee; NULL when the file has problems (they are on stderr).
typedef void (*reload_fn)(struct settings *take, void *userdata);

int reload_new(struct reload **ret, struct event_base *base, const struct cli *cli,
               const char *file) MUST_CHECK; // cli and file are borrowed
// Waits for a reading under way; its result is dropped. Not from inside a reload_fn. Accepts NULL.
struct reload *reload_free(struct reload *reload);
DEFINE_CLEANUP(reload)

// Calls `done` later, once the file as it is now was read. Asked again meanwhile, it is read once
// more, so that the last state of the file counts.
void reload_start(struct reload *reload, reload_fn done, void *userdata);
