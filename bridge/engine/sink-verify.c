#include "bridge/engine/sink-verify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <json-c/json.h>

#include "bridge/base/clock.h"
#include "bridge/base/encode.h"
#include "bridge/base/str.h"
#include "bridge/engine/sink-change.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"
#include "bridge/net/http.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/sink.h"

#define UNDER_WAY_MAX   16
#define CHALLENGE_BYTES 24
#define ORIGIN_SIZE     256

struct verify {
    struct verify *next;
    struct sink_verifies *owner;
    struct settings *settings; // a reference: the request borrows from it
    enum sink_handshake handshake;
    struct http_request request;
    struct http_transfer *transfer;
    char origin[ORIGIN_SIZE];
    char challenge[2 * CHALLENGE_BYTES + 1];
    sink_verify_fn done;
    void *userdata;
};

struct sink_verifies {
    struct sink_verifies_parts parts;
    struct verify *first;
    size_t n;
};

static void verify_free(struct verify *verify)
{
    http_request_deinit(&verify->request);
    (void)settings_unref(verify->settings);
    free(verify);
}

static void take_off(struct verify *verify)
{
    for (struct verify **at = &verify->owner->first; *at; at = &(*at)->next) {
        if (*at == verify) {
            *at = verify->next;
            break;
        }
    }
    verify->owner->n--;
}

// ---- what is answered ----

// Why the answer is no; NULL: it is yes.
static const char *judge_cloudevents(const struct verify *verify,
                                     const struct http_response *response, int64_t *ret_rate)
{
    const char *origin = headers_get(&response->headers, "WebHook-Allowed-Origin");
    const char *rate = headers_get(&response->headers, "WebHook-Allowed-Rate");
    if (!origin || !(str_eq(origin, "*") || str_eq_nocase(origin, verify->origin))) {
        return "its answer to OPTIONS does not allow us (WebHook-Allowed-Origin)";
    }
    if (rate && !str_eq(rate, "*") && (!str_to_i64(rate, ret_rate) || *ret_rate < 1)) {
        return "its WebHook-Allowed-Rate is no number of requests a minute";
    }
    return NULL;
}

static bool repeats(const struct verify *verify, const struct bytes *body)
{
    AUTO_JSON struct json_object *value = NULL;
    struct json_object *challenge = NULL;
    if (body->len == strlen(verify->challenge) &&
        memcmp(body->data, verify->challenge, body->len) == 0) {
        return true;
    }
    return json_read(&value, body->data, body->len, NULL, NULL) == 0 &&
           json_object_is_type(value, json_type_object) &&
           json_object_object_get_ex(value, "challenge", &challenge) &&
           str_eq(json_object_get_string(challenge), verify->challenge);
}

static const char *judge(const struct verify *verify, const struct http_response *response,
                         int64_t *ret_rate)
{
    if (response->error != HTTP_NO_ERROR) {
        return response->error_text ? response->error_text : http_error_code(response->error);
    }
    if (response->status / 100 != 2) {
        return "it does not answer 2xx";
    }
    if (verify->handshake == SINK_HANDSHAKE_CLOUDEVENTS) {
        return judge_cloudevents(verify, response, ret_rate);
    }
    return repeats(verify, &response->body) ? NULL : "it does not repeat the challenge";
}

static void on_answer(struct http_response *response, void *userdata)
{
    struct verify *verify = userdata;
    int64_t rate = 0;
    const char *why = judge(verify, response, &rate);
    if (verify->owner) { // else the client ends
        take_off(verify);
    }
    verify->done(why, rate, verify->userdata);
    verify_free(verify);
}

// ---- what is asked ----

static int write_challenge(struct verify *verify, struct bytes *ret)
{
    unsigned char random[CHALLENGE_BYTES];
    AUTO_BUF struct buf text = { 0 };
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
        return -EIO;
    }
    hex_encode(random, sizeof(random), verify->challenge);
    int r =
        buf_printf(&text, "{\"type\":\"sink.challenge\",\"challenge\":\"%s\"}", verify->challenge);
    if (r == 0) {
        *ret = buf_take(&text);
    }
    return r;
}

// As the driver makes and signs it, so that the target, its time-outs and its policy are those of
// later deliveries.
static int build(struct verify *verify, const struct sink_settings *sink, int64_t now_ms)
{
    CLEANUP(delivery_deinit) struct delivery delivery = { 0 };
    delivery.event_type = strdup("sink.challenge");
    event_id_derive(delivery.event_id, "pollbridge", sink->name, now_ms, "sink.challenge", NULL);
    int r = delivery.event_type ? write_challenge(verify, &delivery.encoded.body) : -ENOMEM;
    return r ? r
             : sink->driver->send_http(sink->driver_settings, &delivery, now_ms, &verify->request);
}

static int make_options(struct verify *verify)
{
    struct http_request *request = &verify->request;
    if (gethostname(verify->origin, sizeof(verify->origin) - 1) != 0) {
        (void)snprintf(verify->origin, sizeof(verify->origin), "pollbridge");
    }
    free(request->method);
    request->method = strdup("OPTIONS");
    bytes_deinit(&request->body);
    headers_deinit(&request->headers);
    int r = request->method ? 0 : -ENOMEM;
    return r ? r : headers_add(&request->headers, "WebHook-Request-Origin", verify->origin);
}

int sink_verifies_new(struct sink_verifies **ret, const struct sink_verifies_parts *parts)
{
    struct sink_verifies *verifies = calloc(1, sizeof(*verifies));
    if (!verifies) {
        return -ENOMEM;
    }
    verifies->parts = *parts;
    *ret = verifies;
    return 0;
}

struct sink_verifies *sink_verifies_free(struct sink_verifies *verifies)
{
    while (verifies && verifies->first) {
        struct verify *verify = verifies->first;
        take_off(verify);
        http_cancel(verify->transfer);
        verify->done("the daemon stops", 0, verify->userdata);
        verify_free(verify);
    }
    free(verifies);
    return NULL;
}

static int start(struct verify *verify)
{
    const struct sink_settings *sink = &verify->settings->sinks[0];
    int r = build(verify, sink, clock_wall_ms(verify->owner->parts.clock));
    if (r == 0 && verify->handshake == SINK_HANDSHAKE_CLOUDEVENTS) {
        r = make_options(verify);
    }
    return r ? r
             : http_start(verify->owner->parts.http, &verify->request, on_answer, verify,
                          &verify->transfer);
}

int sink_verifies_start(struct sink_verifies *verifies, const struct sink_change *change,
                        enum sink_handshake handshake, sink_verify_fn done, void *userdata)
{
    if (verifies->n == UNDER_WAY_MAX) {
        return -EAGAIN;
    }
    struct verify *verify = calloc(1, sizeof(*verify));
    if (!verify) {
        return -ENOMEM;
    }
    verify->owner = verifies;
    verify->settings = settings_ref(change->settings);
    verify->handshake = handshake;
    verify->done = done;
    verify->userdata = userdata;
    int r = start(verify);
    if (r != 0) {
        verify_free(verify);
        return r < 0 ? r : -EINVAL;
    }
    verify->next = verifies->first;
    verifies->first = verify;
    verifies->n++;
    return 0;
}
