#pragma once
// Clients of a listener that runs on the same loop.

#include <stddef.h>

struct api_server;
struct bufferevent;
struct event_base;

struct bufferevent *client_connect(struct event_base *base, const struct api_server *server);
// Sends raw bytes and returns all that comes back until the server closes; malloc'ed.
char *client_exchange(struct event_base *base, const struct api_server *server, const char *request,
                      size_t len);
// A request without a body, on a connection of its own.
char *client_ask(struct event_base *base, const struct api_server *server, const char *method,
                 const char *path);
