#pragma once
// The auth `bearer`: a token that is known beforehand (RFC 6750).

#include "bridge/base/secret.h"

struct auth_bearer_settings {
    struct secret token;
};

struct auth_driver;
extern const struct auth_driver auth_bearer;
