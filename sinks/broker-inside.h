#pragma once
// The parts of the sinks `nats` and `mqtt`, for their own files.

#include "bridge/base/cleanup.h"
#include "bridge/spi/option.h"

struct problem;

// Where the evaluated address stands among the fields of an encoded delivery.
#define BROKER_ADDRESS_FIELD "message-address"

extern const struct option_table sink_nats_options;
extern const struct option_table sink_mqtt_options;

// Words why a text can be no subject or topic to publish to; NULL: it can.
const char *sink_nats_refuse_subject(const char *text);
const char *sink_mqtt_refuse_topic(const char *text);

// Rules between options, as sink_driver.check.
int sink_nats_check(const void *settings, const char **ret_key, struct problem **reterr) MUST_CHECK;
int sink_mqtt_check(const void *settings, const char **ret_key, struct problem **reterr) MUST_CHECK;
