#include "bridge/cli/show.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/secret.h"
#include "bridge/base/str.h"
#include "bridge/base/units.h"
#include "bridge/cli/document-text.h"
#include "bridge/model/delivery.h"
#include "bridge/model/event.h"

#define SHOWN_BODY_BYTES 1000
#define SHOWN_EVENTS     10 // in full

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

    if (body->len == 0) {
        show("\n");
        return;
    }
    if (buf_append(&text, body->data, body->len) != 0) {
        show("\n(%zu bytes, too many to show)\n\n", body->len);
        return;
    }
    secret_redact(&text, 0);
    size_t shown = str_cut(buf_str(&text), text.len, SHOWN_BODY_BYTES);
    show("\n%.*s", (int)shown, buf_str(&text));
    if (shown < text.len) {
        show("… (%zu more bytes)", text.len - shown);
    }
    show("\n\n");
}

void show_wait(int64_t wait_ms)
{
    char words[32] = "";
    int64_t ms = wait_ms > 0 ? wait_ms : 0;

    duration_format(ms < 1000 ? ms : (ms + 500) / 1000 * 1000, words, sizeof(words));
    show("%s", words);
}

// ---- events ----

static int note_delivery(struct json_object *noted, const struct delivery *delivery)
{
    const char *before = json_object_get_string(json_object_object_get(noted, delivery->event_id));
    const char *error = delivery->encoded.error;
    AUTO_FREE char *words =
        str_printf("%s%s%s%s%s", before ? before : "to sink ", before ? ", " : "", delivery->sink,
                   error ? ", template failed: " : "", error ? error : "");
    struct json_object *text = words ? json_object_new_string(words) : NULL;

    if (!text || json_object_object_add(noted, delivery->event_id, text) != 0) {
        (void)json_object_put(text);
        return -ENOMEM;
    }
    return 0;
}

int show_note_deliveries(struct json_object **ret, const struct delivery_list *deliveries)
{
    int r = 0;

    *ret = *ret ? *ret : json_object_new_object();
    for (size_t i = 0; *ret && r == 0 && i < deliveries->n; i++) {
        r = note_delivery(*ret, &deliveries->v[i]);
    }
    return *ret ? r : -ENOMEM;
}

static void show_event(const struct event *event, struct json_object *noted, bool in_full)
{
    AUTO_BUF struct buf text = { 0 };
    const char *words =
        noted ? json_object_get_string(json_object_object_get(noted, event->id)) : NULL;

    show("%s%s%s %s %s\n", event->type, event->key ? " " : "", event->key ? event->key : "",
         event->id, words ? words : "to no sink");
    if (in_full && document_text(&event->body, &text) == 0) {
        show("%s\n", buf_str(&text));
    }
}

void show_events(const struct event_list *events, struct json_object *noted)
{
    size_t n = events ? events->n : 0;

    show("  %zu event%s would be told\n\n", n, n == 1 ? "" : "s");
    for (size_t i = 0; i < n; i++) {
        show_event(&events->v[i], noted, i < SHOWN_EVENTS);
    }
}
