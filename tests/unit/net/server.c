#include "server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>

#include <openssl/ssl.h>

struct peer {
    TAILQ_ENTRY(peer) link;
    struct test_server *server;
    struct bufferevent *bev;
    bool closing;
};

struct test_server {
    struct event_base *base;
    struct evconnlistener *listener;
    const struct route *routes;
    SSL_CTX *tls;
    TAILQ_HEAD(, peer) peers;
    size_t connections;
    size_t resumed;
    unsigned resets;
    char **requests;
    size_t n;
};

static void peer_free(struct peer *peer)
{
    TAILQ_REMOVE(&peer->server->peers, peer, link);
    bufferevent_free(peer->bev);
    free(peer);
}

static void reset(struct peer *peer)
{
    struct linger hard = { .l_onoff = 1 };
    int fd = bufferevent_getfd(peer->bev);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)), 0);
    peer_free(peer);
}

static const struct route *find_route(const struct test_server *server, const char *request)
{
    const char *path = strchr(request, ' ') + 1;
    size_t len = strcspn(path, " ?");
    for (const struct route *route = server->routes; route->path; route++) {
        bool same = strlen(route->path) == len && memcmp(route->path, path, len) == 0;
        if (same || strcmp(route->path, "*") == 0) {
            return route;
        }
    }
    fail_msg("nobody expected this request: %s", request);
    return NULL;
}

static void record(struct test_server *server, const char *request, size_t len)
{
    server->requests = reallocarray(server->requests, server->n + 1, sizeof(char *));
    assert_non_null(server->requests);
    server->requests[server->n] = strndup(request, len);
    assert_non_null(server->requests[server->n]);
    server->n++;
}

// False when the peer is gone.
static bool answer(struct peer *peer, const char *request)
{
    const struct route *route = find_route(peer->server, request);
    if (peer->server->resets > 0) {
        peer->server->resets--;
        reset(peer);
        return false;
    }
    if (route->serve) {
        route->serve(peer->bev, request, route->userdata);
    } else if (route->answer) {
        size_t len = route->len > 0 ? route->len : strlen(route->answer);
        assert_int_equal(bufferevent_write(peer->bev, route->answer, len), 0);
    }
    if (route->then == ROUTE_RESET) {
        reset(peer);
        return false;
    }
    peer->closing = route->then == ROUTE_CLOSE;
    if (peer->closing && evbuffer_get_length(bufferevent_get_output(peer->bev)) == 0) {
        peer_free(peer);
        return false;
    }
    return true;
}

static size_t body_length(const char *head)
{
    const char *field = strcasestr(head, "\r\nContent-Length:");
    return field ? strtoul(field + strlen("\r\nContent-Length:"), NULL, 10) : 0;
}

static void on_read(struct bufferevent *bev, void *userdata)
{
    struct peer *peer = userdata;
    struct evbuffer *input = bufferevent_get_input(bev);
    for (;;) {
        struct evbuffer_ptr end = evbuffer_search(input, "\r\n\r\n", 4, NULL);
        if (end.pos < 0) {
            return;
        }
        size_t have = evbuffer_get_length(input);
        AUTO_FREE char *text = calloc(1, have + 1);
        assert_non_null(text);
        assert_int_equal(evbuffer_copyout(input, text, have), (ev_ssize_t)have);
        size_t head = (size_t)end.pos + 4;
        text[head - 1] = '\0';
        size_t whole = head + body_length(text);
        text[head - 1] = '\n';
        if (have < whole) {
            return;
        }
        text[whole] = '\0';
        assert_int_equal(evbuffer_drain(input, whole), 0);
        record(peer->server, text, whole);
        if (!answer(peer, text)) {
            return;
        }
    }
}

static void on_written(struct bufferevent *bev, void *userdata)
{
    struct peer *peer = userdata;
    (void)bev;
    if (peer->closing) {
        peer_free(peer);
    }
}

static void on_event(struct bufferevent *bev, short what, void *userdata)
{
    struct peer *peer = userdata;
    if (what & BEV_EVENT_CONNECTED) {
        SSL *ssl = bufferevent_openssl_get_ssl(bev);
        peer->server->resumed += ssl && SSL_session_reused(ssl);
    }
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) {
        peer_free(peer);
    }
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from,
                      int len, void *userdata)
{
    struct test_server *server = userdata;
    struct peer *peer = calloc(1, sizeof(*peer));
    (void)listener;
    (void)from;
    (void)len;
    assert_non_null(peer);
    server->connections++;
    peer->server = server;
    int options = BEV_OPT_CLOSE_ON_FREE;
    peer->bev = server->tls ? bufferevent_openssl_socket_new(server->base, fd, SSL_new(server->tls),
                                                             BUFFEREVENT_SSL_ACCEPTING, options)
                            : bufferevent_socket_new(server->base, fd, options);
    assert_non_null(peer->bev);
    TAILQ_INSERT_TAIL(&server->peers, peer, link);
    bufferevent_setcb(peer->bev, on_read, on_written, on_event, peer);
    assert_int_equal(bufferevent_enable(peer->bev, EV_READ | EV_WRITE), 0);
}

struct test_server *server_new(struct event_base *base, const struct route *routes,
                               struct ssl_ctx_st *tls)
{
    struct test_server *server = calloc(1, sizeof(*server));
    struct sockaddr_in here = { .sin_family = AF_INET };
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_non_null(server);
    server->base = base;
    server->routes = routes;
    server->tls = tls;
    TAILQ_INIT(&server->peers);
    server->listener = evconnlistener_new_bind(base, on_accept, server,
                                               LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 2048,
                                               (struct sockaddr *)(void *)&here, sizeof(here));
    assert_non_null(server->listener);
    return server;
}

struct test_server *server_free(struct test_server *server)
{
    if (server) {
        while (!TAILQ_EMPTY(&server->peers)) {
            peer_free(TAILQ_FIRST(&server->peers));
        }
        evconnlistener_free(server->listener);
        for (size_t i = 0; i < server->n; i++) {
            free(server->requests[i]);
        }
        free(server->requests);
        free(server);
    }
    return NULL;
}

void server_freep(struct test_server **server)
{
    (void)server_free(*server);
}

int server_port(const struct test_server *server)
{
    struct sockaddr_in here = { 0 };
    socklen_t len = sizeof(here);
    int fd = evconnlistener_get_fd(server->listener);
    assert_int_equal(getsockname(fd, (struct sockaddr *)(void *)&here, &len), 0);
    return ntohs(here.sin_port);
}

size_t server_connections(const struct test_server *server)
{
    return server->connections;
}

size_t server_open_connections(const struct test_server *server)
{
    size_t n = 0;
    struct peer *peer = NULL;
    TAILQ_FOREACH (peer, &server->peers, link) {
        n++;
    }
    return n;
}

size_t server_requests(const struct test_server *server)
{
    return server->n;
}

size_t server_resumed(const struct test_server *server)
{
    return server->resumed;
}

const char *server_request(const struct test_server *server, size_t i)
{
    assert_true(i < server->n);
    return server->requests[i];
}

const char *server_last(const struct test_server *server)
{
    return server_request(server, server->n - 1);
}

void server_hang_up(struct test_server *server)
{
    while (!TAILQ_EMPTY(&server->peers)) {
        peer_free(TAILQ_FIRST(&server->peers));
    }
}

void server_reset_next(struct test_server *server, unsigned n)
{
    server->resets = n;
}
