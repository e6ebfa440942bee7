#pragma once
// The sinks `nats` and `mqtt`: an acknowledged message for every event.

#include <stdbool.h>

#include "bridge/model/message.h"
#include "bridge/spi/option.h"

struct expr;
struct template;

enum sink_broker_format { SINK_BROKER_STANDARD, SINK_BROKER_CLOUDEVENTS, SINK_BROKER_RAW };

struct sink_broker_settings {
    struct broker_target target;
    struct template *address; // the subject or topic
    int format;               // enum sink_broker_format
    struct string_list data;  // forms of a change that are carried; empty: as the event has them
    struct expr *body;        // NULL: what the format says
    struct template_pairs headers;
    int64_t timeout_ms;
    bool retain; // mqtt
};

struct sink_driver;
extern const struct sink_driver sink_nats;
extern const struct sink_driver sink_mqtt;
