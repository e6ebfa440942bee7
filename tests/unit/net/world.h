#pragma once
// A loop, a client and the answers it gave.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bridge/base/cleanup.h"
#include "bridge/model/http.h"
#include "bridge/net/http.h"
#include "server.h"

struct event_base;

#define USER_AGENT "test/1"

struct world {
    struct event_base *base;
    struct http_client *client;
    struct test_server *server;
};

struct outcome {
    unsigned calls;
    struct http_response response; // taken out of the call
    struct event_base *base;       // its loop is left after the call; NULL: it goes on
};

void world_open(struct world *world, const struct route *routes);
void world_close(struct world *world);
#define AUTO_WORLD CLEANUP(world_close)

// A GET of the server's path with allow_private and limits that no good answer reaches.
struct http_request world_request(const struct world *world, const char *path);
// "http://127.0.0.1:PORT/path", malloc'ed.
char *world_url(const struct test_server *server, const char *scheme, const char *path);
void outcome_note(struct http_response *response, void *userdata);
void outcome_deinit(struct outcome *outcome);
// Runs the loop until the callback leaves it; fails the test after 20 s.
void world_run(struct event_base *base);
// Runs the loop for that long whatever happens.
void world_run_for(struct event_base *base, int64_t ms);
// Asks and waits.
void world_ask(struct world *world, const struct http_request *request, struct outcome *ret);
void world_get(struct world *world, const char *path, struct outcome *ret);

#define AUTO_REQUEST CLEANUP(http_request_deinit)
#define AUTO_OUTCOME CLEANUP(outcome_deinit)
