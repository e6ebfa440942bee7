// Ideas that need words:
// - Kicks. libcurl asks for a zero time-out whenever a transfer is added. Instead of a timer each,
//   the pools that asked are served together at the end of the loop's round.
// - Lazy timers. Every request moves a pool's next time-out further away. The timer is not moved
//   along: it fires at the old moment, looks, and is set anew. It is only moved when it must fire
//   earlier.
// - Name cache. libcurl prunes its cache of names after every transfer, by walking all of it. So
//   names are kept for ever (-1), except that one transfer per pool and DNS_CACHE_S runs with that
//   age as its limit and thereby prunes for all.
// - Closing. A pool without work gives up its multi handle: that is the only way to close idle
//   connections of libcurl 7.88 from outside. The next request makes a new one.
#include "bridge/net/pool.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "bridge/base/clock.h"
#include "bridge/net/socket-table.h"

#define DNS_CACHE_S 30

struct pool {
    const struct pool_env *env;
    size_t *connections;
    CURLM *multi; // NULL: closed
    struct event timer;
    int64_t timer_at_ms; // when the timer fires; 0: it is not set
    int64_t due_at_ms;   // when libcurl wants to be called; 0: never
    int64_t pruned_at_ms;
    int64_t used_at_ms;
    size_t in_flight;
    bool http2;
    bool kicked;
};

static void collect(struct pool *pool)
{
    int left = 0;
    const CURLMsg *message = NULL;
    while ((message = curl_multi_info_read(pool->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            pool->env->finished(message->easy_handle, message->data.result, pool->env->userdata);
        }
    }
}

static void act(struct pool *pool, curl_socket_t fd, int mask)
{
    int running = 0;
    if (pool->multi) {
        (void)curl_multi_socket_action(pool->multi, fd, mask, &running);
        collect(pool);
    }
}

void pool_serve(struct pool *pool)
{
    pool->kicked = false;
    act(pool, CURL_SOCKET_TIMEOUT, 0);
}

void pool_ready(int fd, short what, void *userdata)
{
    struct pool *pool = userdata;
    int in = (what & EV_READ) ? CURL_CSELECT_IN : 0;
    int out = (what & EV_WRITE) ? CURL_CSELECT_OUT : 0;
    act(pool, fd, in | out);
    pool->env->stepped(pool->env->userdata);
}

static void set_timer(struct pool *pool, int64_t now_ms)
{
    int64_t wait_ms = pool->due_at_ms - now_ms;
    struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = (wait_ms % 1000) * 1000 };
    (void)event_add(&pool->timer, &wait);
    pool->timer_at_ms = pool->due_at_ms;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct pool *pool = arg;
    int64_t now_ms = clock_mono_ms(&clock_system);
    (void)fd;
    (void)what;
    pool->timer_at_ms = 0;
    if (pool->due_at_ms == 0) {
        return;
    }
    if (pool->due_at_ms > now_ms) {
        set_timer(pool, now_ms);
        return;
    }
    pool->due_at_ms = 0;
    act(pool, CURL_SOCKET_TIMEOUT, 0);
    pool->env->stepped(pool->env->userdata);
}

// CURLMOPT_TIMERFUNCTION
static int on_timeout_change(CURLM *multi, long timeout_ms, void *userdata)
{
    struct pool *pool = userdata;
    (void)multi;
    if (timeout_ms <= 0) {
        pool->due_at_ms = 0;
        if (timeout_ms == 0 && !pool->kicked) {
            pool->kicked = true;
            pool->env->kicked(pool, pool->env->userdata);
        }
        return 0;
    }
    int64_t now_ms = clock_mono_ms(&clock_system);
    pool->due_at_ms = now_ms + timeout_ms + 1; // our milliseconds are rounded down
    if (pool->timer_at_ms == 0 || pool->due_at_ms < pool->timer_at_ms) {
        set_timer(pool, now_ms);
    }
    return 0;
}

// CURLMOPT_SOCKETFUNCTION
static int on_interest(CURL *easy, curl_socket_t fd, int what, void *userdata, void *socket_data)
{
    struct pool *pool = userdata;
    (void)easy;
    (void)socket_data;
    if (what == CURL_POLL_REMOVE || what == CURL_POLL_NONE) {
        socket_table_unwatch(pool->env->sockets, fd);
        return 0;
    }
    short interest = what == CURL_POLL_IN    ? EV_READ
                     : what == CURL_POLL_OUT ? EV_WRITE
                                             : EV_READ | EV_WRITE;
    return socket_table_watch(pool->env->sockets, fd, interest, pool) < 0 ? -1 : 0;
}

int pool_new(struct pool **ret, const struct pool_env *env, bool http2, size_t *connections)
{
    struct pool *pool = calloc(1, sizeof(*pool));
    if (!pool) {
        return -ENOMEM;
    }
    pool->env = env;
    pool->http2 = http2;
    pool->connections = connections;
    (void)event_assign(&pool->timer, env->base, -1, 0, on_timer, pool);
    *ret = pool;
    return 0;
}

static void close_multi(struct pool *pool)
{
    assert(pool->in_flight == 0);
    if (pool->multi) {
        (void)curl_multi_cleanup(pool->multi);
        pool->multi = NULL;
        pool->due_at_ms = 0;
    }
}

struct pool *pool_free(struct pool *pool)
{
    if (pool) {
        close_multi(pool);
        (void)event_del(&pool->timer);
        free(pool);
    }
    return NULL;
}

int pool_open(struct pool *pool)
{
    if (pool->multi) {
        return 0;
    }
    CURLM *multi = curl_multi_init();
    if (!multi) {
        return -ENOMEM;
    }
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_interest);
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, pool);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timeout_change);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERDATA, pool);
    (void)curl_multi_setopt(multi, CURLMOPT_PIPELINING,
                            pool->http2 ? (long)CURLPIPE_MULTIPLEX : (long)CURLPIPE_NOTHING);
    (void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, pool->env->max_connections);
    pool->multi = multi;
    pool->pruned_at_ms = clock_mono_ms(&clock_system);
    pool->used_at_ms = pool->pruned_at_ms;
    return 0;
}

bool pool_is_open(const struct pool *pool)
{
    return pool->multi != NULL;
}

void pool_close_when_idle(struct pool *pool, int64_t now_ms, int64_t idle_ms)
{
    if (pool->in_flight == 0 && now_ms - pool->used_at_ms >= idle_ms) {
        close_multi(pool);
    }
}

long pool_dns_cache_seconds(struct pool *pool)
{
    int64_t now_ms = clock_mono_ms(&clock_system);
    if (now_ms - pool->pruned_at_ms < DNS_CACHE_S * INT64_C(1000)) {
        return -1;
    }
    pool->pruned_at_ms = now_ms;
    return DNS_CACHE_S;
}

int pool_add(struct pool *pool, CURL *easy)
{
    if (curl_multi_add_handle(pool->multi, easy) != CURLM_OK) {
        return -ENOMEM;
    }
    pool->in_flight++;
    return 0;
}

void pool_remove(struct pool *pool, CURL *easy)
{
    (void)curl_multi_remove_handle(pool->multi, easy);
    pool->in_flight--;
    if (pool->in_flight == 0) {
        pool->used_at_ms = clock_mono_ms(&clock_system);
    }
}

curl_socket_t pool_open_socket(struct pool *pool, const struct curl_sockaddr *address)
{
    int type = address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK;
    int fd = socket(address->family, type, address->protocol);
    if (fd < 0) {
        return CURL_SOCKET_BAD;
    }
    if (socket_table_adopt(pool->env->sockets, fd, pool->connections) < 0) {
        (void)close(fd);
        errno = ENOMEM;
        return CURL_SOCKET_BAD;
    }
    return fd;
}

int pool_close_socket(void *userdata, curl_socket_t fd)
{
    socket_table_close(userdata, fd);
    return 0;
}
