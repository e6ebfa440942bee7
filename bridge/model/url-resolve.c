// RFC 3986 section 5.2: what a reference in an answer means.

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "bridge/model/http.h"

// A URL in four parts; a part that is not there is NULL. Borrowed.
struct parts {
    const char *scheme; // without ':'
    size_t scheme_len;
    const char *authority; // without "//"
    size_t authority_len;
    const char *path;
    size_t path_len;
    const char *query; // with its '?'
    size_t query_len;
};

static size_t scheme_length(const char *text)
{
    size_t n = 0;
    if (!isalpha((unsigned char)text[0])) {
        return 0;
    }
    while (isalnum((unsigned char)text[n]) || (text[n] != '\0' && strchr("+-.", text[n]))) {
        n++;
    }
    return text[n] == ':' ? n : 0;
}

static struct parts split(const char *text)
{
    struct parts parts = { .scheme_len = scheme_length(text) };
    if (parts.scheme_len > 0) {
        parts.scheme = text;
        text += parts.scheme_len + 1;
    }
    if (strncmp(text, "//", 2) == 0) {
        parts.authority = text + 2;
        parts.authority_len = strcspn(parts.authority, "/?#");
        text = parts.authority + parts.authority_len;
    }
    parts.path = text;
    parts.path_len = strcspn(text, "?#");
    text += parts.path_len;
    if (*text == '?') {
        parts.query = text;
        parts.query_len = strcspn(text, "#");
    }
    return parts;
}

// Without its last segment.
static void drop_segment(struct buf *path, size_t start)
{
    while (path->len > start && path->data[path->len - 1] != '/') {
        path->len--;
    }
    if (path->len > start) {
        path->len--;
    }
    if (path->data) {
        path->data[path->len] = '\0';
    }
}

// Section 5.2.4 for a path that begins with '/', appended to `ret`.
static int append_without_dots(struct buf *ret, const char *path, size_t len)
{
    const char *end = path + len;
    size_t start = ret->len;
    int r = 0;
    while (r == 0 && path < end) {
        const char *segment = path + 1; // behind its '/'
        const char *next = memchr(segment, '/', (size_t)(end - segment));
        size_t n = (size_t)((next ? next : end) - segment);
        bool is_dot = n == 1 && segment[0] == '.';
        bool is_up = n == 2 && memcmp(segment, "..", 2) == 0;
        if (is_up) {
            drop_segment(ret, start);
        }
        if (!is_dot && !is_up) {
            r = buf_append(ret, path, n + 1);
        } else if (!next) {
            r = buf_append_char(ret, '/');
        }
        path = segment + n;
    }
    return r;
}

// Section 5.2.3: the path of the base up to its last '/', then that of the reference.
static int append_merged(struct buf *ret, const struct parts *base, const struct parts *reference)
{
    AUTO_BUF struct buf path = { 0 };
    size_t len = base->path_len;
    while (len > 0 && base->path[len - 1] != '/') {
        len--;
    }
    int r = len > 0 ? buf_append(&path, base->path, len) : buf_append_char(&path, '/');
    r = r ? r : buf_append(&path, reference->path, reference->path_len);
    return r ? r : append_without_dots(ret, buf_str(&path), path.len);
}

static int append_path(struct buf *ret, const struct parts *base, const struct parts *reference)
{
    if (reference->authority || reference->path[0] == '/') {
        return append_without_dots(ret, reference->path, reference->path_len);
    }
    return reference->path_len > 0 ? append_merged(ret, base, reference)
                                   : buf_append(ret, base->path, base->path_len);
}

static int append_resolved(struct buf *ret, const struct parts *base, const struct parts *reference)
{
    const struct parts *host = reference->authority ? reference : base;
    bool same_query = !reference->query && reference->path_len == 0 && !reference->authority;
    const struct parts *query = same_query ? base : reference;
    int r = buf_append(ret, base->scheme, base->scheme_len);
    r = r ? r : buf_append_str(ret, "://");
    r = r ? r : buf_append(ret, host->authority, host->authority_len);
    r = r ? r : append_path(ret, base, reference);
    return r || !query->query ? r : buf_append(ret, query->query, query->query_len);
}

static bool is_clean(const char *text)
{
    while (*text != '\0' && (unsigned char)*text > ' ' && *text != 0x7f) {
        text++;
    }
    return *text == '\0';
}

int url_resolve(const char *base_text, const char *reference_text, char **ret)
{
    AUTO_BUF struct buf url = { 0 };
    const struct parts base = split(base_text);
    const struct parts reference = split(reference_text);
    if (!is_clean(reference_text) || !base.scheme || !base.authority) {
        return -EINVAL;
    }
    int r = reference.scheme ? buf_append(&url, reference_text, strcspn(reference_text, "#"))
                             : append_resolved(&url, &base, &reference);
    AUTO_FREE char *origin = r == 0 ? url_origin(buf_str(&url)) : NULL;
    if (r == 0 && !origin) {
        return -EINVAL;
    }
    if (r == 0) {
        *ret = buf_take(&url).data;
    }
    return r;
}
