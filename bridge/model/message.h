#pragma once
// A message for a broker (NATS JetStream, MQTT 5) and what became of it, as plain values. Sink
// drivers make and judge them; bridge/net moves them.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/secret.h"
#include "bridge/base/string-list.h"
#include "bridge/model/http.h"

enum broker_protocol { BROKER_NATS, BROKER_MQTT };

// A broker and how to be let in; immutable, lives in the settings. NULL and empty: not used.
struct broker_target {
    struct string_list servers; // URLs of one broker or of the members of its cluster
    char *username;
    struct secret password;
    struct secret token;
    char *credentials_file; // of NATS: a JWT and its key
    char *client_id;
    struct tls_settings tls;
    int64_t connect_timeout_ms; // until it has let us in
};

struct message {
    enum broker_protocol protocol;
    const struct broker_target *target; // borrowed
    char *address;                      // the subject or topic
    char *id;                           // what a broker that knows repeats knows them by
    const char *content_type;           // borrowed
    struct headers headers;
    struct bytes body;
    int64_t timeout_ms; // until the broker acknowledges it; the connection comes on top
    bool retain;        // MQTT
};
void message_deinit(struct message *message);

enum message_error {
    MESSAGE_NO_ERROR, // acknowledged: it is the broker's now
    MESSAGE_DNS_ERROR,
    MESSAGE_CONNECTION_REFUSED,
    MESSAGE_CONNECTION_RESET, // before it was acknowledged
    MESSAGE_TIMEOUT_CONNECT,
    MESSAGE_TIMEOUT_TOTAL, // no acknowledgement in time
    MESSAGE_TLS_ERROR,
    MESSAGE_NOT_ALLOWED, // who we are, or where the message goes
    MESSAGE_NO_STREAM,   // nothing keeps messages of this subject
    MESSAGE_TOO_LARGE,   // for the broker, now and for ever
    MESSAGE_REFUSED,     // for another reason, in words
};
// "connection_refused", "no_stream", …; "" for MESSAGE_NO_ERROR.
const char *message_error_code(enum message_error error);

struct message_answer {
    enum message_error error;
    char *error_text; // for people, no secrets; NULL when there is none
};
void message_answer_deinit(struct message_answer *answer);
