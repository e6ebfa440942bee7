#pragma once
// The sink `webhook`: a signed POST for every event.

#include "bridge/base/secret.h"
#include "bridge/spi/option.h"
#include "bridge/spi/outgoing.h"

struct expr;

enum sink_webhook_method { SINK_WEBHOOK_POST, SINK_WEBHOOK_PUT, SINK_WEBHOOK_PATCH };

struct sink_webhook_settings {
    char *url;
    int method; // enum sink_webhook_method
    struct secret secret;
    int signature; // enum signature_kind
    struct template_pairs headers;
    char *content_type;
    struct expr *body; // NULL: the standard body
    struct outgoing_settings outgoing;
};

struct sink_driver;
extern const struct sink_driver sink_webhook;
