#include "bridge/api/connection-limit.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <sys/socket.h>

#include "bridge/base/clock.h"

#define SWEEP_MS       200
#define SWEEP_FULL_MS  50
#define EVICT_AFTER_MS 1000 // who has waited less may just be sending

static int64_t now_ms(void)
{
    return clock_mono_ms(&clock_system);
}

static bool is_freed(struct bufferevent *bev)
{
    bufferevent_event_cb on_event = NULL;
    bufferevent_getcb(bev, NULL, NULL, &on_event, NULL);
    return on_event == NULL;
}

// evhttp sees the end of its peer and closes.
static void cut(const struct connection *connection)
{
    (void)shutdown(bufferevent_getfd(connection->bev), SHUT_RDWR);
}

static void sweep(struct connection_limit *limit)
{
    size_t kept = 0;
    int64_t now = now_ms();
    for (size_t i = 0; i < limit->n; i++) {
        struct connection *connection = &limit->open[i];
        if (is_freed(connection->bev)) {
            (void)bufferevent_decref(connection->bev);
            continue;
        }
        if (now >= connection->until_ms) {
            cut(connection);
        }
        limit->open[kept++] = *connection;
    }
    limit->n = kept;
}

static bool is_full(const struct connection_limit *limit)
{
    return limit->n == CONNECTIONS_MAX;
}

// Those that have waited for long without a request make room.
static void evict(struct connection_limit *limit)
{
    int64_t now = now_ms();
    for (size_t i = 0; i < limit->n; i++) {
        const struct connection *connection = &limit->open[i];
        if (connection->is_asking && now - connection->since_ms >= EVICT_AFTER_MS) {
            cut(connection);
        }
    }
}

static void schedule(struct connection_limit *limit)
{
    const struct timeval usual = { .tv_usec = SWEEP_MS * 1000 };
    const struct timeval soon = { .tv_usec = SWEEP_FULL_MS * 1000 };
    if (limit->n > 0 && !evtimer_pending(limit->timer, NULL)) {
        (void)evtimer_add(limit->timer, is_full(limit) ? &soon : &usual);
    }
}

static void stop_accepting(struct connection_limit *limit)
{
    (void)evtimer_del(limit->timer);
    schedule(limit);
    if (limit->listener && evtimer_pending(limit->timer, NULL)) {
        (void)evconnlistener_disable(limit->listener);
    }
}

static void on_timer(evutil_socket_t fd, short what, void *userdata)
{
    (void)fd;
    (void)what;
    struct connection_limit *limit = userdata;
    sweep(limit);
    if (is_full(limit)) {
        evict(limit);
    } else if (limit->listener) {
        (void)evconnlistener_enable(limit->listener);
    }
    schedule(limit);
}

struct bufferevent *connection_limit_on_open(struct event_base *base, void *userdata)
{
    struct connection_limit *limit = userdata;
    // Its socket is closed with the last reference, so that no other gets its number while events
    // of this one are still about.
    struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    if (limit->n + 1 >= CONNECTIONS_MAX) {
        sweep(limit); // before the new one is counted: it has no callbacks yet
    }
    if (!bev || is_full(limit)) {
        return bev; // accepted in the same step as the last one that was allowed
    }
    bufferevent_incref(bev);
    int64_t now = now_ms();
    limit->open[limit->n++] = (struct connection){
        .bev = bev,
        .since_ms = now,
        .until_ms = now + CONNECTION_REQUEST_MS,
        .is_asking = true,
    };
    if (is_full(limit)) {
        stop_accepting(limit);
    }
    schedule(limit);
    return bev;
}

size_t connection_limit_outgoing(const struct connection_limit *limit)
{
    size_t bytes = 0;
    for (size_t i = 0; i < limit->n; i++) {
        bytes += evbuffer_get_length(bufferevent_get_output(limit->open[i].bev));
    }
    return bytes;
}

static void set(struct connection_limit *limit, const struct bufferevent *bev, bool is_asking,
                int64_t for_ms)
{
    int64_t now = now_ms();
    for (size_t i = 0; i < limit->n; i++) {
        struct connection *connection = &limit->open[i];
        if (connection->bev == bev) {
            connection->since_ms = now;
            connection->until_ms = for_ms == INT64_MAX ? INT64_MAX : now + for_ms;
            connection->is_asking = is_asking;
        }
    }
}

void connection_limit_asked(struct connection_limit *limit, const struct bufferevent *bev)
{
    set(limit, bev, false, CONNECTION_ANSWER_MS);
}

void connection_limit_answered(struct connection_limit *limit, const struct bufferevent *bev)
{
    set(limit, bev, true, CONNECTION_REQUEST_MS);
}

void connection_limit_exempt(struct connection_limit *limit, const struct bufferevent *bev)
{
    set(limit, bev, false, INT64_MAX);
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
        (void)bufferevent_decref(limit->open[i].bev);
    }
    limit->n = 0;
    if (limit->timer) {
        event_free(limit->timer);
        limit->timer = NULL;
    }
}
