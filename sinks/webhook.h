#pragma once
// The sink `webhook`: a signed POST for every event.

#include "bridge/spi/option.h"
#include "bridge/spi/outgoing.h"
#include "sinks/signature.h"

struct expr;

enum sink_webhook_method { SINK_WEBHOOK_POST, SINK_WEBHOOK_PUT, SINK_WEBHOOK_PATCH };
enum sink_webhook_format { SINK_WEBHOOK_STANDARD, SINK_WEBHOOK_RAW, SINK_WEBHOOK_TEMPLATE };

struct sink_webhook_settings {
    char *url;
    int method;                                   // enum sink_webhook_method
    struct secret secrets[SIGNATURE_SECRETS_MAX]; // `secret` and those before it
    int signature;                                // enum signature_kind
    int format;                                   // enum sink_webhook_format
    struct template_pairs headers;
    char *content_type;
    struct expr *body; // NULL: what the format says
    struct outgoing_settings outgoing;
};

struct sink_driver;
extern const struct sink_driver sink_webhook;
