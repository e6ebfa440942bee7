#include "bridge/demo/receiver.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/clock.h"
#include "bridge/base/encode.h"
#include "bridge/base/str.h"
#include "bridge/demo/loopback.h"

#define SECRET_PREFIX     "whsec_"
#define TOLERANCE_SECONDS 300

struct receiver {
    struct loopback *server;
    struct bytes key;
    receiver_fn on_webhook;
    void *userdata;
};

// "v1," and the base64 of the HMAC-SHA256.
static int sign(const struct receiver *receiver, struct buf *ret, const struct buf *content)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_len = 0;

    if (!HMAC(EVP_sha256(), receiver->key.data, (int)receiver->key.len,
              (const unsigned char *)content->data, content->len, mac, &mac_len)) {
        return -ENOMEM;
    }
    int r = buf_append_str(ret, "v1,");
    return r ? r : base64_encode(ret, mac, mac_len);
}

// The header holds one signature per secret in use, separated by spaces.
static bool is_among(const char *signatures, const char *expected)
{
    size_t len = strlen(expected);

    for (const char *at = signatures; *at; at += strspn(at, " ")) {
        size_t n = strcspn(at, " ");
        if (n == len && CRYPTO_memcmp(at, expected, len) == 0) {
            return true;
        }
        at += n;
    }
    return false;
}

static const char *find_fault(const struct receiver *receiver, const struct evkeyvalq *headers,
                              const struct webhook *webhook)
{
    const char *timestamp = evhttp_find_header(headers, "webhook-timestamp");
    const char *signatures = evhttp_find_header(headers, "webhook-signature");
    AUTO_BUF struct buf content = { 0 };
    AUTO_BUF struct buf expected = { 0 };
    int64_t sent_at = 0;

    if (!webhook->id || !signatures || !timestamp || !str_to_i64(timestamp, &sent_at)) {
        return "a webhook header is missing";
    }
    if (llabs(clock_wall_ms(&clock_system) / 1000 - sent_at) > TOLERANCE_SECONDS) {
        return "too old or from the future";
    }
    if (buf_printf(&content, "%s.%s.", webhook->id, timestamp) != 0 ||
        buf_append(&content, webhook->body, webhook->len) != 0 ||
        sign(receiver, &expected, &content) != 0) {
        return "out of memory";
    }
    return is_among(signatures, buf_str(&expected)) ? NULL : "wrong signature";
}

static void take_webhook(struct evhttp_request *request, void *userdata)
{
    struct receiver *receiver = userdata;
    const struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
    struct evbuffer *input = evhttp_request_get_input_buffer(request);
    size_t len = evbuffer_get_length(input);
    struct webhook webhook = {
        .id = evhttp_find_header(headers, "webhook-id"),
        .type = evhttp_find_header(headers, "webhook-event-type"),
        .body = len ? (const char *)evbuffer_pullup(input, -1) : "",
        .len = len,
    };

    webhook.fault = find_fault(receiver, headers, &webhook);
    receiver->on_webhook(&webhook, receiver->userdata);
    evhttp_send_reply(request, webhook.fault ? HTTP_BADREQUEST : HTTP_NOCONTENT, NULL, NULL);
}

int receiver_new(struct receiver **ret, struct event_base *base, const char *secret,
                 receiver_fn on_webhook, void *userdata)
{
    CLEANUP(receiver_freep) struct receiver *receiver = calloc(1, sizeof(*receiver));
    const char *text = secret + strlen(SECRET_PREFIX);

    if (!receiver) {
        return -ENOMEM;
    }
    receiver->on_webhook = on_webhook;
    receiver->userdata = userdata;
    int r = str_starts(secret, SECRET_PREFIX) ? base64_decode(&receiver->key, text, strlen(text))
                                              : ENCODE_E_SYNTAX;
    if (r) {
        return r < 0 ? r : -EINVAL;
    }
    r = loopback_new(&receiver->server, base, take_webhook, receiver);
    if (r == 0) {
        *ret = STEAL(receiver);
    }
    return r;
}

struct receiver *receiver_free(struct receiver *receiver)
{
    if (!receiver) {
        return NULL;
    }
    loopback_free(receiver->server);
    bytes_deinit(&receiver->key);
    free(receiver);
    return NULL;
}

const char *receiver_url(const struct receiver *receiver)
{
    return loopback_url(receiver->server);
}
