#pragma once
// Options in words; shared by the reference and the schema.

#include "bridge/base/cleanup.h"
#include "bridge/spi/option.h"

struct buf;

// "From 1s to 366d." or nothing.
int describe_bounds(const struct option *option, struct buf *ret) MUST_CHECK;
// "duration", "list of paths", …
const char *describe_type(const struct option *option);
