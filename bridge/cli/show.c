#include "bridge/cli/show.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "bridge/base/buf.h"
#include "bridge/base/secret.h"
#include "bridge/model/delivery.h"
#include "bridge/model/event.h"

#define SHOWN_BODY_BYTES 2000

void show(const char *format, ...)
{
    AUTO_FREE char *plain = NULL;
    AUTO_BUF struct buf text = { 0 };
    va_list arguments;

    va_start(arguments, format);
    int len = vasprintf(&plain, format, arguments);
    va_end(arguments);
    if (len < 0) {
        plain = NULL; // asprintf leaves it undefined
    }
    if (!plain || buf_append(&text, plain, (size_t)len) != 0) {
        (void)fputs("(out of memory)\n", stdout);
        return;
    }
    secret_redact(&text, 0);
    (void)fwrite(buf_str(&text), 1, text.len, stdout);
}

// Struck out before it is cut: half a secret is one too.
void show_body(const struct bytes *body)
{
    AUTO_BUF struct buf text = { 0 };

    if (body->len > 0 && buf_append(&text, body->data, body->len) != 0) {
        show("\n(%zu bytes, too many to show)\n\n", body->len);
        return;
    }
    secret_redact(&text, 0);
    size_t shown = text.len < SHOWN_BODY_BYTES ? text.len : SHOWN_BODY_BYTES;
    show("\n%.*s%s\n\n", (int)shown, buf_str(&text), shown < text.len ? "…" : "");
}

void show_events(const struct event_list *events)
{
    for (size_t i = 0; events && i < events->n; i++) {
        show("%s%s%s\n%.*s\n\n", events->v[i].type, events->v[i].key ? " " : "",
             events->v[i].key ? events->v[i].key : "", (int)events->v[i].body.len,
             events->v[i].body.data);
    }
}

void show_deliveries(const struct delivery_list *deliveries)
{
    for (size_t i = 0; i < deliveries->n; i++) {
        const struct delivery *delivery = &deliveries->v[i];
        show("to sink %s: %s %s%s%s\n", delivery->sink, delivery->event_type, delivery->event_id,
             delivery->encoded.error ? ": template failed: " : "",
             delivery->encoded.error ? delivery->encoded.error : "");
    }
}
