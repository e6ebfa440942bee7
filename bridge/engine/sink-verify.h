#pragma once
// Asks a target whether it wants to be a sink, before anything is sent to it: the OPTIONS handshake
// of CloudEvents' webhooks, or a signed challenge that is to be answered. Loop thread only.

#include "bridge/base/cleanup.h"
#include "bridge/spi/sink-admin.h"

struct clock;
struct http_client;
struct sink_change;
struct sink_verifies;

struct sink_verifies_parts { // borrowed
    const struct clock *clock;
    struct http_client *http;
};

int sink_verifies_new(struct sink_verifies **ret,
                      const struct sink_verifies_parts *parts) MUST_CHECK;
// Those under way end without a word. Accepts NULL.
struct sink_verifies *sink_verifies_free(struct sink_verifies *verifies);

// As sink_admin.verify; the change is borrowed until `done`.
int sink_verifies_start(struct sink_verifies *verifies, const struct sink_change *change,
                        enum sink_handshake handshake, sink_verify_fn done,
                        void *userdata) MUST_CHECK;
