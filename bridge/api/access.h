#pragma once
// Who may use /v1. With tokens in the configuration: whoever brings one that is good for what is
// asked. Without any: processes of this machine only, never a web page that somebody visits here
// (cross-site requests carry Origin; a name that was rebound to the loopback is not the Host we
// are called by).

#include "bridge/api/route.h"

struct evhttp_request;
struct settings;

struct access {
    const char *token;   // its name; "" without one. Borrowed from the settings
    int status;          // 0: let in; else 401 or 403
    const char *refusal; // then: why not, with what to do
};

struct access access_check(struct evhttp_request *request, const struct settings *settings,
                           enum api_scope needed);
