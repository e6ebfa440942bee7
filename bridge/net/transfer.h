#pragma once
// One request under way: its easy handle, the hops of its redirects, the answer taking shape.
// Transfers are used again for later requests, with their handle and its options. Loop thread only.

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <curl/curl.h>

#include "bridge/base/cleanup.h"
#include "bridge/model/http.h"
#include "bridge/net/address-policy.h"
#include "bridge/net/answer.h"
#include "bridge/net/easy-options.h"
#include "bridge/net/header-list.h"
#include "bridge/net/http.h"

struct http_transfer;
struct pool;
struct pools;
struct target_table;
struct trust;

// What all transfers of a client share; everything is borrowed from the client.
struct transfer_shared {
    struct pools *pools;
    struct target_table *targets;
    struct trust *trust;
    const char *user_agent; // NULL: none
    const char *encodings;  // that libcurl can undo, for Accept-Encoding; NULL: none
    int64_t idle_close_ms;
    struct address_policy policy; // of untrusted targets
};

enum transfer_state { TRANSFER_IDLE, TRANSFER_ACTIVE, TRANSFER_READY, TRANSFER_DELIVERING };

// Where the redirects have led to.
struct hop {
    char *url;          // owned; NULL: still the request's
    const char *method; // the request's, or "GET"
    unsigned redirects;
    bool dropped_body;
    bool left_origin; // once left it stays so, even when a redirect leads back
    bool left_host;
    bool surveyed;     // all addresses of the name were found to be public
    bool retried;      // on a fresh connection, after a kept one turned out dead
    int64_t before_us; // spent on earlier hops
};

TAILQ_HEAD(transfer_list, http_transfer);

struct http_transfer {
    TAILQ_ENTRY(http_transfer) link; // in the client's list of its state
    struct http_client *client;
    enum transfer_state state;
    const struct transfer_shared *shared;
    struct easy_options options;
    struct header_list header_list;
    struct pool *pool;                  // where the hop runs; NULL: none does
    const struct http_request *request; // borrowed
    http_done_fn done;
    void *userdata;
    struct hop hop;
    struct answer answer;
    struct http_response response;
    const char *ca_file;   // of this hop; borrowed from the request's settings
    const char *failed_ca; // could not be read; constant or borrowed
    bool judged_body;      // discard_body was found out
    bool discard_body;     // it is a redirect's
    bool saw_address;      // of an untrusted target (see transfer-hooks.c)
    bool refused_version;  // the server does not speak the one that is asked for
    int socket_errno;
    char blocked[64]; // address that the policy refused; "" none. Stays for the hop
    char words[CURL_ERROR_SIZE];
};

enum { TRANSFER_E_FAILED = 1 }; // the request cannot be sent: response.error says why

int transfer_new(struct http_transfer **ret, const struct transfer_shared *shared) MUST_CHECK;
struct http_transfer *transfer_free(struct http_transfer *transfer); // accepts NULL

// The first hop. 0, TRANSFER_E_FAILED or -ENOMEM.
int transfer_begin(struct http_transfer *transfer, const struct http_request *request) MUST_CHECK;
// The hop ended. True: the response is complete; false: another hop is under way.
bool transfer_end_hop(struct http_transfer *transfer, CURLcode code) MUST_CHECK;
// Takes it off its pool, when it is on one.
void transfer_abort(struct http_transfer *transfer);
// Forgets the request; the handle and its options stay for the next one.
void transfer_clear(struct http_transfer *transfer);
