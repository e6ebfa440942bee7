#pragma once
// A small HTTP server on plain sockets, on the test's own loop: it answers by a table, byte for
// byte, so that it can also misbehave.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"

struct bufferevent;
struct event_base;
struct ssl_ctx_st;
struct test_server;

enum route_then {
    ROUTE_KEEP,  // the connection stays
    ROUTE_CLOSE, // orderly, once everything is sent
    ROUTE_RESET, // at once, by RST
};

struct route {
    const char *path;   // of the request, without the query; "*": any; NULL ends the table
    const char *answer; // bytes; NULL: nothing is ever sent
    size_t len;         // 0: strlen
    enum route_then then;
    // Called in place of sending `answer`.
    void (*serve)(struct bufferevent *bev, const char *request, void *userdata);
    void *userdata;
};

// `tls` may be NULL, and is borrowed.
struct test_server *server_new(struct event_base *base, const struct route *routes,
                               struct ssl_ctx_st *tls);
struct test_server *server_free(struct test_server *server); // accepts NULL
void server_freep(struct test_server **server);
#define AUTO_SERVER CLEANUP(server_freep)

int server_port(const struct test_server *server);
size_t server_connections(const struct test_server *server); // accepted so far
size_t server_open_connections(const struct test_server *server);
size_t server_requests(const struct test_server *server); // read whole so far
size_t server_resumed(const struct test_server *server);  // TLS sessions taken up again
// The i-th request: head and body. Borrowed.
const char *server_request(const struct test_server *server, size_t i);
const char *server_last(const struct test_server *server);
// Ends every open connection in order, as a server that has waited long enough does.
void server_hang_up(struct test_server *server);
// The next n connections that send a request are reset in place of an answer.
void server_reset_next(struct test_server *server, unsigned n);
