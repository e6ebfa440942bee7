#include "bridge/net/transfer.h"

#include <errno.h>
#include <string.h>

#include "bridge/base/clock.h"
#include "bridge/base/str.h"
#include "bridge/net/failure.h"
#include "bridge/net/pool.h"
#include "bridge/net/pools.h"
#include "bridge/net/redirect.h"
#include "bridge/net/target.h"
#include "bridge/net/transfer-hooks.h"

// For requests that name no limit of their own.
#define DEFAULT_TIMEOUT_MS         60000
#define DEFAULT_CONNECT_TIMEOUT_MS 10000

static void transfer_freep(struct http_transfer **transfer)
{
    (void)transfer_free(*transfer);
}

int transfer_new(struct http_transfer **ret, const struct transfer_shared *shared)
{
    CLEANUP(transfer_freep) struct http_transfer *transfer = calloc(1, sizeof(*transfer));
    if (!transfer) {
        return -ENOMEM;
    }
    transfer->shared = shared;
    int r = easy_options_init(&transfer->options);
    if (r < 0) {
        return r;
    }
    r = transfer_hooks_set(transfer);
    if (r < 0) {
        return r;
    }
    *ret = STEAL(transfer);
    return 0;
}

struct http_transfer *transfer_free(struct http_transfer *transfer)
{
    if (transfer) {
        transfer_abort(transfer);
        transfer_clear(transfer);
        easy_options_deinit(&transfer->options);
        header_list_deinit(&transfer->header_list);
        answer_deinit(&transfer->answer);
        free(transfer);
    }
    return NULL;
}

void transfer_abort(struct http_transfer *transfer)
{
    if (transfer->pool) {
        pool_remove(transfer->pool, transfer->options.easy);
        transfer->pool = NULL;
    }
}

void transfer_clear(struct http_transfer *transfer)
{
    http_response_deinit(&transfer->response);
    answer_clear(&transfer->answer);
    free(transfer->hop.url);
    transfer->hop = (struct hop){ 0 };
    transfer->request = NULL;
    transfer->done = NULL;
    transfer->ca_file = NULL;
}

static int fail(struct http_transfer *transfer, enum http_error error, char *take_text)
{
    transfer->response.error = error;
    free(transfer->response.error_text);
    transfer->response.error_text = take_text;
    return take_text ? TRANSFER_E_FAILED : -ENOMEM;
}

// TLS options belong to the host they were written for. Elsewhere only what makes the connection
// more particular holds: no client certificate, no other server name, no skipped check.
static void wish_tls(struct easy_wish *wish, const struct http_transfer *transfer)
{
    const struct tls_settings *tls = transfer->request->tls;
    wish->verify = true;
    wish->tls_version = CURL_SSLVERSION_TLSv1_2;
    if (!tls) {
        return;
    }
    if (tls->min_version == TLS_1_3) {
        wish->tls_version = CURL_SSLVERSION_TLSv1_3;
    }
    if (!transfer->hop.left_host) {
        wish->cert_file = tls->cert_file;
        wish->key_file = tls->key_file;
        wish->verify = !tls->insecure_skip_verify;
    }
}

static bool sends_body(const struct http_transfer *transfer)
{
    const char *method = transfer->hop.method;
    if (transfer->hop.dropped_body || strcmp(method, "HEAD") == 0) {
        return false;
    }
    return transfer->request->body.len > 0 || strcmp(method, "POST") == 0 ||
           strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
}

static int64_t time_left_ms(const struct http_transfer *transfer)
{
    int64_t timeout_ms = transfer->request->timeout_ms;
    int64_t left_ms =
        (timeout_ms > 0 ? timeout_ms : DEFAULT_TIMEOUT_MS) - transfer->hop.before_us / 1000;
    return left_ms > 0 ? left_ms : 1; // 0 would mean: for ever
}

static int64_t connect_timeout_ms(const struct http_transfer *transfer)
{
    int64_t timeout_ms = transfer->request->connect_timeout_ms;
    return timeout_ms > 0 ? timeout_ms : DEFAULT_CONNECT_TIMEOUT_MS;
}

static int build_headers(struct http_transfer *transfer, const struct target *target,
                         struct easy_wish *wish)
{
    struct header_rules rules = {
        .left_origin = transfer->hop.left_origin,
        .has_body = wish->body != NULL,
        .dropped_body = transfer->hop.dropped_body,
        .host = target->host,
        .user_agent = transfer->shared->user_agent,
        .accept_encoding = wish->decode,
    };
    int r = header_list_build(&transfer->header_list, transfer->request, &rules);
    wish->headers = transfer->header_list.first;
    return r;
}

// All that depends on the connection's policy. A proxy may speak TLS when the target does not.
static int wish_connection(struct http_transfer *transfer, const struct target *target,
                           struct easy_wish *wish, struct pool **ret)
{
    const struct http_request *request = transfer->request;
    struct pools *pools = transfer->shared->pools;
    bool tls = target->https || wish->proxy;
    struct pools_policy policy = {
        .public_only = !request->allow_private,
        .http2 = target->https && request->version != HTTP_1_1,
        .generation = request->allow_private ? 0 : transfer->shared->policy.generation,
        .ca_file = tls && request->tls ? request->tls->ca_file : NULL,
    };
    *ret = pools_pick(pools, &policy, target->origin);
    if (!*ret) {
        return -ENOMEM;
    }
    transfer->ca_file = policy.ca_file;
    wish->http2 = policy.http2;
    wish->dns_cache_s = pool_dns_cache_seconds(*ret);
    if (tls) {
        wish_tls(wish, transfer);
    }
    if (tls || !transfer->options.sessions) {
        wish->sessions = pools_sessions(pools, &policy, target->origin);
        return wish->sessions ? 0 : -ENOMEM;
    }
    return 0;
}

static int start_on_pool(struct http_transfer *transfer, struct target *target)
{
    const struct http_request *request = transfer->request;
    struct pool *pool = NULL;
    struct easy_wish wish = {
        .target = target,
        .method = transfer->hop.method,
        .body = sends_body(transfer) ? &request->body : NULL,
        .proxy = str_is_empty(request->proxy) ? NULL : request->proxy,
        .decode = request->decompress ? transfer->shared->encodings : NULL,
        .fresh_connection = transfer->hop.retried,
        .timeout_ms = time_left_ms(transfer),
        .connect_timeout_ms = connect_timeout_ms(transfer),
    };
    int r = wish_connection(transfer, target, &wish, &pool);
    if (r == 0) {
        r = build_headers(transfer, target, &wish);
    }
    if (r == 0) {
        r = easy_options_apply(&transfer->options, &wish);
    }
    if (r == 0) {
        r = pool_add(pool, transfer->options.easy);
    }
    transfer->pool = r == 0 ? pool : NULL;
    return r;
}

static const char *current_url(const struct http_transfer *transfer)
{
    return transfer->hop.url ? transfer->hop.url : transfer->request->url;
}

static int start_hop(struct http_transfer *transfer)
{
    const struct http_request *request = transfer->request;
    const char *url = current_url(transfer);
    const char *server_name = NULL;
    answer_clear(&transfer->answer);
    transfer->judged_body = false;
    transfer->discard_body = false;
    transfer->failed_ca = NULL;
    transfer->saw_address = false;
    transfer->socket_errno = 0;
    transfer->refused_version = false;
    transfer->blocked[0] = '\0';
    transfer->words[0] = '\0';
    if (!request->allow_private && !str_is_empty(request->proxy)) {
        return fail(transfer, HTTP_BLOCKED_ADDRESS,
                    strdup("behind a proxy the address of the target cannot be checked"));
    }
    if (request->version == HTTP_2 && strncasecmp(url, "https:", 6) != 0) {
        return fail(transfer, HTTP_PROTOCOL_ERROR, strdup("HTTP/2 is spoken over https only"));
    }
    if (request->tls && !transfer->hop.left_host && strncasecmp(url, "https:", 6) == 0) {
        server_name = request->tls->server_name;
    }
    struct target *target = NULL;
    const char *words = "";
    int r = target_get(transfer->shared->targets, url, server_name, &target, &words);
    if (r == TARGET_E_URL) {
        return fail(transfer, HTTP_PROTOCOL_ERROR, strdup(words));
    }
    if (r == 0) {
        r = start_on_pool(transfer, target);
        (void)target_unref(target);
    }
    return r;
}

int transfer_begin(struct http_transfer *transfer, const struct http_request *request)
{
    transfer->request = request;
    transfer->hop.method = request->method ? request->method : "GET";
    return start_hop(transfer);
}

static int64_t get_us(const struct http_transfer *transfer, CURLINFO info)
{
    curl_off_t value = 0;
    (void)curl_easy_getinfo(transfer->options.easy, info, &value);
    return value;
}

static int64_t phase_us(const struct http_transfer *transfer, CURLINFO info)
{
    int64_t us = get_us(transfer, info);
    return us == 0 ? 0 : us + transfer->hop.before_us;
}

static bool was_reused(const struct http_transfer *transfer)
{
    long connects = 0;
    (void)curl_easy_getinfo(transfer->options.easy, CURLINFO_NUM_CONNECTS, &connects);
    return connects == 0 && get_us(transfer, CURLINFO_PRETRANSFER_TIME_T) > 0;
}

static void note_end(struct http_transfer *transfer, bool failed)
{
    struct http_response *response = &transfer->response;
    response->received_at_ms = clock_wall_ms(&clock_system);
    response->reused = was_reused(transfer);
    response->nothing_received = failed && transfer->answer.header_bytes == 0;
    response->total_us = get_us(transfer, CURLINFO_TOTAL_TIME_T) + transfer->hop.before_us;
    response->name_lookup_us = phase_us(transfer, CURLINFO_NAMELOOKUP_TIME_T);
    response->connect_us = phase_us(transfer, CURLINFO_CONNECT_TIME_T);
    response->tls_us = phase_us(transfer, CURLINFO_APPCONNECT_TIME_T);
    response->first_byte_us = phase_us(transfer, CURLINFO_STARTTRANSFER_TIME_T);
}

static int describe_failure(struct http_transfer *transfer, CURLcode code)
{
    const struct answer *answer = &transfer->answer;
    const struct http_request *request = transfer->request;
    if (answer->stopped) {
        return fail(transfer, answer->refusal, strdup(answer->refusal_words));
    }
    struct failure failure = {
        .easy = transfer->options.easy,
        .code = code,
        .words = transfer->words,
        .socket_errno = transfer->socket_errno,
        .refused_version = transfer->refused_version,
        .blocked = transfer->blocked[0] != '\0' ? transfer->blocked : NULL,
        .ca_file = transfer->failed_ca,
        .proxied = !str_is_empty(request->proxy),
        .connect_limit = connect_timeout_ms(transfer) < time_left_ms(transfer),
    };
    return failure_describe(&failure, &transfer->response);
}

// libcurl itself retries when a kept connection ends while it waits for the answer, but not when
// sending fails.
static bool may_retry(const struct http_transfer *transfer, CURLcode code)
{
    bool reset = code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING;
    return reset && !transfer->hop.retried && transfer->answer.header_bytes == 0 &&
           was_reused(transfer);
}

// The hop only looked at the addresses, and all of them may be connected to.
static bool may_connect_now(const struct http_transfer *transfer, CURLcode code)
{
    return code == CURLE_COULDNT_CONNECT && transfer->saw_address && !transfer->hop.surveyed &&
           transfer->blocked[0] == '\0';
}

static int move_hop(struct http_transfer *transfer, const char *location)
{
    struct hop *hop = &transfer->hop;
    const char *words = "";
    struct redirect redirect = { 0 };
    int r = redirect_resolve(&redirect, current_url(transfer), location, &words);
    if (r == REDIRECT_E_URL) {
        return fail(transfer, HTTP_PROTOCOL_ERROR,
                    str_printf("the redirect cannot be followed: %s", words));
    }
    if (r < 0) {
        return r;
    }
    free(hop->url);
    hop->url = STEAL(redirect.url);
    if (redirect_becomes_get(transfer->answer.status, hop->method)) {
        hop->method = "GET";
        hop->dropped_body = true;
    }
    hop->left_origin = hop->left_origin || !redirect.same_origin;
    hop->left_host = hop->left_host || !redirect.same_host;
    hop->redirects++;
    hop->surveyed = false;
    hop->retried = false;
    return 0;
}

static int start_next_hop(struct http_transfer *transfer)
{
    transfer->hop.before_us += get_us(transfer, CURLINFO_TOTAL_TIME_T);
    return start_hop(transfer);
}

// What follows a hop. 0: another one is under way; HOP_IS_LAST; TRANSFER_E_FAILED; -ENOMEM.
enum { HOP_IS_LAST = 2 };

static int go_on(struct http_transfer *transfer, bool failed, CURLcode code)
{
    const struct http_request *request = transfer->request;
    if (failed && may_connect_now(transfer, code)) {
        transfer->hop.surveyed = true;
        return start_next_hop(transfer);
    }
    if (failed && may_retry(transfer, code)) {
        transfer->hop.retried = true;
        return start_next_hop(transfer);
    }
    if (failed) {
        return HOP_IS_LAST;
    }
    if (request->max_redirects == 0 || !redirect_is_status(transfer->answer.status)) {
        return HOP_IS_LAST;
    }
    AUTO_FREE char *location = NULL;
    int r = answer_dup_field(&transfer->answer, "Location", &location);
    if (r < 0 || !location) {
        return r < 0 ? r : HOP_IS_LAST;
    }
    if (transfer->hop.redirects >= request->max_redirects) {
        return fail(transfer, HTTP_TOO_MANY_REDIRECTS,
                    str_printf("redirected more than %u times", request->max_redirects));
    }
    r = move_hop(transfer, location);
    return r == 0 ? start_next_hop(transfer) : r;
}

static int take_answer(struct http_transfer *transfer)
{
    int r = answer_finish(&transfer->answer, &transfer->response);
    if (r == 0 && transfer->hop.url) {
        transfer->response.final_url = STEAL(transfer->hop.url);
    }
    return r;
}

bool transfer_end_hop(struct http_transfer *transfer, CURLcode code)
{
    const struct answer *answer = &transfer->answer;
    bool failed = answer->stopped ? answer->refusal != HTTP_NO_ERROR : code != CURLE_OK;
    transfer_abort(transfer);
    note_end(transfer, failed);
    int r = go_on(transfer, failed, code);
    if (r == 0) {
        return false;
    }
    if (r == HOP_IS_LAST && failed) {
        transfer->response.status = answer->status;
        r = describe_failure(transfer, code);
    } else if (r == HOP_IS_LAST) {
        r = take_answer(transfer);
    }
    if (r < 0) { // no memory to say more
        http_response_deinit(&transfer->response);
        transfer->response.error = HTTP_PROTOCOL_ERROR;
    }
    return true;
}
