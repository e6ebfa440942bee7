#pragma once
// The auth `api_key`: a key in a header field or in the query.

#include "bridge/base/secret.h"

struct auth_api_key_settings {
    struct secret key;
    char *header; // the field that carries it, or …
    char *param;  // … the parameter of the query
    char *scheme; // in front of it in the field; NULL: bare
};

struct auth_driver;
extern const struct auth_driver auth_api_key;
