#pragma once
// The auth `login`: any request whose answer holds a token, which the polls then carry.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/model/http.h"
#include "bridge/spi/option.h"
#include "bridge/spi/outgoing.h"

struct expr;

enum auth_login_method { AUTH_LOGIN_POST, AUTH_LOGIN_PUT, AUTH_LOGIN_GET };

struct auth_login_request {
    char *url;
    int method; // enum auth_login_method
    struct headers headers;
    char *json;
    char *body;
    struct headers form;
    struct outgoing_settings outgoing;
};

struct auth_login_settings {
    struct auth_login_request request;
    struct expr *token; // where the token stands: this or token_header, or …
    char *token_header;
    bool cookies;     // … cookies are the token, or belong to it
    char *header;     // the field that carries the token …
    char *scheme;     // … behind this word; "": bare
    char *expires_in; // a path or a duration
    struct expr *expires_at;
    struct status_set refused_status;
};

struct auth_driver;
extern const struct auth_driver auth_login;
