// MQTT 5 by libmosquitto, driven by the broker's thread: the library calls back from inside
// mosquitto_loop and from nowhere else. A message counts as published with its PUBACK (QoS 1).
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mosquitto.h>
#include <mqtt_protocol.h>

#include "bridge/base/clock.h"
#include "bridge/base/str.h"
#include "bridge/net/broker-protocol.h"

#define KEEPALIVE_S  60
#define QOS          1
#define FAILED_FROM  128 // reason codes from here on tell a failure, MQTT 5 section 2.4
#define PORT_PLAIN   1883
#define PORT_TLS     8883
#define SCHEME_PLAIN "mqtt://"
#define SCHEME_TLS   "mqtts://"
#define STEP_MS      1000
#define HOST_SIZE    256

struct connection {
    struct mosquitto *mosquitto;
    bool is_open;   // the broker let us in
    bool is_closed; // and it, or the network, ended that
    int refused;    // the reason code of a CONNACK that refuses; 0: none
    // The round under way.
    struct broker_job *const *jobs;
    size_t n;
    size_t open;
};

struct server {
    char host[HOST_SIZE];
    int port;
    bool tls;
};

// ---- called by the library ----

static void on_connect(struct mosquitto *mosquitto, void *userdata, int reason, int flags,
                       const mosquitto_property *properties)
{
    struct connection *connection = userdata;
    (void)mosquitto;
    (void)flags;
    (void)properties;
    connection->is_open = reason == 0;
    connection->refused = reason;
}

static void on_disconnect(struct mosquitto *mosquitto, void *userdata, int reason,
                          const mosquitto_property *properties)
{
    struct connection *connection = userdata;
    (void)mosquitto;
    (void)reason;
    (void)properties;
    connection->is_closed = true;
}

static enum message_error error_of_reason(int reason)
{
    switch (reason) {
    case MQTT_RC_NOT_AUTHORIZED:
    case MQTT_RC_BAD_USERNAME_OR_PASSWORD:
    case MQTT_RC_BANNED: return MESSAGE_NOT_ALLOWED;
    case MQTT_RC_PACKET_TOO_LARGE: return MESSAGE_TOO_LARGE;
    default: return MESSAGE_REFUSED;
    }
}

static void on_publish(struct mosquitto *mosquitto, void *userdata, int id, int reason,
                       const mosquitto_property *properties)
{
    struct connection *connection = userdata;
    (void)mosquitto;
    (void)properties;
    for (size_t i = 0; i < connection->n; i++) {
        struct broker_job *job = connection->jobs[i];
        if (job->is_answered || job->tag != (unsigned)id) {
            continue;
        }
        if (reason < FAILED_FROM) {
            broker_answer(job, MESSAGE_NO_ERROR, NULL);
        } else {
            broker_answer(job, error_of_reason(reason), mosquitto_reason_string(reason));
        }
        connection->open--;
        return;
    }
}

// ---- opening ----

static enum message_error error_of(int result)
{
    switch (result) {
    case MOSQ_ERR_EAI: return MESSAGE_DNS_ERROR;
    case MOSQ_ERR_TLS:
    case MOSQ_ERR_TLS_HANDSHAKE: return MESSAGE_TLS_ERROR;
    case MOSQ_ERR_ACL_DENIED:
    case MOSQ_ERR_AUTH: return MESSAGE_NOT_ALLOWED;
    case MOSQ_ERR_PAYLOAD_SIZE:
    case MOSQ_ERR_OVERSIZE_PACKET: return MESSAGE_TOO_LARGE;
    case MOSQ_ERR_CONN_REFUSED: return MESSAGE_CONNECTION_REFUSED;
    case MOSQ_ERR_ERRNO:
        return errno == ECONNREFUSED ? MESSAGE_CONNECTION_REFUSED : MESSAGE_CONNECTION_RESET;
    case MOSQ_ERR_NO_CONN:
    case MOSQ_ERR_CONN_LOST: return MESSAGE_CONNECTION_RESET;
    default: return MESSAGE_REFUSED;
    }
}

// The sink's check has read it before: nothing else than a host and a port stand there.
static void read_server(const char *url, struct server *ret)
{
    *ret = (struct server){ .tls = str_starts(url, SCHEME_TLS) };
    const char *host = url + (ret->tls ? sizeof(SCHEME_TLS) : sizeof(SCHEME_PLAIN)) - 1;
    const char *end = *host == '[' ? strchr(host, ']') : NULL;
    const char *colon = strrchr(end ? end : host, ':');
    size_t len = end ? (size_t)(end - ++host) : colon ? (size_t)(colon - host) : strlen(host);
    uint64_t port = ret->tls ? PORT_TLS : PORT_PLAIN;
    (void)snprintf(ret->host, sizeof(ret->host), "%.*s", (int)len, host);
    if (colon) {
        (void)str_to_u64(colon + 1, &port);
    }
    ret->port = (int)port;
}

static int set_tls(struct mosquitto *mosquitto, const struct tls_settings *tls)
{
    int r = mosquitto_int_option(mosquitto, MOSQ_OPT_TLS_USE_OS_CERTS, !tls->ca_file);
    r = r ? r
          : mosquitto_tls_set(mosquitto, tls->ca_file, NULL, tls->cert_file,
                              tls->cert_file && !tls->key_file ? tls->cert_file : tls->key_file,
                              NULL);
    r = r ? r
          : mosquitto_tls_opts_set(mosquitto, 1,
                                   tls->min_version == TLS_1_3 ? "tlsv1.3" : "tlsv1.2", NULL);
    return r ? r : mosquitto_tls_insecure_set(mosquitto, tls->insecure_skip_verify);
}

static int set_options(struct connection *connection, const struct broker_target *target,
                       const struct server *server)
{
    struct mosquitto *mosquitto = connection->mosquitto;
    mosquitto_connect_v5_callback_set(mosquitto, on_connect);
    mosquitto_disconnect_v5_callback_set(mosquitto, on_disconnect);
    mosquitto_publish_v5_callback_set(mosquitto, on_publish);
    int r = mosquitto_int_option(mosquitto, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    if (r == 0 && target->username) {
        r = mosquitto_username_pw_set(mosquitto, target->username, target->password.data);
    }
    return r == 0 && server->tls ? set_tls(mosquitto, &target->tls) : r;
}

// One step of the library, of at most wait_ms. False: the connection is gone.
static bool step(struct connection *connection, int64_t wait_ms, struct message_answer *why)
{
    errno = 0;
    int r = mosquitto_loop(connection->mosquitto, (int)(wait_ms < STEP_MS ? wait_ms : STEP_MS), 1);
    if (r != MOSQ_ERR_SUCCESS || connection->is_closed) {
        broker_refuse(why, r == MOSQ_ERR_SUCCESS ? MESSAGE_CONNECTION_RESET : error_of(r),
                      r == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(r));
        return false;
    }
    return true;
}

static bool connect_to(struct connection *connection, const struct broker_target *target,
                       const struct server *server, struct message_answer *why)
{
    int64_t until_ms = clock_mono_ms(&clock_system) + target->connect_timeout_ms;
    int r = set_options(connection, target, server);
    r = r ? r
          : mosquitto_connect_async(connection->mosquitto, server->host, server->port, KEEPALIVE_S);
    if (r != MOSQ_ERR_SUCCESS) {
        broker_refuse(why, error_of(r),
                      r == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(r));
        return false;
    }
    while (!connection->is_open && connection->refused == 0) {
        int64_t left_ms = until_ms - clock_mono_ms(&clock_system);
        if (left_ms <= 0) {
            broker_refuse(why, MESSAGE_TIMEOUT_CONNECT, "the broker did not let us in in time");
            return false;
        }
        if (!step(connection, left_ms, why)) {
            break;
        }
    }
    if (connection->refused != 0) {
        broker_refuse(why, error_of_reason(connection->refused),
                      mosquitto_reason_string(connection->refused));
    }
    return connection->is_open;
}

static void close_connection(void *opaque)
{
    struct connection *connection = opaque;
    connection->n = 0;
    if (connection->is_open && !connection->is_closed) {
        (void)mosquitto_disconnect_v5(connection->mosquitto, MQTT_RC_NORMAL_DISCONNECTION, NULL);
    }
    mosquitto_destroy(connection->mosquitto);
    free(connection);
}

static struct connection *try_server(const struct broker_target *target, const char *url,
                                     struct message_answer *why)
{
    struct server server;
    struct connection *connection = calloc(1, sizeof(*connection));
    read_server(url, &server);
    if (connection) {
        connection->mosquitto = mosquitto_new(target->client_id, true, connection);
    }
    if (!connection || !connection->mosquitto) {
        free(connection);
        broker_refuse(why, MESSAGE_REFUSED, strerror(ENOMEM));
        return NULL;
    }
    if (!connect_to(connection, target, &server, why)) {
        close_connection(connection);
        return NULL;
    }
    return connection;
}

static void open_connection(void **ret, const struct broker_target *target,
                            struct message_answer *why)
{
    (void)mosquitto_lib_init(); // counted by the library, as often as one likes
    for (size_t i = 0; !*ret && i < target->servers.n; i++) {
        *ret = try_server(target, target->servers.v[i], why);
    }
}

// ---- publishing ----

static int add_properties(mosquitto_property **ret, const struct message *message)
{
    int r = mosquitto_property_add_string(ret, MQTT_PROP_CONTENT_TYPE, message->content_type);
    r = r ? r : mosquitto_property_add_byte(ret, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, 1); // UTF-8
    r = r ? r
          : mosquitto_property_add_string_pair(ret, MQTT_PROP_USER_PROPERTY, "webhook-id",
                                               message->id);
    for (size_t i = 0; r == MOSQ_ERR_SUCCESS && i < message->headers.n; i++) {
        r = mosquitto_property_add_string_pair(
            ret, MQTT_PROP_USER_PROPERTY, message->headers.v[i].name, message->headers.v[i].value);
    }
    return r;
}

static int send_message(struct connection *connection, struct broker_job *job)
{
    const struct message *message = &job->message;
    mosquitto_property *properties = NULL;
    int id = 0;
    int r = add_properties(&properties, message);
    if (r == MOSQ_ERR_SUCCESS) {
        r = mosquitto_publish_v5(connection->mosquitto, &id, message->address,
                                 (int)message->body.len, message->body.data, QOS, message->retain,
                                 properties);
    }
    mosquitto_property_free_all(&properties);
    job->tag = (unsigned)id;
    return r;
}

static int64_t send_all(struct connection *connection)
{
    int64_t longest_ms = 0;
    for (size_t i = 0; i < connection->n; i++) {
        struct broker_job *job = connection->jobs[i];
        int r = job->is_answered ? MOSQ_ERR_SUCCESS : send_message(connection, job);
        if (r != MOSQ_ERR_SUCCESS && error_of(r) != MESSAGE_CONNECTION_RESET) {
            broker_answer(job, error_of(r), mosquitto_strerror(r));
        }
        connection->open += !job->is_answered;
        if (job->message.timeout_ms > longest_ms) {
            longest_ms = job->message.timeout_ms;
        }
    }
    return longest_ms;
}

static bool publish(void *opaque, struct broker_job *const *jobs, size_t n,
                    struct message_answer *why)
{
    struct connection *connection = opaque;
    connection->jobs = jobs;
    connection->n = n;
    connection->open = 0;
    int64_t longest_ms = send_all(connection);
    int64_t until_ms = clock_mono_ms(&clock_system) + longest_ms;
    int64_t left_ms = longest_ms;
    bool is_connected = true;
    while (connection->open > 0 && left_ms > 0 && is_connected) {
        is_connected = step(connection, left_ms, why);
        left_ms = until_ms - clock_mono_ms(&clock_system);
    }
    bool is_done = connection->open == 0;
    for (size_t i = 0; is_connected && i < n; i++) {
        broker_answer(jobs[i], MESSAGE_TIMEOUT_TOTAL, NULL);
    }
    connection->n = 0;
    // An acknowledgement that comes too late must not be taken for that of a later message.
    return is_connected && is_done;
}

const struct broker_protocol_ops broker_mqtt = {
    .open = open_connection,
    .close = close_connection,
    .publish = publish,
};
