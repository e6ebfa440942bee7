#pragma once
// One connection pool: a libcurl multi handle on libevent. Loop thread only.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "bridge/base/cleanup.h"

struct event_base;
struct pool;
struct socket_table;

// What all pools of a client share; outlives them.
struct pool_env {
    struct event_base *base;
    struct socket_table *sockets; // its owners are pools, its function is pool_ready
    long max_connections;
    // A transfer ended: called between libcurl's steps, so it may call pool_remove and pool_add.
    void (*finished)(CURL *easy, CURLcode result, void *userdata);
    // After each step.
    void (*stepped)(void *userdata);
    // The pool wants pool_serve soon; told once until then. May come from inside libcurl.
    void (*kicked)(struct pool *pool, void *userdata);
    void *userdata;
};

// *connections is kept at the number of open ones, over all pools that share the counter. With
// http2 a connection carries several requests at once, where its server agrees.
int pool_new(struct pool **ret, const struct pool_env *env, bool http2,
             size_t *connections) MUST_CHECK;
struct pool *pool_free(struct pool *pool); // every transfer must be removed; accepts NULL

// A pool without work can be closed, with its connections, and opened again when needed.
int pool_open(struct pool *pool) MUST_CHECK; // 0 (also when it is open already) or -ENOMEM
bool pool_is_open(const struct pool *pool);
void pool_close_when_idle(struct pool *pool, int64_t now_ms, int64_t idle_ms);

int pool_add(struct pool *pool, CURL *easy) MUST_CHECK; // 0 or -ENOMEM
void pool_remove(struct pool *pool, CURL *easy);
void pool_serve(struct pool *pool);
void pool_ready(int fd, short what, void *pool);

// The value for CURLOPT_DNS_CACHE_TIMEOUT of a transfer that starts now.
long pool_dns_cache_seconds(struct pool *pool);
// What CURLOPT_OPENSOCKETFUNCTION does once the address is allowed; CURL_SOCKET_BAD sets errno.
curl_socket_t pool_open_socket(struct pool *pool, const struct curl_sockaddr *address);
// CURLOPT_CLOSESOCKETFUNCTION; userdata is the struct socket_table.
int pool_close_socket(void *userdata, curl_socket_t fd);
