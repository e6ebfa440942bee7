#include "bridge/store/header-codec.h"

#include <errno.h>
#include <string.h>

#include "bridge/model/http.h"

int header_codec_encode(const struct headers *headers, struct bytes *ret)
{
    AUTO_BUF struct buf buf = { 0 };
    for (size_t i = 0; i < headers->n; i++) {
        const struct header *header = &headers->v[i];
        int r = buf_append(&buf, header->name, strlen(header->name) + 1);
        if (r == 0) {
            r = buf_append(&buf, header->value, strlen(header->value) + 1);
        }
        if (r < 0) {
            return r;
        }
    }
    *ret = buf_take(&buf);
    return 0;
}

// The text at `from`, NULL when no NUL ends it before `end`. Moves `from` behind it.
static const char *next_text(const char **from, const char *end)
{
    const char *text = *from;
    const char *nul = text < end ? memchr(text, '\0', (size_t)(end - text)) : NULL;
    if (!nul) {
        return NULL;
    }
    *from = nul + 1;
    return text;
}

int header_codec_decode(const void *data, size_t len, struct headers *ret)
{
    const char *at = data;
    const char *end = at + len;
    struct headers headers = { 0 };
    int r = 0;
    while (r == 0 && at != end) {
        const char *name = next_text(&at, end);
        const char *value = name ? next_text(&at, end) : NULL;
        r = value ? headers_add(&headers, name, value) : -EUCLEAN;
    }
    if (r < 0) {
        headers_deinit(&headers);
        return r == -EINVAL ? -EUCLEAN : r;
    }
    *ret = headers;
    return 0;
}
