#include "bridge/cli/document-text.h"

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/secret.h"
#include "bridge/base/str.h"
#include "bridge/model/json.h"

#define LINES_MAX      40
#define LINE_BYTES_MAX 200

static size_t count_lines(const char *text)
{
    size_t n = 0;
    while (*text) {
        text += strcspn(text, "\n");
        text += *text == '\n';
        n++;
    }
    return n;
}

static int append_lines(struct buf *ret, const char *text, struct json_object *value)
{
    int r = 0;
    for (int i = 0; r == 0 && *text && i < LINES_MAX; i++) {
        size_t len = strcspn(text, "\n");
        size_t shown = str_cut(text, len, LINE_BYTES_MAX);
        r = buf_printf(ret, "  %.*s%s\n", (int)shown, text, shown < len ? "…" : "");
        text += len + (text[len] == '\n');
    }
    size_t more = count_lines(text);
    if (r != 0 || more == 0) {
        return r;
    }
    r = buf_printf(ret, "  … %zu more line%s", more, more == 1 ? "" : "s");
    if (r == 0 && json_object_is_type(value, json_type_array)) {
        r = buf_printf(ret, ", %zu items in all", json_object_array_length(value));
    }
    return r ? r : buf_append_char(ret, '\n');
}

int document_text(const struct bytes *document, struct buf *ret)
{
    AUTO_JSON struct json_object *value = NULL;
    AUTO_BUF struct buf text = { 0 };
    const struct json_limits limits = { .depth = JSON_DEPTH_MAX + 8 }; // an event's own levels
    int r = json_read(&value, document->data, document->len, &limits, NULL);
    r = r ? r : json_write_pretty(&text, value);
    if (r != 0) {
        return -ENOMEM; // we wrote it ourselves: it can be read
    }
    secret_redact(&text, 0); // before it is cut: half a secret is one too
    return append_lines(ret, buf_str(&text), value);
}
