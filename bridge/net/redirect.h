#pragma once
// What a redirect asks for (RFC 9110 section 15.4, and the fetch standard where browsers and RFC
// differ). Pure: no connection is touched here.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

enum { REDIRECT_E_URL = 1 }; // Location is no http(s) URL; *ret_words then says why (a constant)

struct redirect {
    char *url;        // absolute; user info of another origin is never taken from a Location
    bool same_origin; // scheme, host and port are those of the request
    bool same_host;
};

void redirect_deinit(struct redirect *redirect);

// 301, 302, 303, 307 and 308 point elsewhere; 300 and 304 do not.
bool redirect_is_status(int status);
// True when the next request is to be a GET without a body.
bool redirect_becomes_get(int status, const char *method);
// 0, REDIRECT_E_URL or -ENOMEM.
int redirect_resolve(struct redirect *ret, const char *base_url, const char *location,
                     const char **ret_words) MUST_CHECK;
