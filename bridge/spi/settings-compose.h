#pragma once
// One configuration out of several: that of the file, and sinks that came through the API.

#include <stddef.h>

#include "bridge/base/cleanup.h"

struct settings;

// The file's, with the sinks of all of them, sorted by name. Names are unique over all. References
// of the parts are taken: what is in them is not copied. 0 or -ENOMEM.
int settings_compose(struct settings **ret, struct settings *file, struct settings *const sinks[],
                     size_t n) MUST_CHECK;
