#include "sinks/webhook.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/hash.h"
#include "bridge/expr/expr.h"
#include "bridge/spi/sink.h"
#include "sinks/cloudevents.h"
#include "sinks/shape.h"
#include "sinks/signature.h"
#include "sinks/webhook-inside.h"

#define ANSWER_BYTES_MAX ((uint64_t)16 * 1024)

static int encode(const void *settings, struct expr_context *context, const struct event *event,
                  struct encoded *ret)
{
    const struct sink_webhook_settings *webhook = settings;
    static const enum shape_form forms[] = {
        [SINK_WEBHOOK_STANDARD] = SHAPE_EVENT,
        [SINK_WEBHOOK_CLOUDEVENTS] = SHAPE_CLOUDEVENTS,
        [SINK_WEBHOOK_CLOUDEVENTS_BINARY] = SHAPE_CLOUDEVENTS_BINARY,
        [SINK_WEBHOOK_RAW] = SHAPE_RAW,
        [SINK_WEBHOOK_TEMPLATE] = SHAPE_EVENT,
    };
    struct shape shape = {
        .form = forms[webhook->format],
        .body = webhook->body,
        .forms = &webhook->data,
        .headers = &webhook->headers,
    };
    return shape_encode(&shape, context, event, ret);
}

// W3C Trace Context: all attempts for one event are one trace, each attempt is a span of it. Both
// ids are derived, so they are the same wherever they are looked up.
static int set_traceparent(struct headers *headers, const struct delivery *delivery)
{
    struct hash128 trace = hash128_of(delivery->event_id, strlen(delivery->event_id));
    char seed[160];
    (void)snprintf(seed, sizeof(seed), "%s %u %.100s", delivery->event_id, delivery->attempts,
                   delivery->sink ? delivery->sink : "");
    uint64_t span = hash64_of_str(seed);
    char text[64];
    (void)snprintf(text, sizeof(text), "00-%016" PRIx64 "%016" PRIx64 "-%016" PRIx64 "-01",
                   trace.high | 1, trace.low, span | 1); // an id of zeros is not valid
    return headers_set(headers, "traceparent", text);
}

static int set_number(struct headers *headers, const char *name, int64_t number)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%" PRId64, number);
    return headers_set(headers, name, text);
}

static int set_own_fields(const struct sink_webhook_settings *webhook,
                          const struct delivery *delivery, int64_t now_s, struct headers *headers)
{
    bool is_structured = webhook->format == SINK_WEBHOOK_CLOUDEVENTS;
    int r = headers_set(headers, "content-type",
                        is_structured ? CLOUDEVENTS_CONTENT_TYPE : webhook->content_type);
    if (r == 0) {
        r = headers_set(headers, "webhook-id", delivery->event_id);
    }
    if (r == 0) {
        r = set_number(headers, "webhook-timestamp", now_s);
    }
    if (r == 0) {
        r = set_number(headers, "webhook-attempt", (int64_t)delivery->attempts + 1);
    }
    if (r == 0) {
        r = headers_set(headers, "webhook-event-type", delivery->event_type);
    }
    return r == 0 ? set_traceparent(headers, delivery) : r;
}

// Templates without a place are read from the settings at every attempt, so that a credential in
// them is never stored with the delivery, and a new one counts at once.
static int set_configured_fields(const struct sink_webhook_settings *webhook,
                                 const struct delivery *delivery, struct http_request *request)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < webhook->headers.n; i++) {
        const struct template_pair *pair = &webhook->headers.v[i];
        if (template_is_plain(pair->value)) {
            headers_remove(&request->headers, pair->name); // traceparent may be one's own
            r = outgoing_set_field(request, pair->name, template_text(pair->value));
        }
    }
    const struct headers *evaluated = &delivery->encoded.headers;
    for (size_t i = 0; r == 0 && i < evaluated->n; i++) {
        // The settings may have changed since: one field of a name is sent all the same.
        headers_remove(&request->secret_headers, evaluated->v[i].name);
        r = headers_set(&request->headers, evaluated->v[i].name, evaluated->v[i].value);
    }
    return r;
}

static int sign(const struct sink_webhook_settings *webhook, const struct delivery *delivery,
                int64_t now_s, struct headers *headers)
{
    struct signature_input input = {
        .id = delivery->event_id,
        .timestamp_s = now_s,
        .body = delivery->encoded.body.data,
        .len = delivery->encoded.body.len,
    };
    return signature_add((enum signature_kind)webhook->signature, &webhook->keys, &input, headers);
}

static int send_http(const void *settings, const struct delivery *delivery, int64_t now_ms,
                     struct http_request *request)
{
    const struct sink_webhook_settings *webhook = settings;
    const struct bytes *body = &delivery->encoded.body;
    int64_t now_s = now_ms / 1000;
    request->url = strdup(webhook->url);
    request->method = strdup(sink_webhook_method_name(webhook->method));
    int r = request->url && request->method ? 0 : -ENOMEM;
    if (r == 0) {
        r = bytes_dup(&request->body, body->data, body->len);
    }
    if (r == 0) {
        r = set_own_fields(webhook, delivery, now_s, &request->headers);
    }
    if (r == 0) {
        r = set_configured_fields(webhook, delivery, request);
    }
    if (r == 0) {
        r = sign(webhook, delivery, now_s, &request->headers);
    }
    outgoing_apply(&webhook->outgoing, request);
    request->max_body_bytes = ANSWER_BYTES_MAX;
    request->truncate_body = true;
    return r;
}

const struct sink_driver sink_webhook = {
    .name = "webhook",
    .doc = "Signed HTTP requests.",
    .options = &sink_webhook_options,
    .transport = SINK_HTTP,
    .check = sink_webhook_check,
    .encode = encode,
    .send_http = send_http,
    .judge_http = sink_webhook_judge,
};
