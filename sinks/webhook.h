#pragma once
// The sink `webhook`: a signed POST for every event.

#include "bridge/model/event.h"
#include "bridge/spi/option.h"
#include "bridge/spi/outgoing.h"
#include "sinks/signature.h"

struct expr;

enum sink_webhook_method { SINK_WEBHOOK_POST, SINK_WEBHOOK_PUT, SINK_WEBHOOK_PATCH };
enum sink_webhook_format {
    SINK_WEBHOOK_STANDARD,
    SINK_WEBHOOK_CLOUDEVENTS,        // structured
    SINK_WEBHOOK_CLOUDEVENTS_BINARY, // attributes in header fields
    SINK_WEBHOOK_RAW,
    SINK_WEBHOOK_TEMPLATE,
};

struct sink_webhook_settings {
    char *url;
    int method;                 // enum sink_webhook_method
    struct signature_keys keys; // `secret` and those before it, `signing_key` and the one before
    int signature;              // enum signature_kind
    int format;                 // enum sink_webhook_format
    struct string_list data;    // forms of a change that are carried; empty: as the event has them
    struct template_pairs headers;
    char *content_type;
    struct expr *body; // NULL: what the format says
    struct outgoing_settings outgoing;
};

struct sink_driver;
extern const struct sink_driver sink_webhook;
