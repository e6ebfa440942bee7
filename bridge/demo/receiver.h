#pragma once
// The demo's subscriber: takes webhooks and checks each as a careful receiver must (Standard
// Webhooks 1.0.0: signature over "id.timestamp.body", constant time, five minutes of tolerance).
// It knows nothing of the sender's code. Loop thread.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"

struct event_base;
struct receiver;

struct webhook {      // borrowed for the call
    const char *id;   // NULL when the header is missing
    const char *type; // webhook-event-type; may be NULL
    const char *body;
    size_t len;
    const char *fault; // what is wrong with it; NULL: verified
};
typedef void (*receiver_fn)(const struct webhook *webhook, void *userdata);

// `secret` is "whsec_" and base64.
int receiver_new(struct receiver **ret, struct event_base *base, const char *secret,
                 receiver_fn on_webhook, void *userdata) MUST_CHECK;
struct receiver *receiver_free(struct receiver *receiver); // accepts NULL
DEFINE_CLEANUP(receiver)

const char *receiver_url(const struct receiver *receiver); // borrowed
