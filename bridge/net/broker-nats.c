// NATS JetStream by the library nats.c. A message is published with a subject to answer to; the
// stream that keeps it answers there ({"stream":"…","seq":7}), and nobody else does. The library
// calls back on threads of its own: what it brings crosses over by a mailbox.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <nats/nats.h>

#include "bridge/base/clock.h"
#include "bridge/base/str.h"
#include "bridge/model/json.h"
#include "bridge/net/broker-protocol.h"

#define ACKS_MAX         4096
#define SERVERS_MAX      32 // of a cluster, to begin with; the library learns of the others
#define SUBJECT_SIZE     128
#define ERR_CODE_TOO_BIG 10054         // "message size exceeds maximum allowed"
#define ID_FIELD         "Nats-Msg-Id" // a stream keeps a message of one id once
#define CONTENT_TYPE     "Content-Type"

struct ack {
    struct mailbox_node node; // first
    natsMsg *message;
};

struct connection {
    natsConnection *nats;
    natsSubscription *subscription;
    natsInbox *inbox;
    struct mailbox *acks;
    struct mailbox_node ended; // the subscription calls back no more
    unsigned next_tag;
};

// ---- on the library's threads ----

static void on_ack(natsConnection *nats, natsSubscription *subscription, natsMsg *message,
                   void *closure)
{
    struct connection *connection = closure;
    struct ack *ack = calloc(1, sizeof(*ack));
    (void)nats;
    (void)subscription;
    if (ack) {
        ack->message = message;
    }
    if (!ack || !mailbox_try_put(connection->acks, &ack->node)) {
        natsMsg_Destroy(message); // as if it had been lost: the message is published again
        free(ack);
    }
}

static void on_ended(void *closure)
{
    struct connection *connection = closure;
    mailbox_put_wait(connection->acks, &connection->ended);
}

// Without one the library writes to standard error. natsConnection_GetLastError tells the same.
static void on_error(natsConnection *nats, natsSubscription *subscription, natsStatus status,
                     void *closure)
{
    (void)nats;
    (void)subscription;
    (void)status;
    (void)closure;
}

// ---- opening ----

static enum message_error error_of(natsStatus status)
{
    switch ((int)status) { // of the library's many, those that tell something
    case NATS_NO_SERVER: return MESSAGE_CONNECTION_REFUSED;
    case NATS_TIMEOUT: return MESSAGE_TIMEOUT_CONNECT;
    case NATS_ADDRESS_MISSING: return MESSAGE_DNS_ERROR;
    case NATS_SSL_ERROR:
    case NATS_SECURE_CONNECTION_REQUIRED:
    case NATS_SECURE_CONNECTION_WANTED: return MESSAGE_TLS_ERROR;
    case NATS_CONNECTION_AUTH_FAILED:
    case NATS_NOT_PERMITTED: return MESSAGE_NOT_ALLOWED;
    case NATS_MAX_PAYLOAD: return MESSAGE_TOO_LARGE;
    case NATS_CONNECTION_CLOSED:
    case NATS_CONNECTION_DISCONNECTED:
    case NATS_IO_ERROR:
    case NATS_STALE_CONNECTION: return MESSAGE_CONNECTION_RESET;
    default: return MESSAGE_REFUSED;
    }
}

static bool wants_tls(const struct broker_target *target)
{
    const struct tls_settings *tls = &target->tls;
    bool secure = tls->ca_file || tls->cert_file || tls->server_name || tls->insecure_skip_verify;
    for (size_t i = 0; i < target->servers.n; i++) {
        secure = secure || str_starts(target->servers.v[i], "tls://");
    }
    return secure;
}

static natsStatus set_tls(natsOptions *options, const struct tls_settings *tls)
{
    natsStatus s = natsOptions_SetSecure(options, true);
    if (s == NATS_OK && tls->ca_file) {
        s = natsOptions_LoadCATrustedCertificates(options, tls->ca_file);
    }
    if (s == NATS_OK && tls->cert_file) {
        s = natsOptions_LoadCertificatesChain(options, tls->cert_file,
                                              tls->key_file ? tls->key_file : tls->cert_file);
    }
    if (s == NATS_OK && tls->server_name) {
        s = natsOptions_SetExpectedHostname(options, tls->server_name);
    }
    if (s == NATS_OK && tls->insecure_skip_verify) {
        s = natsOptions_SkipServerVerification(options, true);
    }
    return s;
}

static natsStatus set_credentials(natsOptions *options, const struct broker_target *target)
{
    natsStatus s = NATS_OK;
    if (target->username) {
        s = natsOptions_SetUserInfo(options, target->username,
                                    target->password.data ? target->password.data : "");
    }
    if (s == NATS_OK && target->token.data) {
        s = natsOptions_SetToken(options, target->token.data);
    }
    if (s == NATS_OK && target->credentials_file) {
        s = natsOptions_SetUserCredentialsFromFiles(options, target->credentials_file, NULL);
    }
    return s;
}

static natsStatus set_options(natsOptions *options, const struct broker_target *target)
{
    const char *servers[SERVERS_MAX];
    size_t n = target->servers.n < SERVERS_MAX ? target->servers.n : SERVERS_MAX;
    for (size_t i = 0; i < n; i++) {
        servers[i] = target->servers.v[i];
    }
    natsStatus s = natsOptions_SetServers(options, servers, (int)n);
    s = s ? s : natsOptions_SetTimeout(options, target->connect_timeout_ms);
    s = s ? s : natsOptions_SetName(options, target->client_id);
    // Who waits for an acknowledgement wants to know that the connection is gone, not to wait on.
    s = s ? s : natsOptions_SetAllowReconnect(options, false);
    s = s ? s : natsOptions_SetErrorHandler(options, on_error, NULL);
    s = s ? s : set_credentials(options, target);
    return s || !wants_tls(target) ? s : set_tls(options, &target->tls);
}

static natsStatus subscribe(struct connection *connection)
{
    char subject[SUBJECT_SIZE];
    natsStatus s = natsInbox_Create(&connection->inbox);
    if (s == NATS_OK) {
        (void)snprintf(subject, sizeof(subject), "%s.*", connection->inbox);
        s = natsConnection_Subscribe(&connection->subscription, connection->nats, subject, on_ack,
                                     connection);
    }
    return s ? s : natsSubscription_SetOnCompleteCB(connection->subscription, on_ended, connection);
}

static natsStatus connect(struct connection *connection, const struct broker_target *target)
{
    natsOptions *options = NULL;
    natsStatus s = natsOptions_Create(&options);
    s = s ? s : set_options(options, target);
    s = s ? s : natsConnection_Connect(&connection->nats, options);
    natsOptions_Destroy(options);
    return s ? s : subscribe(connection);
}

static void drop_acks(struct mailbox_node *node)
{
    while (node) {
        struct ack *ack = (struct ack *)(void *)node;
        node = node->next;
        natsMsg_Destroy(ack->message);
        free(ack);
    }
}

// Waits until the library has called back for the last time.
static void wait_until_ended(struct connection *connection)
{
    bool ended = false;
    while (!ended) {
        struct mailbox_node *node = mailbox_take_all_wait(connection->acks, -1);
        for (struct mailbox_node *next; node; node = next) {
            next = node->next;
            node->next = NULL;
            if (node == &connection->ended) {
                ended = true;
            } else {
                drop_acks(node);
            }
        }
    }
}

static void close_connection(void *opaque)
{
    struct connection *connection = opaque;
    if (connection->nats) {
        natsConnection_Close(connection->nats);
    }
    if (connection->subscription) {
        wait_until_ended(connection);
        natsSubscription_Destroy(connection->subscription);
    }
    natsConnection_Destroy(connection->nats);
    natsInbox_Destroy(connection->inbox);
    (void)mailbox_free(connection->acks);
    free(connection);
}

static void open_connection(void **ret, const struct broker_target *target,
                            struct message_answer *why)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    if (!connection || mailbox_new(&connection->acks, ACKS_MAX) < 0) {
        free(connection);
        broker_refuse(why, MESSAGE_REFUSED, strerror(ENOMEM));
        return;
    }
    natsStatus s = connect(connection, target);
    if (s != NATS_OK) {
        broker_refuse(why, error_of(s), natsStatus_GetText(s));
        close_connection(connection);
        return;
    }
    *ret = connection;
}

// ---- publishing ----

static natsStatus add_fields(natsMsg *nats, const struct message *message)
{
    natsStatus s = natsMsgHeader_Set(nats, ID_FIELD, message->id);
    s = s ? s : natsMsgHeader_Set(nats, CONTENT_TYPE, message->content_type);
    for (size_t i = 0; s == NATS_OK && i < message->headers.n; i++) {
        s = natsMsgHeader_Set(nats, message->headers.v[i].name, message->headers.v[i].value);
    }
    return s;
}

static natsStatus send_message(struct connection *connection, struct broker_job *job)
{
    char reply[SUBJECT_SIZE];
    natsMsg *nats = NULL;
    const struct message *message = &job->message;
    job->tag = connection->next_tag++;
    (void)snprintf(reply, sizeof(reply), "%s.%u", connection->inbox, job->tag);
    natsStatus s =
        natsMsg_Create(&nats, message->address, reply, message->body.data, (int)message->body.len);
    s = s ? s : add_fields(nats, message);
    s = s ? s : natsConnection_PublishMsg(connection->nats, nats);
    natsMsg_Destroy(nats);
    return s;
}

static const char *text_member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    return json_object_object_get_ex(object, name, &value) &&
                   json_object_is_type(value, json_type_string)
               ? json_object_get_string(value)
               : NULL;
}

static void refuse(struct broker_job *job, struct json_object *error)
{
    struct json_object *code = NULL;
    bool too_big = json_object_object_get_ex(error, "err_code", &code) &&
                   json_object_is_type(code, json_type_int) &&
                   json_object_get_int64(code) == ERR_CODE_TOO_BIG;
    broker_answer(job, too_big ? MESSAGE_TOO_LARGE : MESSAGE_REFUSED,
                  text_member(error, "description"));
}

static void read_ack(struct broker_job *job, natsMsg *ack)
{
    struct json_object AUTO_JSON *value = NULL;
    struct json_object *error = NULL;
    if (natsMsg_IsNoResponders(ack)) {
        broker_answer(job, MESSAGE_NO_STREAM, "no stream keeps messages of this subject");
        return;
    }
    int r = json_read(&value, natsMsg_GetData(ack), (size_t)natsMsg_GetDataLength(ack), NULL, NULL);
    if (r == 0 && json_object_object_get_ex(value, "error", &error)) {
        refuse(job, error);
    } else if (r == 0 && text_member(value, "stream")) {
        broker_answer(job, MESSAGE_NO_ERROR, NULL);
    } else {
        broker_answer(job, MESSAGE_REFUSED,
                      "something that is no stream answered; the subject has another subscriber");
    }
}

// The job an acknowledgement is for; NULL when it comes too late.
static struct broker_job *job_of(struct broker_job *const *jobs, size_t n, natsMsg *ack)
{
    const char *dot = strrchr(natsMsg_GetSubject(ack), '.');
    uint64_t tag = 0;
    if (!dot || !str_to_u64(dot + 1, &tag)) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (jobs[i]->tag == tag) {
            return jobs[i];
        }
    }
    return NULL;
}

static size_t take_acks(struct connection *connection, struct broker_job *const *jobs, size_t n,
                        int wait_ms)
{
    size_t answered = 0;
    struct mailbox_node *node = mailbox_take_all_wait(connection->acks, wait_ms);
    for (struct mailbox_node *next; node; node = next) {
        struct ack *ack = (struct ack *)(void *)node;
        next = node->next;
        node->next = NULL;
        if (node == &connection->ended) { // it stays in the mailbox for who closes
            mailbox_put_wait(connection->acks, node);
            return n;
        }
        struct broker_job *job = job_of(jobs, n, ack->message);
        if (job && !job->is_answered) {
            read_ack(job, ack->message);
            answered++;
        }
        drop_acks(node);
    }
    return answered;
}

static const char *last_error(struct connection *connection)
{
    const char *text = NULL;
    return natsConnection_GetLastError(connection->nats, &text) != NATS_OK && text ? text : NULL;
}

static bool is_closed(const struct connection *connection)
{
    return natsConnection_IsClosed(connection->nats);
}

static int64_t send_all(struct connection *connection, struct broker_job *const *jobs, size_t n,
                        size_t *ret_open)
{
    int64_t longest_ms = 0;
    for (size_t i = 0; i < n && !is_closed(connection); i++) {
        natsStatus s = jobs[i]->is_answered ? NATS_OK : send_message(connection, jobs[i]);
        if (s == NATS_OK) {
            int64_t timeout_ms = jobs[i]->message.timeout_ms;
            longest_ms = timeout_ms > longest_ms ? timeout_ms : longest_ms;
            *ret_open += !jobs[i]->is_answered;
        } else if (!is_closed(connection)) {
            broker_answer(jobs[i], error_of(s), natsStatus_GetText(s));
        }
    }
    return longest_ms;
}

static bool publish(void *opaque, struct broker_job *const *jobs, size_t n,
                    struct message_answer *why)
{
    struct connection *connection = opaque;
    size_t open = 0;
    int64_t longest_ms = send_all(connection, jobs, n, &open);
    int64_t until_ms = clock_mono_ms(&clock_system) + longest_ms;
    int64_t left_ms = longest_ms;
    while (open > 0 && left_ms > 0 && !is_closed(connection)) {
        size_t answered = take_acks(connection, jobs, n, (int)left_ms);
        open -= answered < open ? answered : open;
        left_ms = until_ms - clock_mono_ms(&clock_system);
    }
    if (is_closed(connection)) {
        broker_refuse(why, MESSAGE_CONNECTION_RESET, last_error(connection));
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        broker_answer(jobs[i], MESSAGE_TIMEOUT_TOTAL, last_error(connection));
    }
    return true;
}

const struct broker_protocol_ops broker_nats = {
    .open = open_connection,
    .close = close_connection,
    .publish = publish,
};
