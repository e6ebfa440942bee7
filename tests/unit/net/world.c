#include "world.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "bridge/base/str.h"

#define PATIENCE_S 20

void world_open(struct world *world, const struct route *routes)
{
    const struct http_client_settings settings = { .user_agent = USER_AGENT };
    // As every command does: OpenSSL writes without MSG_NOSIGNAL.
    (void)signal(SIGPIPE, SIG_IGN);
    *world = (struct world){ .base = event_base_new() };
    assert_non_null(world->base);
    assert_int_equal(http_client_new(&world->client, world->base, &settings), 0);
    world->server = routes ? server_new(world->base, routes, NULL) : NULL;
}

void world_close(struct world *world)
{
    world->client = http_client_free(world->client);
    world->server = server_free(world->server);
    if (world->base) {
        event_base_free(world->base);
    }
    *world = (struct world){ 0 };
}

char *world_url(const struct test_server *server, const char *scheme, const char *path)
{
    char *url = str_printf("%s://127.0.0.1:%d%s", scheme, server_port(server), path);
    assert_non_null(url);
    return url;
}

struct http_request world_request(const struct world *world, const char *path)
{
    return (struct http_request){
        .url = world_url(world->server, "http", path),
        .timeout_ms = 10000,
        .connect_timeout_ms = 5000,
        .max_body_bytes = 1U << 20,
        .allow_private = true,
    };
}

void outcome_note(struct http_response *response, void *userdata)
{
    struct outcome *outcome = userdata;
    outcome->calls++;
    http_response_deinit(&outcome->response);
    outcome->response = *response;
    *response = (struct http_response){ 0 };
    if (outcome->base) {
        (void)event_base_loopbreak(outcome->base);
    }
}

void outcome_deinit(struct outcome *outcome)
{
    http_response_deinit(&outcome->response);
}

static void on_late(evutil_socket_t fd, short what, void *userdata)
{
    (void)fd;
    (void)what;
    (void)userdata;
    fail_msg("%s", "what was waited for did not happen in time");
}

void world_run(struct event_base *base)
{
    const struct timeval patience = { .tv_sec = PATIENCE_S };
    struct event *late = event_new(base, -1, 0, on_late, NULL);
    assert_non_null(late);
    assert_int_equal(event_add(late, &patience), 0);
    assert_int_equal(event_base_dispatch(base), 0);
    event_free(late);
}

void world_run_for(struct event_base *base, int64_t ms)
{
    const struct timeval wait = { .tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000 };
    assert_int_equal(event_base_loopexit(base, &wait), 0);
    assert_int_equal(event_base_dispatch(base), 0);
}

void world_ask(struct world *world, const struct http_request *request, struct outcome *ret)
{
    ret->base = world->base;
    ret->calls = 0;
    assert_int_equal(http_start(world->client, request, outcome_note, ret, NULL), 0);
    assert_int_equal(ret->calls, 0); // never from inside start
    world_run(world->base);
    assert_int_equal(ret->calls, 1);
}

void world_get(struct world *world, const char *path, struct outcome *ret)
{
    AUTO_REQUEST struct http_request request = world_request(world, path);
    world_ask(world, &request, ret);
}
