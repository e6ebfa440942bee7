#pragma once
// Looks now and then whether a secret file of the configuration in force has changed, as they do
// where something rotates secrets (Kubernetes, Vault, cert-manager). A file counts as changed once
// two looks in a row found it in the same new state, so that one that is just being written is left
// alone; and once for each state, so that one which cannot be used is not read over and over. Loop
// thread only; the looking is done beside it.

#include <stdint.h>

#include "bridge/base/cleanup.h"

struct event_base;
struct secret_watch;
struct settings;

// The path is borrowed for the call.
typedef void (*secret_watch_fn)(const char *path, void *userdata);

// 0 or -ENOMEM. Watches nothing yet.
int secret_watch_new(struct secret_watch **ret, struct event_base *base, int64_t every_ms,
                     secret_watch_fn changed, void *userdata) MUST_CHECK;
struct secret_watch *secret_watch_free(struct secret_watch *watch); // accepts NULL
DEFINE_CLEANUP(secret_watch)

// From now on the files of these settings, as they were when the settings were read. 0 or -ENOMEM
// (then as before).
int secret_watch_set(struct secret_watch *watch, struct settings *settings) MUST_CHECK;
