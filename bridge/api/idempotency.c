#include "bridge/api/idempotency.h"

#include <errno.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include "bridge/api/call-state.h"
#include "bridge/api/reply.h"
#include "bridge/api/route.h"
#include "bridge/api/server.h"
#include "bridge/base/clock.h"
#include "bridge/base/log.h"
#include "bridge/base/str.h"
#include "bridge/spi/store.h"

#define KEY_BYTES_MAX 255

static bool is_key(const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if (text[i] <= ' ' || text[i] > '~') {
            return false;
        }
    }
    return len > 0 && len <= KEY_BYTES_MAX;
}

static bool is_under_way(const struct api_call *call, const char *key)
{
    for (const struct api_call *other = call->calls->first; other; other = other->next) {
        if (other != call && str_eq(other->kept.key, key)) {
            return true;
        }
    }
    return false;
}

static struct hash128 hash_request(const struct api_call *call)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(call->request);
    const char *path = evhttp_uri_get_path(uri);
    const char *query = evhttp_uri_get_query(uri);
    struct evbuffer *input = evhttp_request_get_input_buffer(call->request);
    size_t len = evbuffer_get_length(input);
    struct hash128 hash = hash128_of(path, strlen(path));
    hash = hash128_mix(hash, hash128_of(query ? query : "", query ? strlen(query) : 0));
    return hash128_mix(hash, hash128_of(len ? (const char *)evbuffer_pullup(input, -1) : "", len));
}

static void repeat(struct api_call *call, struct stored_answer *found)
{
    if (!hash128_eq(found->request, call->kept.request)) {
        call_refuse(call, 422, "idempotency_mismatch",
                    "this Idempotency-Key came with another request before; use a new one");
        return;
    }
    if (call->request) {
        reply_set_header(call->request, "Idempotent-Replayed", "true");
    }
    call->is_kept = true;
    call_answer_bytes(call, found->status, found->body.len ? "application/json" : NULL,
                      found->body.data, found->body.len);
}

static void on_found(int result, struct stored_answer *take, void *userdata)
{
    struct api_call *call = userdata;
    if (result < 0) {
        call_refuse_error(call, result);
    } else if (take->key) {
        repeat(call, take);
    } else if (!call->request) {
        call_refuse(call, 503, "stopping", "the daemon stops");
    } else {
        call->question.route->handle(call);
    }
}

static int ask(struct api_call *call, const char *key)
{
    struct store *store = call->parts->store;
    call->kept.at_ms = clock_wall_ms(&clock_system);
    call->kept.key = str_printf("%s %s", call->token, key);
    if (!call->kept.key) {
        return -ENOMEM;
    }
    call->kept.request = hash_request(call);
    return store->ops->answer_get(store, call->kept.key, call->kept.at_ms - STORED_ANSWER_AGE_MS,
                                  on_found, call);
}

bool idempotency_begin(struct api_call *call)
{
    const char *key = call_header(call, "Idempotency-Key");
    if (!key || call->question.route->method != EVHTTP_REQ_POST || !call->parts->store) {
        return false;
    }
    AUTO_FREE char *scoped = str_printf("%s %s", call->token, key);
    if (!is_key(key)) {
        call_refuse(call, 400, "bad_idempotency_key",
                    "an Idempotency-Key has 1 to %d visible ASCII characters", KEY_BYTES_MAX);
    } else if (is_under_way(call, scoped)) {
        call_refuse(call, 409, "under_way",
                    "the first request with this Idempotency-Key is not answered yet");
    } else {
        int r = ask(call, key);
        if (r < 0) {
            call_refuse_error(call, r);
        }
    }
    return true;
}

static void on_kept(int result, void *userdata)
{
    struct api_call *call = userdata;
    if (result < 0) {
        log_warn("the answer to a request with an Idempotency-Key could not be kept",
                 LOG_STR("error", strerror(-result)));
    }
    const struct bytes *body = &call->kept.body;
    call_answer_bytes(call, call->kept.status, body->len ? "application/json" : NULL, body->data,
                      body->len);
}

bool idempotency_keep(struct api_call *call, int status, const void *data, size_t len)
{
    if (!call->kept.key || call->is_kept || !call->request || status >= 500) {
        return false;
    }
    struct store *store = call->parts->store;
    call->is_kept = true;
    call->kept.status = status;
    return bytes_dup(&call->kept.body, data, len) == 0 &&
           store->ops->answer_put(store, &call->kept, on_kept, call) == 0;
}
