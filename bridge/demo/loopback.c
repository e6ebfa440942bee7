#include "bridge/demo/loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/http.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "bridge/base/str.h"

#define BODY_MAX_BYTES (256 * 1024)

struct loopback {
    struct evhttp *http;
    char *url;
    void (*handle)(struct evhttp_request *request, void *userdata);
    void *userdata;
};

static void on_request(struct evhttp_request *request, void *userdata)
{
    struct loopback *server = userdata;
    server->handle(request, server->userdata);
}

static int bind_free_port(struct loopback *server)
{
    struct evhttp_bound_socket *bound =
        evhttp_bind_socket_with_handle(server->http, "127.0.0.1", 0);
    struct sockaddr_in address;
    socklen_t len = sizeof(address);
    if (!bound) {
        return errno ? -errno : -EADDRNOTAVAIL;
    }
    if (getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &len) != 0) {
        return -errno;
    }
    server->url = str_printf("http://127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
    return server->url ? 0 : -ENOMEM;
}

int loopback_new(struct loopback **ret, struct event_base *base,
                 void (*handle)(struct evhttp_request *request, void *userdata), void *userdata)
{
    CLEANUP(loopback_freep) struct loopback *server = calloc(1, sizeof(*server));
    if (!server) {
        return -ENOMEM;
    }
    server->handle = handle;
    server->userdata = userdata;
    server->http = evhttp_new(base);
    if (!server->http) {
        return -ENOMEM;
    }
    evhttp_set_max_body_size(server->http, BODY_MAX_BYTES);
    evhttp_set_gencb(server->http, on_request, server);
    int r = bind_free_port(server);
    if (r == 0) {
        *ret = STEAL(server);
    }
    return r;
}

struct loopback *loopback_free(struct loopback *server)
{
    if (!server) {
        return NULL;
    }
    if (server->http) {
        evhttp_free(server->http);
    }
    free(server->url);
    free(server);
    return NULL;
}

const char *loopback_url(const struct loopback *server)
{
    return server->url;
}
