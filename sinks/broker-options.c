#include <stddef.h>

#include "bridge/spi/outgoing.h"
#include "sinks/broker-inside.h"
#include "sinks/broker.h"
#include "sinks/shape-option.h"

static const char *const format_names[] = {
    [SINK_BROKER_STANDARD] = "standard",
    [SINK_BROKER_CLOUDEVENTS] = "cloudevents",
    [SINK_BROKER_RAW] = "raw",
    NULL,
};

#define AT(member) offsetof(struct sink_broker_settings, member)

#define SHARED_OPTIONS                                                                             \
    { .key = "username",                                                                           \
      .type = OPTION_STRING,                                                                       \
      .offset = AT(target.username),                                                               \
      .doc = "Who we are, for a broker that asks.",                                                \
      .example = "${BROKER_USER}" },                                                               \
        { .key = "password",                                                                       \
          .type = OPTION_SECRET,                                                                   \
          .offset = AT(target.password),                                                           \
          .doc = "The password of `username`.",                                                    \
          .example = "${BROKER_PASSWORD}" },                                                       \
        { .key = "tls",                                                                            \
          .type = OPTION_TABLE,                                                                    \
          .offset = AT(target.tls),                                                                \
          .table = &outgoing_tls_options,                                                          \
          .doc = "How the broker is checked and what is shown to it.",                             \
          .example = "{ ca_file: /etc/ssl/private-ca.pem }" },                                     \
        { .key = "connect_timeout",                                                                \
          .type = OPTION_DURATION,                                                                 \
          .offset = AT(target.connect_timeout_ms),                                                 \
          .preset = "5s",                                                                          \
          .least = 100,                                                                            \
          .most = 60000,                                                                           \
          .doc = "Time until the broker has let us in.",                                           \
          .example = "2s" },                                                                       \
        { .key = "timeout",                                                                        \
          .type = OPTION_DURATION,                                                                 \
          .offset = AT(timeout_ms),                                                                \
          .preset = "10s",                                                                         \
          .least = 100,                                                                            \
          .most = 300000,                                                                          \
          .doc = "Time until the broker has acknowledged a message; after it the attempt failed.", \
          .example = "5s" },                                                                       \
        { .key = "headers",                                                                        \
          .type = OPTION_TEMPLATES,                                                                \
          .offset = AT(headers),                                                                   \
          .flags = OPTION_HIDDEN_VALUE | OPTION_FIELDS,                                            \
          .doc =                                                                                   \
              "Further header fields (of MQTT: user properties) beside `webhook-id` and "          \
              "`webhook-event-type`. `{{ .path }}` is replaced by that place of the event; where " \
              "the event has no such place the delivery fails for good.",                          \
          .example = "{ region: \"{{ .instance.region }}\" }" },                                   \
        { .key = "format",                                                                         \
          .type = OPTION_ENUM,                                                                     \
          .offset = AT(format),                                                                    \
          .preset = "standard",                                                                    \
          .names = format_names,                                                                   \
          .doc =                                                                                   \
              "What is published: `standard` is the whole event, `cloudevents` a CloudEvents 1.0 " \
              "event in one JSON object, `raw` its `data.after` alone.",                           \
          .example = "cloudevents" },                                                              \
        SHAPE_DATA_OPTION(struct sink_broker_settings),                                            \
    {                                                                                              \
        .key = "body", .type = OPTION_EXPR, .offset = AT(body),                                    \
        .doc = "What is published instead of the whole event: a jq expression with the event as "  \
               "its input, whose first result is published as JSON. Where it fails the delivery "  \
               "fails for good.",                                                                  \
        .example = "\"{ at: .timestamp, key: .data.key }\""                                        \
    }

static const struct option nats_list[] = {
    { .key = "servers",
      .type = OPTION_STRINGS,
      .offset = AT(target.servers),
      .flags = OPTION_REQUIRED,
      .doc = "The server, or several of one cluster, as nats://HOST:PORT, or tls://HOST:PORT.",
      .example = "nats://nats.example.com:4222" },
    { .key = "subject",
      .type = OPTION_TEMPLATE,
      .offset = AT(address),
      .preset = "pollbridge.{{ .source }}.{{ .type }}",
      .doc = "The subject of a message; a stream of JetStream must keep messages of it.",
      .example = "\"orders.{{ .type }}\"" },
    { .key = "token",
      .type = OPTION_SECRET,
      .offset = AT(target.token),
      .doc = "The token that lets us in, instead of `username` and `password`.",
      .example = "${NATS_TOKEN}" },
    { .key = "credentials_file",
      .type = OPTION_FILE,
      .offset = AT(target.credentials_file),
      .doc = "A credentials file (JWT and NKey seed), as NATS makes it.",
      .example = "/etc/pollbridge/nats.creds" },
    { .key = "client_name",
      .type = OPTION_STRING,
      .offset = AT(target.client_id),
      .preset = "pollbridge",
      .doc = "How the connection is called in the server's lists.",
      .example = "pollbridge-eu" },
    SHARED_OPTIONS,
};
const struct option_table sink_nats_options = {
    .name = "sink nats",
    .doc =
        "Publishes every event to a stream of NATS JetStream. A delivery is done when the stream "
        "has acknowledged it; `Nats-Msg-Id` is the event's id, so that the stream keeps a repeat "
        "once. For builds with libnats.",
    OPTION_TABLE_OF(struct sink_broker_settings, nats_list),
};

static const struct option mqtt_list[] = {
    { .key = "servers",
      .type = OPTION_STRINGS,
      .offset = AT(target.servers),
      .flags = OPTION_REQUIRED,
      .doc =
          "The broker, or several of which the first that answers is taken, as mqtt://HOST:PORT, "
          "or mqtts://HOST:PORT for TLS.",
      .example = "mqtts://mqtt.example.com:8883" },
    { .key = "topic",
      .type = OPTION_TEMPLATE,
      .offset = AT(address),
      .preset = "pollbridge/{{ .source }}/{{ .type }}",
      .doc = "The topic of a message.",
      .example = "\"home/weather/{{ .source }}\"" },
    { .key = "retain",
      .type = OPTION_BOOL,
      .offset = AT(retain),
      .preset = "false",
      .doc = "Whether the broker keeps the last message of a topic for later subscribers.",
      .example = "true" },
    { .key = "client_id",
      .type = OPTION_STRING,
      .offset = AT(target.client_id),
      .doc = "The client's identifier; a random one when absent. A broker allows one connection "
             "each.",
      .example = "pollbridge-eu" },
    SHARED_OPTIONS,
};
const struct option_table sink_mqtt_options = {
    .name = "sink mqtt",
    .doc =
        "Publishes every event to an MQTT 5 broker with QoS 1. A delivery is done when the broker "
        "has acknowledged it; subscribers drop repeats by the user property `webhook-id`. For "
        "builds with libmosquitto.",
    OPTION_TABLE_OF(struct sink_broker_settings, mqtt_list),
};
