#pragma once
// All connection pools of a client. Loop thread only.
//
// Requests of different policies never share a connection or a TLS session: one that was opened
// without the check of addresses, or under other certificate authorities, must not serve a request
// that would not have opened it (libcurl knows neither, both live in callbacks). Each policy has a
// family of pools. Within it the origin's hash chooses the pool, and the number of pools doubles
// when they hold more connections than they should: libcurl walks a whole pool when a transfer
// ends, so a long pool makes every request dear.

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

struct pools_policy {
    bool public_only;    // the address policy watches
    bool http2;          // its connections may carry several requests at once
    uint64_t generation; // of that policy; 0 when it does not
    const char *ca_file; // NULL: the system's authorities, or no TLS at all
};

int pools_new(struct pools **ret, struct event_base *base,
              const struct pools_settings *settings) MUST_CHECK;
struct pools *pools_free(struct pools *pools); // every transfer must be removed; accepts NULL
DEFINE_CLEANUP(pools)

// Borrowed and open; NULL when out of memory.
struct pool *pools_pick(struct pools *pools, const struct pools_policy *policy,
                        uint64_t origin) MUST_CHECK;
// TLS sessions to take up again; NULL when out of memory. Stays until pools_free, which every easy
// handle that used it must not outlive.
CURLSH *pools_sessions(struct pools *pools, const struct pools_policy *policy,
                       uint64_t origin) MUST_CHECK;
// Makes `stepped` be called soon, from the loop.
void pools_wake(struct pools *pools);
size_t pools_count(const struct pools *pools); // those that are open
struct socket_table *pools_sockets(const struct pools *pools);
