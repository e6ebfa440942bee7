#pragma once
// All connection pools of a client. Loop thread only.
//
// Two families never share a connection: one for targets that may be anywhere, one for targets the
// address policy watches (a connection that was opened without the check must not serve a request
// that needs it). Within a family the origin's hash chooses the pool, and the number of pools
// doubles when they hold more connections than they should: libcurl walks a whole pool when a
// transfer ends, so a long pool makes every request dear.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "bridge/base/cleanup.h"

struct event_base;
struct pool;
struct pools;
struct socket_table;

struct pools_settings {
    size_t connections_per_pool;
    size_t pools; // per family, rounded up to a power of two; 0: as many as needed
    int64_t idle_close_ms;
    void (*finished)(CURL *easy, CURLcode result, void *userdata); // see struct pool_env
    void (*stepped)(void *userdata); // after each step: the time to call out
    void *userdata;
};

int pools_new(struct pools **ret, struct event_base *base,
              const struct pools_settings *settings) MUST_CHECK;
struct pools *pools_free(struct pools *pools); // every transfer must be removed; accepts NULL
DEFINE_CLEANUP(pools)

// Borrowed and open; NULL when out of memory.
struct pool *pools_pick(struct pools *pools, bool public_only, uint64_t origin);
// Makes `stepped` be called soon, from the loop.
void pools_wake(struct pools *pools);
size_t pools_count(const struct pools *pools); // those that are open
struct socket_table *pools_sockets(const struct pools *pools);
