#include "bridge/api/connection-limit.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#define SWEEP_MS 100

static bool is_freed(struct bufferevent *bev)
{
    bufferevent_event_cb on_event = NULL;
    bufferevent_getcb(bev, NULL, NULL, &on_event, NULL);
    return on_event == NULL;
}

static void sweep(struct connection_limit *limit)
{
    size_t kept = 0;
    for (size_t i = 0; i < limit->n; i++) {
        if (is_freed(limit->open[i])) {
            (void)bufferevent_decref(limit->open[i]);
        } else {
            limit->open[kept++] = limit->open[i];
        }
    }
    limit->n = kept;
}

static void wait_for_room(struct connection_limit *limit)
{
    const struct timeval wait = { .tv_usec = SWEEP_MS * 1000 };
    if (limit->listener && evtimer_add(limit->timer, &wait) == 0) {
        (void)evconnlistener_disable(limit->listener);
    }
}

static void on_timer(evutil_socket_t fd, short what, void *userdata)
{
    (void)fd;
    (void)what;
    struct connection_limit *limit = userdata;
    sweep(limit);
    if (limit->n < CONNECTIONS_MAX) {
        (void)evconnlistener_enable(limit->listener);
    } else {
        wait_for_room(limit);
    }
}

struct bufferevent *connection_limit_on_open(struct event_base *base, void *userdata)
{
    struct connection_limit *limit = userdata;
    struct bufferevent *bev = bufferevent_socket_new(base, -1, 0);
    if (limit->n + 1 >= CONNECTIONS_MAX) {
        sweep(limit); // before the new one is counted: it has no callbacks yet
    }
    if (!bev || limit->n == CONNECTIONS_MAX) {
        return bev; // accepted in the same step as the last one that was allowed
    }
    bufferevent_incref(bev);
    limit->open[limit->n++] = bev;
    if (limit->n == CONNECTIONS_MAX) {
        wait_for_room(limit);
    }
    return bev;
}

int connection_limit_init(struct connection_limit *limit, struct event_base *base)
{
    *limit = (struct connection_limit){ 0 };
    limit->timer = evtimer_new(base, on_timer, limit);
    return limit->timer ? 0 : -ENOMEM;
}

void connection_limit_deinit(struct connection_limit *limit)
{
    for (size_t i = 0; i < limit->n; i++) {
        (void)bufferevent_decref(limit->open[i]);
    }
    limit->n = 0;
    if (limit->timer) {
        event_free(limit->timer);
        limit->timer = NULL;
    }
}
