#pragma once
// A plain HTTP server on a free port of the loopback, for the two ends of the demo. Loop thread.

#include "bridge/base/cleanup.h"

struct event_base;
struct evhttp_request;
struct loopback;

// Every request goes to `handle`, which answers it.
int loopback_new(struct loopback **ret, struct event_base *base,
                 void (*handle)(struct evhttp_request *request, void *userdata),
                 void *userdata) MUST_CHECK;             // 0, -ENOMEM, or -errno of the socket
struct loopback *loopback_free(struct loopback *server); // accepts NULL
DEFINE_CLEANUP(loopback)

const char *loopback_url(const struct loopback *server); // "http://127.0.0.1:40123"; borrowed
