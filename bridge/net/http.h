#pragma once
// The HTTP client: every outgoing request of the process. libcurl's multi interface on libevent,
// sharded into several pools so that no pool grows long (see PERFORMANCE notes in http.c).
//
// Loop thread only. `done` is always called later, from the loop, never from inside http_start.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct address_ranges;
struct event_base;
struct http_request;
struct http_response;
struct http_client;
struct http_transfer; // one request under way
struct sockaddr;

struct http_client_settings {
    const char *user_agent;      // sent unless the request has its own; borrowed
    size_t connections_per_pool; // 0: 128
    size_t pools;                // 0: as many as needed
    int64_t idle_close_ms;       // keep-alive; 0: 60 s
};

// `response` is borrowed for the call; take parts of it out (and zero them) to keep them.
typedef void (*http_done_fn)(struct http_response *response, void *userdata);

int http_client_new(struct http_client **ret, struct event_base *base,
                    const struct http_client_settings *settings) MUST_CHECK;
// Cancels what is under way: each `done` gets HTTP_CANCELED from inside this call. Accepts NULL.
// Not from inside a `done`.
struct http_client *http_client_free(struct http_client *client);
DEFINE_CLEANUP(http_client)

// What untrusted targets may connect to beside public addresses (copied). Requests under way keep
// what they began with; connections that were open are not used by later ones. 0 or -ENOMEM.
int http_client_set_open_ranges(struct http_client *client,
                                const struct address_ranges *ranges) MUST_CHECK;
// Where this process listens, which no untrusted target may be. NULL: nowhere.
void http_client_set_own_address(struct http_client *client, const struct sockaddr *own,
                                 size_t len);

// Starts a request. The request is borrowed until `done`, the strings it borrows from settings too.
// What is wrong with the request itself (a URL libcurl refuses) also arrives in `done`, as
// HTTP_PROTOCOL_ERROR with words. 0, -ENOMEM, or -ECANCELED while the client is being freed. *ret
// may be NULL when the caller never cancels.
int http_start(struct http_client *client, const struct http_request *request, http_done_fn done,
               void *userdata, struct http_transfer **ret) MUST_CHECK;
// Ends it without calling `done`. Not from inside a done of the same transfer.
void http_cancel(struct http_transfer *transfer);

struct http_client_stats {
    uint64_t started, finished;
    uint64_t blocked; // connections that the address policy refused
    size_t in_flight;
    size_t pools;
    size_t handles;
};
void http_client_get_stats(const struct http_client *client, struct http_client_stats *ret);
