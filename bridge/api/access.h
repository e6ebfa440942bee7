#pragma once
// Who may use /v1. With a token: whoever brings it. Without one: processes of this machine only,
// never a web page that somebody visits here (cross-site requests carry Origin; a name that was
// rebound to the loopback is not the Host we are called by).

#include <stdbool.h>

struct evhttp_request;
struct secret;

// NULL, or why not, in words with what to do; *ret_status is then 401 or 403.
const char *access_refuse(struct evhttp_request *request, const struct secret *token,
                          int *ret_status);
