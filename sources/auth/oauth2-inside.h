#pragma once
// The parts of the auth `oauth2`, for its own files.

#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/spi/option.h"

struct http_response;
struct problem;
struct token;

extern const struct option_table auth_oauth2_options;

// As the members of auth_driver.
int auth_oauth2_check(const void *settings, const char **ret_key,
                      struct problem **reterr) MUST_CHECK;
int auth_oauth2_parse(const void *settings, const struct http_response *response, int64_t now_ms,
                      struct token *ret, struct problem **reterr) MUST_CHECK;
