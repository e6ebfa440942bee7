#pragma once
// Events, templates and secrets made of literals.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bridge/base/cleanup.h"
#include "bridge/model/delivery.h"
#include "bridge/model/event.h"
#include "bridge/model/http.h"
#include "bridge/spi/sink.h"
#include "sinks/webhook.h"

struct expr;

#define SECRET_STANDARD "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define SECRET_OTHER    "whsec_plJ3nmyCDGBKInavdOK15jsl"

// The standard event around `data`, which is JSON text; NULL: without data.
struct event support_event(const char *data);
struct expr *support_expr(const char *text);

// A webhook's settings as the binder would leave them, with SECRET_STANDARD.
struct sink_webhook_settings support_webhook(void);
void support_webhook_deinit(struct sink_webhook_settings *webhook);
void support_set_secret(struct sink_webhook_settings *webhook, size_t i, const char *text);
void support_add_header(struct sink_webhook_settings *webhook, const char *name,
                        const char *template);

// What the driver makes of an event, in a context of its own.
struct encoded support_encode(const struct sink_driver *driver, const void *settings,
                              const struct event *event);
// A delivery as the store gives it: the event's own body where the sink has none.
struct delivery support_delivery(const struct event *event, struct encoded *take);

#define AUTO_EVENT    CLEANUP(event_deinit)
#define AUTO_ENCODED  CLEANUP(encoded_deinit)
#define AUTO_DELIVERY CLEANUP(delivery_deinit)
#define AUTO_REQUEST  CLEANUP(http_request_deinit)
#define AUTO_WEBHOOK  CLEANUP(support_webhook_deinit)
