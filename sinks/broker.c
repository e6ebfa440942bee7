#include "sinks/broker.h"

#include <errno.h>
#include <string.h>

#include "bridge/base/str.h"
#include "bridge/expr/expr.h"
#include "bridge/spi/sink.h"
#include "sinks/broker-inside.h"
#include "sinks/cloudevents.h"
#include "sinks/shape.h"

// The address is evaluated with the header fields and stored beside them.
static int encode_all(const struct sink_broker_settings *broker, struct expr_context *context,
                      const struct event *event, struct encoded *ret)
{
    static const enum shape_form forms[] = {
        [SINK_BROKER_STANDARD] = SHAPE_EVENT,
        [SINK_BROKER_CLOUDEVENTS] = SHAPE_CLOUDEVENTS,
        [SINK_BROKER_RAW] = SHAPE_RAW,
    };
    size_t n = broker->headers.n;
    struct template_pair *pairs AUTO_FREE = calloc(n + 1, sizeof(*pairs));
    if (!pairs) {
        return -ENOMEM;
    }
    char name[] = BROKER_ADDRESS_FIELD;
    pairs[0] = (struct template_pair){ .name = name, .value = broker->address };
    for (size_t i = 0; i < n; i++) {
        pairs[i + 1] = broker->headers.v[i];
    }
    const struct template_pairs all = { .v = pairs, .n = n + 1 };
    const struct shape shape = {
        .form = forms[broker->format],
        .body = broker->body,
        .forms = &broker->data,
        .headers = &all,
    };
    return shape_encode(&shape, context, event, ret);
}

static int encode(const struct sink_broker_settings *broker, struct expr_context *context,
                  const struct event *event, struct encoded *ret,
                  const char *(*refuse)(const char *text))
{
    int r = encode_all(broker, context, event, ret);
    const char *address = headers_get(&ret->headers, BROKER_ADDRESS_FIELD);
    const char *refusal = r == 0 && !ret->error && address ? refuse(address) : NULL;
    if (refusal) {
        ret->error =
            str_printf("the event cannot be published to \"%.200s\": %s", address, refusal);
        return ret->error ? 0 : -ENOMEM;
    }
    return r;
}

static int encode_nats(const void *settings, struct expr_context *context,
                       const struct event *event, struct encoded *ret)
{
    return encode(settings, context, event, ret, sink_nats_refuse_subject);
}

static int encode_mqtt(const void *settings, struct expr_context *context,
                       const struct event *event, struct encoded *ret)
{
    return encode(settings, context, event, ret, sink_mqtt_refuse_topic);
}

// Those without a place are read from the settings at every attempt, as a webhook's are.
static int set_headers(const struct sink_broker_settings *broker, const struct delivery *delivery,
                       struct headers *ret)
{
    const struct headers *evaluated = &delivery->encoded.headers;
    int r = headers_set(ret, "webhook-id", delivery->event_id);
    r = r ? r : headers_set(ret, "webhook-event-type", delivery->event_type);
    for (size_t i = 0; r == 0 && i < broker->headers.n; i++) {
        const struct template_pair *pair = &broker->headers.v[i];
        if (template_is_plain(pair->value)) {
            r = headers_set(ret, pair->name, template_text(pair->value));
        }
    }
    for (size_t i = 0; r == 0 && i < evaluated->n; i++) {
        if (!str_eq_nocase(evaluated->v[i].name, BROKER_ADDRESS_FIELD)) {
            r = headers_set(ret, evaluated->v[i].name, evaluated->v[i].value);
        }
    }
    return r;
}

static int send(const struct sink_broker_settings *broker, const struct delivery *delivery,
                struct message *ret)
{
    const struct bytes *body = &delivery->encoded.body;
    const char *address = headers_get(&delivery->encoded.headers, BROKER_ADDRESS_FIELD);
    ret->target = &broker->target;
    ret->address = strdup(address ? address : template_text(broker->address));
    ret->id = strdup(delivery->event_id);
    ret->content_type =
        broker->format == SINK_BROKER_CLOUDEVENTS ? CLOUDEVENTS_CONTENT_TYPE : "application/json";
    ret->timeout_ms = broker->timeout_ms;
    ret->retain = broker->retain;
    int r = ret->address && ret->id ? bytes_dup(&ret->body, body->data, body->len) : -ENOMEM;
    return r ? r : set_headers(broker, delivery, &ret->headers);
}

static int send_nats(const void *settings, const struct delivery *delivery, struct message *ret)
{
    ret->protocol = BROKER_NATS;
    return send(settings, delivery, ret);
}

static int send_mqtt(const void *settings, const struct delivery *delivery, struct message *ret)
{
    ret->protocol = BROKER_MQTT;
    return send(settings, delivery, ret);
}

// What the broker will take at no time fails for good; everything else may be mended meanwhile.
static struct verdict judge(const struct message_answer *answer)
{
    struct verdict verdict = { .kind = VERDICT_DELIVERED };
    if (answer->error != MESSAGE_NO_ERROR) {
        verdict.kind = answer->error == MESSAGE_TOO_LARGE ? VERDICT_FINAL : VERDICT_RETRY;
        verdict.error_code = message_error_code(answer->error);
    }
    return verdict;
}

const struct sink_driver sink_nats = {
    .name = "nats",
    .doc = "Messages for a stream of NATS JetStream.",
    .options = &sink_nats_options,
    .transport = SINK_MESSAGE,
    .check = sink_nats_check,
    .encode = encode_nats,
    .send_message = send_nats,
    .judge_message = judge,
};

const struct sink_driver sink_mqtt = {
    .name = "mqtt",
    .doc = "Messages for an MQTT 5 broker.",
    .options = &sink_mqtt_options,
    .transport = SINK_MESSAGE,
    .check = sink_mqtt_check,
    .encode = encode_mqtt,
    .send_message = send_mqtt,
    .judge_message = judge,
};
