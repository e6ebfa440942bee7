#pragma once
// The auth `basic`: user name and password (RFC 7617).

#include "bridge/base/secret.h"

struct auth_basic_settings {
    char *username;
    struct secret password; // absent: empty
};

struct auth_driver;
extern const struct auth_driver auth_basic;
