#include "tests/unit/sinks/support.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/expr/expr.h"
#include "bridge/model/json.h"

struct event support_event(const char *data)
{
    struct event event = { .id = "evt_01J9Z8ABCDEFGHJKMNPQRSTVWX",
                           .previous_id = "evt_01J9Z80000000000000000000",
                           .sequence = 7,
                           .at_ms = INT64_C(1767225600123) };
    event.type = strdup("item.updated");
    event.source = strdup("orders");
    AUTO_JSON struct json_object *tree = NULL;
    assert_int_equal(json_read(&tree, data ? data : "null", data ? strlen(data) : 4, NULL, NULL),
                     0);
    assert_int_equal(event_encode(&event, tree), 0);
    return event;
}

struct expr *support_expr(const char *text)
{
    struct expr *expr = NULL;
    assert_int_equal(expr_new(&expr, text, NULL), 0);
    return expr;
}

struct sink_webhook_settings support_webhook(void)
{
    struct sink_webhook_settings webhook = {
        .url = strdup("https://ops.example.com/hooks?token=1"),
        .content_type = strdup("application/json"),
        .outgoing = { .timeout_ms = 15000, .connect_timeout_ms = 5000, .allow_private = true },
    };
    support_set_secret(&webhook, 0, SECRET_STANDARD);
    return webhook;
}

void support_webhook_deinit(struct sink_webhook_settings *webhook)
{
    option_table_deinit(sink_webhook.options, webhook);
}

void support_set_secret(struct sink_webhook_settings *webhook, size_t i, const char *text)
{
    secret_deinit(&webhook->keys.secrets[i]);
    assert_int_equal(secret_init(&webhook->keys.secrets[i], text, strlen(text)), 0);
}

void support_add_header(struct sink_webhook_settings *webhook, const char *name,
                        const char *template)
{
    struct template_pairs *headers = &webhook->headers;
    headers->v = reallocarray(headers->v, headers->n + 1, sizeof(*headers->v));
    assert_non_null(headers->v);
    struct template_pair *pair = &headers->v[headers->n++];
    pair->name = strdup(name);
    assert_int_equal(template_new(&pair->value, template, NULL), 0);
}

struct encoded support_encode(const struct sink_driver *driver, const void *settings,
                              const struct event *event)
{
    CLEANUP(expr_context_freep) struct expr_context *context = NULL;
    struct encoded encoded = { 0 };
    assert_int_equal(expr_context_new(&context), 0);
    assert_int_equal(driver->encode(settings, context, event, &encoded), 0);
    return encoded;
}

struct delivery support_delivery(const struct event *event, struct encoded *take)
{
    struct delivery delivery = { .sink = strdup("ops"),
                                 .event_type = strdup(event->type),
                                 .source = strdup(event->source),
                                 .sequence = event->sequence,
                                 .encoded = *take };
    *take = (struct encoded){ 0 };
    memcpy(delivery.event_id, event->id, sizeof(delivery.event_id));
    if (!delivery.encoded.own_body) {
        assert_int_equal(bytes_dup(&delivery.encoded.body, event->body.data, event->body.len), 0);
    }
    return delivery;
}
