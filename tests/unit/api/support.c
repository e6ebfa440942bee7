#include "tests/unit/api/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "bridge/api/server.h"
#include "bridge/base/str.h"

static struct sockaddr_in address_of(const struct api_server *server)
{
    const char *url = api_server_url(server);
    struct sockaddr_in address = { .sin_family = AF_INET };
    uint64_t port;
    assert_true(str_to_u64(strrchr(url, ':') + 1, &port));
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

struct bufferevent *client_connect(struct event_base *base, const struct api_server *server)
{
    struct sockaddr_in address = address_of(server);
    struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    assert_int_equal(bufferevent_socket_connect(bev, (struct sockaddr *)&address, sizeof(address)),
                     0);
    return bev;
}

static void on_end(struct bufferevent *bev, short what, void *userdata)
{
    (void)bev;
    bool *ended = userdata;
    *ended = *ended || (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0;
}

char *client_exchange(struct event_base *base, const struct api_server *server, const char *request,
                      size_t len)
{
    bool ended = false;
    struct bufferevent *bev = client_connect(base, server);
    bufferevent_setcb(bev, NULL, NULL, on_end, &ended);
    assert_int_equal(bufferevent_enable(bev, EV_READ | EV_WRITE), 0);
    assert_int_equal(bufferevent_write(bev, request, len), 0);
    while (!ended) {
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
    }
    struct evbuffer *input = bufferevent_get_input(bev);
    size_t n = evbuffer_get_length(input);
    char *answer = calloc(1, n + 1);
    assert_non_null(answer);
    (void)evbuffer_remove(input, answer, n);
    bufferevent_free(bev);
    return answer;
}

char *client_ask(struct event_base *base, const struct api_server *server, const char *method,
                 const char *path)
{
    AUTO_FREE char *request =
        str_printf("%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", method, path);
    return client_exchange(base, server, request, strlen(request));
}
