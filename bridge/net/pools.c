#include "bridge/net/pools.h"

#include <errno.h>
#include <string.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "bridge/base/clock.h"
#include "bridge/base/str.h"
#include "bridge/net/pool.h"
#include "bridge/net/socket-table.h"
#include "bridge/net/tls-sessions.h"

#define POOLS_MAX 64 // per family

struct family {
    bool public_only;
    bool http2;
    uint64_t generation;
    char *ca_file;                 // NULL: the system's
    struct pool *pools[POOLS_MAX]; // made when first needed
    size_t n;                      // of them in use: a power of two
    size_t max;
    size_t connections;
    struct tls_sessions sessions;
};

// Each pool is in it at most once; there is room for all.
struct kicks {
    struct pool **v;
    size_t n;
};

struct pools {
    struct pools_settings settings;
    struct pool_env env;
    struct family **families; // as many as there are policies in use
    size_t n_families;
    size_t n_pools;
    struct kicks kicked;
    struct kicks served; // while they are
    struct event step;
    struct event sweep; // closes idle pools; runs while any is open
    bool sweeping;
};

static void on_kicked(struct pool *pool, void *userdata)
{
    struct pools *pools = userdata;
    pools->kicked.v[pools->kicked.n++] = pool;
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
    struct kicks kicked = pools->kicked;
    (void)fd;
    (void)what;
    // Pools that are kicked anew meanwhile wait for the next round.
    pools->kicked = (struct kicks){ .v = pools->served.v };
    pools->served = kicked;
    for (size_t i = 0; i < pools->served.n; i++) {
        pool_serve(pools->served.v[i]); // may move the array
    }
    on_stepped(pools);
}

void pools_wake(struct pools *pools)
{
    event_active(&pools->step, EV_TIMEOUT, 0);
}

static void for_each_pool(const struct pools *pools, void (*visit)(struct pool *, void *),
                          void *userdata)
{
    for (size_t f = 0; f < pools->n_families; f++) {
        for (size_t i = 0; i < POOLS_MAX; i++) {
            if (pools->families[f]->pools[i]) {
                visit(pools->families[f]->pools[i], userdata);
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

static void family_free(struct family *family)
{
    for (size_t i = 0; i < POOLS_MAX; i++) {
        (void)pool_free(family->pools[i]);
    }
    tls_sessions_deinit(&family->sessions);
    free(family->ca_file);
    free(family);
}

static bool serves(const struct family *family, const struct pools_policy *policy)
{
    return family->public_only == policy->public_only && family->http2 == policy->http2 &&
           family->generation == policy->generation && str_eq(family->ca_file, policy->ca_file);
}

static struct family *add_family(struct pools *pools, const struct pools_policy *policy)
{
    size_t n = pools->n_families;
    struct family **grown = reallocarray(pools->families, n + 1, sizeof(*grown));
    if (!grown) {
        return NULL;
    }
    pools->families = grown;
    struct family *family = calloc(1, sizeof(*family));
    char *ca_file = policy->ca_file ? strdup(policy->ca_file) : NULL;
    if (!family || (policy->ca_file && !ca_file)) {
        free(family);
        free(ca_file);
        return NULL;
    }
    family->public_only = policy->public_only;
    family->http2 = policy->http2;
    family->generation = policy->generation;
    family->ca_file = ca_file;
    family->n = 1;
    while (family->n < pools->settings.pools && family->n < POOLS_MAX) {
        family->n *= 2;
    }
    family->max = pools->settings.pools > 0 ? family->n : POOLS_MAX;
    pools->families[pools->n_families++] = family;
    return family;
}

static struct family *find_family(struct pools *pools, const struct pools_policy *policy)
{
    for (size_t f = 0; f < pools->n_families; f++) {
        if (serves(pools->families[f], policy)) {
            return pools->families[f];
        }
    }
    return add_family(pools, policy);
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
    *ret = pools;
    return 0;
}

struct pools *pools_free(struct pools *pools)
{
    if (pools) {
        for (size_t f = 0; f < pools->n_families; f++) {
            family_free(pools->families[f]);
        }
        free(pools->families);
        free(pools->kicked.v);
        free(pools->served.v);
        (void)event_del(&pools->step);
        (void)event_del(&pools->sweep);
        (void)socket_table_free(pools->env.sockets);
        free(pools);
    }
    return NULL;
}

static void count_open(struct pool *pool, void *userdata)
{
    size_t *n = userdata;
    *n += pool_is_open(pool);
}

size_t pools_count(const struct pools *pools)
{
    size_t n = 0;
    for_each_pool(pools, count_open, &n);
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

static int grow(struct kicks *kicks, size_t room)
{
    struct pool **grown = reallocarray(kicks->v, room, sizeof(*grown));
    if (!grown) {
        return -ENOMEM;
    }
    kicks->v = grown;
    return 0;
}

static int add_pool(struct pools *pools, struct family *family, struct pool **ret)
{
    size_t room = pools->n_pools + 1;
    if (grow(&pools->kicked, room) < 0 || grow(&pools->served, room) < 0 ||
        pool_new(ret, &pools->env, family->http2, &family->connections) < 0) {
        return -ENOMEM;
    }
    pools->n_pools++;
    return 0;
}

struct pool *pools_pick(struct pools *pools, const struct pools_policy *policy, uint64_t origin)
{
    struct family *family = find_family(pools, policy);
    if (!family) {
        return NULL;
    }
    size_t wanted = family->n * pools->settings.connections_per_pool;
    if (family->connections > wanted && family->n < family->max) {
        family->n *= 2;
    }
    struct pool **place = &family->pools[origin & (family->n - 1)];
    if (!*place && add_pool(pools, family, place) < 0) {
        return NULL;
    }
    return open_pool(pools, *place) == 0 ? *place : NULL;
}

CURLSH *pools_sessions(struct pools *pools, const struct pools_policy *policy, uint64_t origin)
{
    struct family *family = find_family(pools, policy);
    return family ? tls_sessions_get(&family->sessions, origin) : NULL;
}
