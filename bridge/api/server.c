#include "bridge/api/server.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <stdlib.h>

#include "bridge/api/call-state.h"
#include "bridge/api/connection-limit.h"
#include "bridge/api/listen-address.h"
#include "bridge/api/routes.h"
#include "bridge/api/stream.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"

#define HEADERS_MAX_BYTES (16 * 1024)
#define BODY_MAX_BYTES    (1024 * 1024) // evhttp's words; up to here ours, see CALL_BODY_MAX
#define IDLE_SECONDS      15
#define ALL_METHODS       0xffff // the routes say no, in our words

struct api_server {
    struct api_server_parts parts;
    struct api_calls calls;
    struct connection_limit connections;
    struct evhttp *http;
    struct listen_address address;
    char *url;
};

static void on_answered(struct evhttp_request *request, void *userdata)
{
    struct api_server *server = userdata;
    struct evhttp_connection *connection = evhttp_request_get_connection(request);
    connection_limit_answered(&server->connections, evhttp_connection_get_bufferevent(connection));
}

static void on_request(struct evhttp_request *request, void *userdata)
{
    struct api_server *server = userdata;
    struct evhttp_connection *connection = evhttp_request_get_connection(request);
    struct bufferevent *bev = evhttp_connection_get_bufferevent(connection);
    connection_limit_asked(&server->connections, bev);
    // A read time-out would end a large answer that is taken slowly; the limit keeps the time.
    const struct timeval stalled = { .tv_sec = IDLE_SECONDS };
    (void)bufferevent_set_timeouts(bev, NULL, &stalled);
    evhttp_request_set_on_complete_cb(request, on_answered, server);
    routes_dispatch(&server->parts, &server->calls, request);
}

static int set_up(struct api_server *server)
{
    int r = connection_limit_init(&server->connections, server->parts.base);
    if (r < 0) {
        return r;
    }
    server->http = evhttp_new(server->parts.base);
    if (!server->http) {
        return -ENOMEM;
    }
    evhttp_set_max_headers_size(server->http, HEADERS_MAX_BYTES);
    evhttp_set_max_body_size(server->http, BODY_MAX_BYTES);
    evhttp_set_timeout(server->http, IDLE_SECONDS);
    evhttp_set_allowed_methods(server->http, ALL_METHODS);
    evhttp_set_bevcb(server->http, connection_limit_on_open, &server->connections);
    evhttp_set_gencb(server->http, on_request, server);
    return 0;
}

static int listen_at(struct api_server *server, struct listen_address *address,
                     struct problem **reterr)
{
    int fd = -1;
    int r = listen_address_open(address, &fd, reterr);
    if (r < 0) {
        return r;
    }
    struct evconnlistener *listener = evconnlistener_new(
        server->parts.base, NULL, NULL,
        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, 0, fd);
    if (!listener) {
        (void)close(fd);
        return -ENOMEM;
    }
    if (!evhttp_bind_listener(server->http, listener)) {
        evconnlistener_free(listener);
        return -ENOMEM;
    }
    server->connections.listener = listener;
    server->address = *address;
    char text[LISTEN_ADDRESS_TEXT_SIZE];
    listen_address_format(address, text);
    server->url = str_printf("http://%s", text);
    return server->url ? 0 : -ENOMEM;
}

int api_server_new(struct api_server **ret, const char *listen,
                   const struct api_server_parts *parts, struct problem **reterr)
{
    struct listen_address address;
    int r = listen_address_parse(&address, listen, reterr);
    if (r < 0) {
        return r;
    }
    CLEANUP(api_server_freep) struct api_server *server = calloc(1, sizeof(*server));
    if (!server) {
        return -ENOMEM;
    }
    server->parts = *parts;
    server->calls.reads.workers = parts->workers;
    server->calls.reads.connections = &server->connections;
    server->calls.connections = &server->connections;
    r = set_up(server);
    if (r == 0 && parts->store) {
        r = streams_new(&server->calls.streams, parts->base, parts->store, &server->calls);
    }
    if (r == 0) {
        r = listen_at(server, &address, reterr);
    }
    if (r == 0) {
        *ret = STEAL(server);
    }
    return r;
}

struct api_server *api_server_free(struct api_server *server)
{
    if (!server) {
        return NULL;
    }
    server->calls.streams = streams_free(server->calls.streams);
    calls_forget(&server->calls);
    if (server->http) {
        evhttp_free(server->http);
    }
    connection_limit_deinit(&server->connections);
    free(server->url);
    free(server);
    return NULL;
}

const struct sockaddr *api_server_address(const struct api_server *server, size_t *ret_len)
{
    *ret_len = server->address.len;
    return &server->address.at.any;
}

const char *api_server_url(const struct api_server *server)
{
    return server->url;
}
