#pragma once
// Texts that must not be seen, on their way from files and variables into the settings.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"
#include "config/binder.h"

struct settings;

#define SECRET_FILE_MAX ((size_t)64 * 1024)

// Registers text to be struck out for as long as the settings live, also in its percent-encoded
// form. False when out of memory.
bool register_secret(struct binder *binder, const char *data, size_t len) MUST_CHECK;

// A file's content without its one trailing line end. False when reported.
bool read_secret_file(struct binder *binder, struct place place, const char *path,
                      struct bytes *ret) MUST_CHECK;

// A regular file, remembered by the settings as one whose change is to be seen. 0, -errno, -EISDIR
// when it is none, -EMSGSIZE when ret->max would be passed.
int read_regular_file(struct settings *settings, const char *path, struct buf *ret) MUST_CHECK;

// Once all are read: sorts the settings' list of them, each once.
void finish_secret_files(struct settings *settings);

// Wipes and frees.
void wipe_bytes(struct bytes *bytes);

// A relative path as seen from the configuration file; in the arena. NULL when out of memory.
const char *resolve_path(struct binder *binder, const char *path) MUST_CHECK;
