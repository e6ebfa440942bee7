// See pool.c, target.c, easy-options.c and trust.c for what makes a request cheap.
//
// Order of things: libcurl's callbacks only collect (transfer.c). After each step of a pool the
// transfers that ended are taken off it; those that are complete wait in `ready` until the step is
// over, and only then `done` is called, so callers may start and cancel requests from there.
#include "bridge/net/http.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "bridge/net/pools.h"
#include "bridge/net/target.h"
#include "bridge/net/transfer.h"
#include "bridge/net/trust.h"

#define IDLE_HANDLES_MAX     256 // about 8 KB each
#define CONNECTIONS_PER_POOL 128
#define IDLE_CLOSE_MS        60000

struct http_client {
    struct transfer_shared shared;
    char *user_agent;
    struct transfer_list active;
    struct transfer_list ready;
    struct transfer_list idle; // the one used last is used next: its memory is in the cache
    size_t n_idle;
    size_t n_ready;
    bool closing;
    struct http_client_stats stats;
};

static void deliver(struct http_client *client, struct http_transfer *transfer);

static void on_stepped(void *userdata)
{
    struct http_client *client = userdata;
    // Those that become ready meanwhile wait for the next round, so that nobody starves the loop.
    for (size_t n = client->n_ready; n > 0 && !TAILQ_EMPTY(&client->ready); n--) {
        deliver(client, TAILQ_FIRST(&client->ready));
    }
    if (!TAILQ_EMPTY(&client->ready)) {
        pools_wake(client->shared.pools);
    }
}

static void make_ready(struct http_client *client, struct http_transfer *transfer)
{
    transfer->state = TRANSFER_READY;
    TAILQ_INSERT_TAIL(&client->ready, transfer, link);
    client->n_ready++;
}

static void on_finished(CURL *easy, CURLcode code, void *userdata)
{
    struct http_client *client = userdata;
    struct http_transfer *transfer = NULL;
    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
    if (transfer_end_hop(transfer, code)) {
        TAILQ_REMOVE(&client->active, transfer, link);
        make_ready(client, transfer);
    }
}

static const char *known_encodings(void)
{
    static const char *const texts[] = { NULL,   "gzip",       "br",       "gzip, br",
                                         "zstd", "gzip, zstd", "br, zstd", "gzip, br, zstd" };
    int features = curl_version_info(CURLVERSION_NOW)->features;
    return texts[((features & CURL_VERSION_LIBZ) ? 1 : 0) |
                 ((features & CURL_VERSION_BROTLI) ? 2 : 0) |
                 ((features & CURL_VERSION_ZSTD) ? 4 : 0)];
}

int http_client_new(struct http_client **ret, struct event_base *base,
                    const struct http_client_settings *settings)
{
    CLEANUP(http_client_freep) struct http_client *client = calloc(1, sizeof(*client));
    if (!client) {
        return -ENOMEM;
    }
    TAILQ_INIT(&client->active);
    TAILQ_INIT(&client->ready);
    TAILQ_INIT(&client->idle);
    if (settings->user_agent && !(client->user_agent = strdup(settings->user_agent))) {
        return -ENOMEM;
    }
    struct pools_settings pools = {
        .connections_per_pool =
            settings->connections_per_pool ? settings->connections_per_pool : CONNECTIONS_PER_POOL,
        .pools = settings->pools,
        .idle_close_ms = settings->idle_close_ms > 0 ? settings->idle_close_ms : IDLE_CLOSE_MS,
        .finished = on_finished,
        .stepped = on_stepped,
        .userdata = client,
    };
    client->shared.user_agent = client->user_agent;
    client->shared.encodings = known_encodings();
    client->shared.idle_close_ms = pools.idle_close_ms;
    int r = pools_new(&client->shared.pools, base, &pools);
    if (r == 0) {
        r = target_table_new(&client->shared.targets);
    }
    if (r == 0) {
        r = trust_new(&client->shared.trust);
    }
    if (r == 0) {
        *ret = STEAL(client);
    }
    return r;
}

int http_client_set_open_ranges(struct http_client *client, const struct address_ranges *ranges)
{
    struct address_policy *policy = &client->shared.policy;
    struct address_ranges copy = { 0 };
    if (ranges->n == policy->open.n &&
        (ranges->n == 0 ||
         memcmp(ranges->v, policy->open.v, ranges->n * sizeof(*ranges->v)) == 0)) {
        return 0; // connections stay of use
    }
    int r = address_ranges_copy(&copy, ranges);
    if (r == 0) {
        address_ranges_deinit(&policy->open);
        policy->open = copy;
        policy->generation++;
    }
    return r;
}

void http_client_set_own_address(struct http_client *client, const struct sockaddr *own, size_t len)
{
    struct address_policy *policy = &client->shared.policy;
    memset(&policy->own, 0, sizeof(policy->own));
    if (own) {
        memcpy(&policy->own, own, len);
    }
    policy->generation++;
}

// Takes the transfer out of use, for the next request or for good.
static void recycle(struct http_client *client, struct http_transfer *transfer)
{
    transfer_clear(transfer);
    client->stats.finished++;
    client->stats.in_flight--;
    if (client->n_idle < IDLE_HANDLES_MAX) {
        transfer->state = TRANSFER_IDLE;
        TAILQ_INSERT_HEAD(&client->idle, transfer, link);
        client->n_idle++;
    } else {
        client->stats.handles--;
        (void)transfer_free(transfer);
    }
}

static void deliver(struct http_client *client, struct http_transfer *transfer)
{
    TAILQ_REMOVE(&client->ready, transfer, link);
    client->n_ready--;
    transfer->state = TRANSFER_DELIVERING;
    client->stats.blocked += transfer->response.error == HTTP_BLOCKED_ADDRESS;
    transfer->done(&transfer->response, transfer->userdata);
    recycle(client, transfer);
}

static int take_idle(struct http_client *client, struct http_transfer **ret)
{
    struct http_transfer *transfer = TAILQ_FIRST(&client->idle);
    if (transfer) {
        TAILQ_REMOVE(&client->idle, transfer, link);
        client->n_idle--;
        *ret = transfer;
        return 0;
    }
    int r = transfer_new(&transfer, &client->shared);
    if (r == 0) {
        transfer->client = client;
        client->stats.handles++;
        *ret = transfer;
    }
    return r;
}

int http_start(struct http_client *client, const struct http_request *request, http_done_fn done,
               void *userdata, struct http_transfer **ret)
{
    struct http_transfer *transfer = NULL;
    if (client->closing) {
        return -ECANCELED;
    }
    int r = take_idle(client, &transfer);
    if (r < 0) {
        return r;
    }
    client->stats.started++;
    client->stats.in_flight++;
    transfer->done = done;
    transfer->userdata = userdata;
    r = transfer_begin(transfer, request);
    if (r < 0) {
        recycle(client, transfer);
        return r;
    }
    if (r == 0) {
        transfer->state = TRANSFER_ACTIVE;
        TAILQ_INSERT_TAIL(&client->active, transfer, link);
    } else {
        make_ready(client, transfer);
        pools_wake(client->shared.pools);
    }
    if (ret) {
        *ret = transfer;
    }
    return 0;
}

void http_cancel(struct http_transfer *transfer)
{
    struct http_client *client = transfer->client;
    assert(transfer->state == TRANSFER_ACTIVE || transfer->state == TRANSFER_READY);
    if (transfer->state == TRANSFER_ACTIVE) {
        transfer_abort(transfer);
        TAILQ_REMOVE(&client->active, transfer, link);
    } else {
        TAILQ_REMOVE(&client->ready, transfer, link);
        client->n_ready--;
    }
    recycle(client, transfer);
}

void http_client_get_stats(const struct http_client *client, struct http_client_stats *ret)
{
    *ret = client->stats;
    ret->pools = pools_count(client->shared.pools);
}

// What has ended already is told as it ended; the rest as canceled.
static void cancel_all(struct http_client *client)
{
    struct http_transfer *transfer = NULL;
    while ((transfer = TAILQ_FIRST(&client->active)) != NULL) {
        transfer_abort(transfer);
        TAILQ_REMOVE(&client->active, transfer, link);
        transfer->response.error = HTTP_CANCELED;
        make_ready(client, transfer);
    }
    while ((transfer = TAILQ_FIRST(&client->ready)) != NULL) {
        deliver(client, transfer);
    }
}

struct http_client *http_client_free(struct http_client *client)
{
    if (!client) {
        return NULL;
    }
    client->closing = true;
    cancel_all(client);
    struct http_transfer *transfer = NULL;
    while ((transfer = TAILQ_FIRST(&client->idle)) != NULL) {
        TAILQ_REMOVE(&client->idle, transfer, link);
        (void)transfer_free(transfer);
    }
    (void)pools_free(client->shared.pools);
    (void)target_table_free(client->shared.targets);
    (void)trust_free(client->shared.trust);
    address_policy_deinit(&client->shared.policy);
    free(client->user_agent);
    free(client);
    return NULL;
}
