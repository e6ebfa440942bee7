#pragma once
// The parts of the source `http`, for its own files.

#include "bridge/base/cleanup.h"
#include "bridge/spi/option.h"

struct problem;

extern const struct option_table source_http_options;

const char *source_http_method_name(int method);
// Rules between options, as source_driver.check.
int source_http_check(const void *settings, const char **ret_key,
                      struct problem **reterr) MUST_CHECK;
