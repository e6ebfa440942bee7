#pragma once
// The HTTP listener: /healthz, /readyz, /metrics and /v1. evhttp, loop thread only, loopback by
// default.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"

struct buf;
struct control;
struct event_base;
struct metrics;
struct problem;
struct settings;
struct sink_admin;
struct sink_control;
struct sockaddr;
struct store;
struct workers;
struct api_server;

struct api_server_parts { // borrowed
    struct event_base *base;
    struct metrics *metrics;
    struct workers *workers; // whose context is a struct worker (spi/worker.h); NULL: no reads
    // True when ready; else why not, appended as lines of "name: words".
    bool (*is_ready)(struct buf *why, void *userdata);
    void *userdata;
    struct store *store;           // what streams watch, and where answers are kept; NULL: neither
    const struct control *control; // of the sources
    const struct sink_control *sinks;
    const struct sink_admin *sink_admin;
    // The configuration in force now: its tokens are what /v1 asks for. NULL: none.
    const struct settings *(*settings)(void *userdata);
};

// `listen` is "address:port" ("127.0.0.1:8080", "[::1]:0"); port 0 picks one.
int api_server_new(struct api_server **ret, const char *listen,
                   const struct api_server_parts *parts, struct problem **reterr) MUST_CHECK;
struct api_server *api_server_free(struct api_server *server);
DEFINE_CLEANUP(api_server)
// Where it listens, with the port in use. Borrowed.
const struct sockaddr *api_server_address(const struct api_server *server, size_t *ret_len);
// "http://127.0.0.1:8080" with the port in use. Borrowed.
const char *api_server_url(const struct api_server *server);
