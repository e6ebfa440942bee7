#include "bridge/net/pools.h"

#include <errno.h>
#include <string.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "bridge/base/clock.h"
#include "bridge/net/pool.h"
#include "bridge/net/socket-table.h"

#define POOLS_MAX 64 // per family

enum { FAMILY_ANYWHERE, FAMILY_PUBLIC, FAMILIES };

struct family {
    struct pool *pools[POOLS_MAX]; // made when first needed
    size_t n;                      // of them in use: a power of two
    size_t max;
    size_t connections;
};

struct pools {
    struct pools_settings settings;
    struct pool_env env;
    struct family families[FAMILIES];
    struct pool *kicked[FAMILIES * POOLS_MAX]; // each at most once
    size_t n_kicked;
    struct event step;
    struct event sweep; // closes idle pools; runs while any is open
    bool sweeping;
};

static void on_kicked(struct pool *pool, void *userdata)
{
    struct pools *pools = userdata;
    pools->kicked[pools->n_kicked++] = pool;
    pools_wake(pools);
}

static void on_stepped(void *userdata)
{
    const struct pools *pools = userdata;
    pools->settings.stepped(pools->settings.userdata);
}

static void on_finished(CURL *easy, CURLcode result, void *userdata)
{
    const struct pools *pools = userdata;
    pools->settings.finished(easy, result, pools->settings.userdata);
}

static void on_step(evutil_socket_t fd, short what, void *arg)
{
    struct pools *pools = arg;
    struct pool *kicked[FAMILIES * POOLS_MAX];
    size_t n = pools->n_kicked;
    (void)fd;
    (void)what;
    // Pools that are kicked anew meanwhile wait for the next round.
    memcpy(kicked, pools->kicked, n * sizeof(kicked[0]));
    pools->n_kicked = 0;
    for (size_t i = 0; i < n; i++) {
        pool_serve(kicked[i]);
    }
    on_stepped(pools);
}

void pools_wake(struct pools *pools)
{
    event_active(&pools->step, EV_TIMEOUT, 0);
}

static void for_each_pool(struct pools *pools, void (*visit)(struct pool *, void *), void *userdata)
{
    for (size_t f = 0; f < FAMILIES; f++) {
        for (size_t i = 0; i < POOLS_MAX; i++) {
            if (pools->families[f].pools[i]) {
                visit(pools->families[f].pools[i], userdata);
            }
        }
    }
}

static void close_if_idle(struct pool *pool, void *userdata)
{
    const struct pools *pools = userdata;
    pool_close_when_idle(pool, clock_mono_ms(&clock_system), pools->settings.idle_close_ms);
}

static void on_sweep(evutil_socket_t fd, short what, void *arg)
{
    struct pools *pools = arg;
    (void)fd;
    (void)what;
    for_each_pool(pools, close_if_idle, pools);
    if (pools_count(pools) == 0) {
        (void)event_del(&pools->sweep);
        pools->sweeping = false;
    }
}

static void family_init(struct family *family, size_t fixed)
{
    family->n = 1;
    while (family->n < fixed && family->n < POOLS_MAX) {
        family->n *= 2;
    }
    family->max = fixed > 0 ? family->n : POOLS_MAX;
}

int pools_new(struct pools **ret, struct event_base *base, const struct pools_settings *settings)
{
    struct pools *pools = calloc(1, sizeof(*pools));
    if (!pools) {
        return -ENOMEM;
    }
    pools->settings = *settings;
    pools->env = (struct pool_env){
        .base = base,
        // Twice, so that the pools double in number before a connection is thrown out.
        .max_connections = (long)(settings->connections_per_pool * 2),
        .finished = on_finished,
        .stepped = on_stepped,
        .kicked = on_kicked,
        .userdata = pools,
    };
    if (socket_table_new(&pools->env.sockets, base, pool_ready) < 0) {
        free(pools);
        return -ENOMEM;
    }
    (void)event_assign(&pools->step, base, -1, 0, on_step, pools);
    (void)event_assign(&pools->sweep, base, -1, EV_PERSIST, on_sweep, pools);
    for (size_t f = 0; f < FAMILIES; f++) {
        family_init(&pools->families[f], settings->pools);
    }
    *ret = pools;
    return 0;
}

static void free_pool(struct pool *pool, void *userdata)
{
    (void)userdata;
    (void)pool_free(pool);
}

struct pools *pools_free(struct pools *pools)
{
    if (pools) {
        for_each_pool(pools, free_pool, NULL);
        (void)event_del(&pools->step);
        (void)event_del(&pools->sweep);
        (void)socket_table_free(pools->env.sockets);
        free(pools);
    }
    return NULL;
}

size_t pools_count(const struct pools *pools)
{
    size_t n = 0;
    for (size_t f = 0; f < FAMILIES; f++) {
        for (size_t i = 0; i < POOLS_MAX; i++) {
            const struct pool *pool = pools->families[f].pools[i];
            n += pool && pool_is_open(pool);
        }
    }
    return n;
}

struct socket_table *pools_sockets(const struct pools *pools)
{
    return pools->env.sockets;
}

static int open_pool(struct pools *pools, struct pool *pool)
{
    int r = pool_open(pool);
    if (r == 0 && !pools->sweeping) {
        int64_t every_ms = pools->settings.idle_close_ms / 2 + 1;
        struct timeval every = { .tv_sec = every_ms / 1000, .tv_usec = (every_ms % 1000) * 1000 };
        pools->sweeping = event_add(&pools->sweep, &every) == 0;
    }
    return r;
}

struct pool *pools_pick(struct pools *pools, bool public_only, uint64_t origin)
{
    struct family *family = &pools->families[public_only ? FAMILY_PUBLIC : FAMILY_ANYWHERE];
    size_t wanted = family->n * pools->settings.connections_per_pool;
    if (family->connections > wanted && family->n < family->max) {
        family->n *= 2;
    }
    struct pool **place = &family->pools[origin & (family->n - 1)];
    if (!*place && pool_new(place, &pools->env, &family->connections) < 0) {
        return NULL;
    }
    return open_pool(pools, *place) == 0 ? *place : NULL;
}
