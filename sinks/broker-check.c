// Rules between the options of a broker's sink, and which texts can be published to.

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/expr/expr.h"
#include "bridge/spi/outgoing.h"
#include "sinks/broker-inside.h"
#include "sinks/broker.h"
#include "sinks/data-forms.h"

#define ADDRESS_MAX 1024 // bytes; brokers differ in where they give up

const char *sink_nats_refuse_subject(const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || len > ADDRESS_MAX) {
        return "a subject has from 1 to 1024 bytes";
    }
    for (const char *c = text; *c; c++) {
        if (isspace((unsigned char)*c) || iscntrl((unsigned char)*c) || strchr("*>", *c)) {
            return "a subject has no white space, no \"*\" and no \">\"";
        }
    }
    return text[0] == '.' || text[len - 1] == '.' || strstr(text, "..")
               ? "no part of a subject, between its dots, is empty"
               : NULL;
}

const char *sink_mqtt_refuse_topic(const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || len > ADDRESS_MAX) {
        return "a topic has from 1 to 1024 bytes";
    }
    return strpbrk(text, "+#") ? "a topic to publish to has no \"+\" and no \"#\"" : NULL;
}

// scheme://HOST[:PORT], nothing else: what leads in stands in keys of its own.
static bool is_server(const char *url, const char *const schemes[])
{
    const char *host = NULL;
    for (size_t i = 0; schemes[i] && !host; i++) {
        host = str_starts(url, schemes[i]) ? url + strlen(schemes[i]) : NULL;
    }
    if (!host || strpbrk(host, "/@?# \t")) {
        return false;
    }
    const char *end = *host == '[' ? strchr(host, ']') : NULL;
    const char *colon = strrchr(end ? end : host, ':');
    size_t len = end ? (size_t)(end + 1 - host) : colon ? (size_t)(colon - host) : strlen(host);
    uint64_t port = 1;
    return len > 0 && len < 254 && (!end || host[len] == ':' || host[len] == '\0') &&
           (!colon || (str_to_u64(colon + 1, &port) && port >= 1 && port <= 65535));
}

// The text is never repeated: it may hold a password.
static int check_servers(const struct string_list *servers, const char *const schemes[],
                         struct problem **reterr)
{
    bool good = servers->n > 0;
    for (size_t i = 0; good && i < servers->n; i++) {
        good = is_server(servers->v[i], schemes);
    }
    return good ? 0
                : problem_set(
                      reterr, -EINVAL, "bad_url",
                      "every one of \"servers\" must be %sHOST:PORT or %sHOST:PORT; user and "
                      "password have keys of their own",
                      schemes[0], schemes[1]);
}

static int check_credentials(const struct broker_target *target, const char **ret_key,
                             struct problem **reterr)
{
    int ways =
        (target->username != NULL) + (target->token.len > 0) + (target->credentials_file != NULL);
    if (ways > 1) {
        *ret_key = target->token.len > 0 ? "token" : "credentials_file";
        return problem_set(reterr, -EINVAL, "conflict",
                           "\"username\", \"token\" and \"credentials_file\" exclude each other; "
                           "keep one of them");
    }
    *ret_key = "password";
    return target->password.len > 0 && !target->username
               ? problem_set(reterr, -EINVAL, "missing_key",
                             "\"password\" has no \"username\" beside it; add it")
               : 0;
}

static int check_headers(const struct template_pairs *headers, struct problem **reterr)
{
    static const char *const own[] = { BROKER_ADDRESS_FIELD, "content-type", "nats-msg-id",
                                       "webhook-id", "webhook-event-type" };
    for (size_t i = 0; i < headers->n; i++) {
        for (size_t j = 0; j < ARRAY_LEN(own); j++) {
            if (str_eq_nocase(headers->v[i].name, own[j])) {
                return problem_set(reterr, -EINVAL, "refused_header",
                                   "the header field \"%s\" is set by pollbridge itself; remove it "
                                   "here",
                                   headers->v[i].name);
            }
        }
    }
    return 0;
}

static int check_shape(const struct sink_broker_settings *broker, const char **ret_key,
                       struct problem **reterr)
{
    *ret_key = "format";
    if (broker->body && broker->format != SINK_BROKER_STANDARD) {
        return problem_set(reterr, -EINVAL, "conflict",
                           "\"format\" and \"body\" exclude each other; remove one of them");
    }
    if (broker->format == SINK_BROKER_RAW && broker->data.n > 0) {
        return problem_set(reterr, -EINVAL, "conflict",
                           "format: raw publishes data.after alone; remove \"data\"");
    }
    *ret_key = "data";
    int r = data_forms_check(&broker->data, reterr);
    if (r == 0) {
        *ret_key = "headers";
        r = check_headers(&broker->headers, reterr);
    }
    return r;
}

static int check_address(const struct template *address, const char *key,
                         const char *(*refuse)(const char *text), struct problem **reterr)
{
    const char *refusal = template_is_plain(address) ? refuse(template_text(address)) : NULL;
    return refusal
               ? problem_set(reterr, -EINVAL, "bad_text", "\"%s\" cannot be used: %s", key, refusal)
               : 0;
}

static int check(const struct sink_broker_settings *broker, const char *const schemes[],
                 const char **ret_key, struct problem **reterr)
{
    *ret_key = "servers";
    int r = check_servers(&broker->target.servers, schemes, reterr);
    r = r ? r : check_credentials(&broker->target, ret_key, reterr);
    r = r ? r : outgoing_check_tls(&broker->target.tls, ret_key, reterr);
    return r ? r : check_shape(broker, ret_key, reterr);
}

// A build without the library knows the sink, so that it can say this.
static int check_is_built(bool is_built, const char *name, const char **ret_key,
                          struct problem **reterr)
{
    *ret_key = "type";
    return is_built ? 0
                    : problem_set(reterr, -EINVAL, "not_built",
                                  "this pollbridge is built without the sink \"%s\"; build it with "
                                  "meson's option -D%s=enabled",
                                  name, name);
}

#ifdef POLLBRIDGE_NATS
static const bool has_nats = true;
#else
static const bool has_nats = false;
#endif
#ifdef POLLBRIDGE_MQTT
static const bool has_mqtt = true;
#else
static const bool has_mqtt = false;
#endif

int sink_nats_check(const void *settings, const char **ret_key, struct problem **reterr)
{
    static const char *const schemes[] = { "nats://", "tls://", NULL };
    const struct sink_broker_settings *broker = settings;
    int r = check_is_built(has_nats, "nats", ret_key, reterr);
    r = r ? r : check(broker, schemes, ret_key, reterr);
    if (r == 0) {
        *ret_key = "subject";
        r = check_address(broker->address, "subject", sink_nats_refuse_subject, reterr);
    }
    return r;
}

int sink_mqtt_check(const void *settings, const char **ret_key, struct problem **reterr)
{
    static const char *const schemes[] = { "mqtt://", "mqtts://", NULL };
    const struct sink_broker_settings *broker = settings;
    int r = check_is_built(has_mqtt, "mqtt", ret_key, reterr);
    r = r ? r : check(broker, schemes, ret_key, reterr);
    if (r == 0 && broker->target.tls.server_name) {
        *ret_key = "tls";
        return problem_set(reterr, -EINVAL, "conflict",
                           "MQTT checks the certificate against the host of \"servers\"; remove "
                           "\"server_name\"");
    }
    if (r == 0) {
        *ret_key = "topic";
        r = check_address(broker->address, "topic", sink_mqtt_refuse_topic, reterr);
    }
    return r;
}
