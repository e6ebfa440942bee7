#pragma once
// The parts of the auth `login`, for its own files.

#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/spi/option.h"

struct auth_login_settings;
struct json_object;
struct problem;

extern const struct option_table auth_login_options;

const char *auth_login_method_name(int method);
// Rules between options, as auth_driver.check.
int auth_login_check(const void *settings, const char **ret_key,
                     struct problem **reterr) MUST_CHECK;

// When the token expires, by `expires_in` or `expires_at`; 0: unknown. `answer` is NULL when the
// answer is no JSON. 0, AUTH_E_REFUSED with words (without values of the answer), -ENOMEM.
int auth_login_expiry(const struct auth_login_settings *login, struct json_object *answer,
                      int64_t now_ms, int64_t *ret_at_ms, struct problem **reterr) MUST_CHECK;
