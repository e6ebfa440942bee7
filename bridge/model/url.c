// The few questions about URLs that are asked outside bridge/net, which leaves them to libcurl.

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/str.h"
#include "bridge/model/credential.h"
#include "bridge/model/http.h"

static const char ellipsis[] = "…";

// Skips "user:password@": it ends at the last '@' before the path.
static const char *skip_user_info(const char *authority, const char *end)
{
    const char *at = memrchr(authority, '@', (size_t)(end - authority));
    return at ? at + 1 : authority;
}

// A parameter without '=' may be the secret itself.
static int append_redacted_param(struct buf *out, const char *param, size_t len)
{
    const char *equals = memchr(param, '=', len);
    if (!equals) {
        return len > 0 ? buf_append_str(out, ellipsis) : 0;
    }
    const char *value = equals + 1;
    size_t value_len = len - (size_t)(value - param);
    bool hides = credential_is_likely(param, (size_t)(equals - param), value, value_len);
    int error = buf_append(out, param, (size_t)(value - param));
    return error   ? error
           : hides ? buf_append_str(out, ellipsis)
                   : buf_append(out, value, value_len);
}

static int append_redacted_query(struct buf *out, const char *query)
{
    int error = buf_append_char(out, '?');
    while (!error) {
        size_t len = strcspn(query, "&#");
        error = append_redacted_param(out, query, len);
        query += len;
        if (*query != '&') {
            break;
        }
        if (!error) {
            error = buf_append_char(out, '&');
        }
        query++;
    }
    return error;
}

char *url_redact(const char *url)
{
    AUTO_BUF struct buf out = { 0 };
    const char *rest = url;
    const char *scheme_end = strstr(url, "://");
    int error = 0;
    if (scheme_end && scheme_end < url + strcspn(url, "/?#@")) {
        rest = scheme_end + 3;
        error = buf_append(&out, url, (size_t)(rest - url));
    }
    rest = skip_user_info(rest, rest + strcspn(rest, "/?#"));
    size_t path = strcspn(rest, "?#");
    if (!error) {
        error = buf_append(&out, rest, path);
    }
    if (!error && rest[path] == '?') {
        error = append_redacted_query(&out, rest + path + 1);
    }
    return error ? NULL : STEAL(out.data);
}

struct scheme {
    const char *name;
    const char *prefix;
    const char *port;
};

static const struct scheme *find_scheme(const char *url)
{
    static const struct scheme schemes[] = {
        { "http", "http://", "80" },
        { "https", "https://", "443" },
    };
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        if (strncasecmp(url, schemes[i].prefix, strlen(schemes[i].prefix)) == 0) {
            return &schemes[i];
        }
    }
    return NULL;
}

// The length of the host at the start of the authority; 0 when there is no sound one.
static size_t host_length(const char *host, size_t len)
{
    if (len > 0 && host[0] == '[') {
        size_t inside = strspn(host + 1, "0123456789abcdefABCDEF:.");
        return inside >= 2 && inside + 1 < len && host[inside + 1] == ']' ? inside + 2 : 0;
    }
    size_t i = 0;
    while (i < len && host[i] != ':') {
        unsigned char c = (unsigned char)host[i];
        if (c <= ' ' || c == 0x7f || strchr("\"<>\\^`{|}[]@", c)) {
            return 0;
        }
        i++;
    }
    return i;
}

// The port in the text after the host ("" or ":…"), without leading zeros; false when it is none.
static bool read_port(const char *text, size_t len, const char *fallback, uint64_t *ret)
{
    char digits[8];
    if (len <= 1) {
        return (len == 0 || text[0] == ':') && str_to_u64(fallback, ret);
    }
    if (text[0] != ':' || len > sizeof(digits)) {
        return false;
    }
    memcpy(digits, text + 1, len - 1);
    digits[len - 1] = '\0';
    return str_to_u64(digits, ret) && *ret >= 1 && *ret <= 65535;
}

char *url_origin(const char *url)
{
    const struct scheme *scheme = find_scheme(url);
    if (!scheme) {
        return NULL;
    }
    const char *authority = url + strlen(scheme->prefix);
    const char *end = authority + strcspn(authority, "/?#");
    const char *host = skip_user_info(authority, end);
    size_t host_len = host_length(host, (size_t)(end - host));
    uint64_t port;
    if (host_len == 0 ||
        !read_port(host + host_len, (size_t)(end - host) - host_len, scheme->port, &port)) {
        return NULL;
    }
    char *origin = str_printf("%s://%.*s:%u", scheme->name, (int)host_len, host, (unsigned)port);
    for (char *c = origin; c && *c; c++) {
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    }
    return origin;
}

int url_encode(struct buf *out, const char *text)
{
    static const char unreserved[] = "-._~0123456789"
                                     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    int error = 0;
    while (!error && *text) {
        size_t run = strspn(text, unreserved);
        error = buf_append(out, text, run);
        text += run;
        if (!error && *text) {
            error = buf_printf(out, "%%%02X", (unsigned char)*text);
            text++;
        }
    }
    return error;
}

int url_add_param(struct buf *url, const char *name, const char *value)
{
    AUTO_BUF struct buf param = { 0 };
    const char *text = buf_str(url);
    const size_t bare = strcspn(text, "#");
    const char *query = memchr(text, '?', bare);
    bool open = query && (text[bare - 1] == '?' || text[bare - 1] == '&');
    int error = open ? 0 : buf_append_char(&param, query ? '&' : '?');
    if (!error) {
        error = url_encode(&param, name);
    }
    if (!error) {
        error = buf_append_char(&param, '=');
    }
    if (!error) {
        error = url_encode(&param, value);
    }
    if (!error) {
        error = buf_reserve(url, param.len);
    }
    if (error) {
        return error;
    }
    url->len = bare; // a fragment is never sent
    return buf_append(url, param.data, param.len);
}

// Takes every parameter of that encoded name out of the query.
static void drop_params(struct buf *url, const char *name, size_t name_len)
{
    char *query = url->data ? strchr(url->data, '?') : NULL;
    char *to = query ? query + 1 : NULL;
    for (char *from = to; from && *from;) {
        size_t len = strcspn(from, "&");
        size_t whole = len + (from[len] == '&');
        bool is_it = len >= name_len && memcmp(from, name, name_len) == 0 &&
                     (len == name_len || from[name_len] == '=');
        if (!is_it) {
            memmove(to, from, whole);
            to += whole;
        }
        from += whole;
    }
    if (to) {
        to -= to[-1] == '&' || to[-1] == '?'; // what stood before the last one
        *to = '\0';
        url->len = (size_t)(to - url->data);
    }
}

int url_set_param(struct buf *url, const char *name, const char *value)
{
    AUTO_BUF struct buf encoded = { 0 };
    int error = url_encode(&encoded, name);
    if (error) {
        return error;
    }
    if (url->data) {
        url->len = strcspn(url->data, "#");
        url->data[url->len] = '\0';
    }
    drop_params(url, buf_str(&encoded), encoded.len);
    if (strcmp(buf_str(&encoded), name) != 0) { // as a person may have written it
        drop_params(url, name, strlen(name));
    }
    return url_add_param(url, name, value);
}
