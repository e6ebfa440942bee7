#pragma once
// What a kind of sink must provide. Pure: a driver encodes an event once (on a worker, before the
// commit), builds each attempt from the stored bytes, and judges what came back. bridge/net sends.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/model/delivery.h"
#include "bridge/spi/option.h"

struct event;
struct expr_context;
struct http_request;
struct http_response;
struct message;
struct message_answer;
struct problem;

enum sink_transport {
    SINK_HTTP,    // send_http and judge_http are set
    SINK_STREAM,  // send_stream is set: bytes are appended to a file or a standard stream
    SINK_MESSAGE, // send_message and judge_message are set: a broker acknowledges a message
};

enum verdict_kind {
    VERDICT_DELIVERED,
    VERDICT_RETRY, // by the schedule
    VERDICT_REST,  // retry, and the whole sink rests for rest_ms (a floor)
    VERDICT_FINAL, // this delivery failed for good
    VERDICT_GONE,  // 410 or "webhook-delivery: disable": final for now, counts towards disabling
};

struct verdict {
    enum verdict_kind kind;
    int64_t rest_ms;
    const char *error_code; // static text: "http_status", …; NULL when delivered
};

struct sink_stream {
    const char *path; // borrowed from the settings; "-" is standard output
    struct bytes bytes;
};

struct sink_driver {
    const char *name; // the value of `type:`
    const char *doc;
    const struct option_table *options;
    enum sink_transport transport;

    int (*check)(const void *settings, const char **ret_key, struct problem **reterr);

    // What this sink gets of the event. Leaves *ret zeroed to send the standard body. A template
    // that fails is told in ret->error (result 0). -ENOMEM otherwise.
    int (*encode)(const void *settings, struct expr_context *context, const struct event *event,
                  struct encoded *ret);

    // One attempt at `now_ms` (wall). delivery->attempts counts those before it; the body is
    // delivery->encoded.body. `request` is zeroed.
    int (*send_http)(const void *settings, const struct delivery *delivery, int64_t now_ms,
                     struct http_request *request);
    struct verdict (*judge_http)(const void *settings, const struct http_response *response,
                                 int64_t now_ms);

    int (*send_stream)(const void *settings, const struct delivery *delivery,
                       struct sink_stream *ret);

    // `message` is zeroed; it borrows from the settings and the delivery.
    int (*send_message)(const void *settings, const struct delivery *delivery,
                        struct message *message);
    struct verdict (*judge_message)(const struct message_answer *answer);
};
