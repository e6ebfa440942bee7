#include "bridge/model/cookie.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "bridge/model/http.h"

#define ATTRIBUTE_BYTES_MAX 1024
#define LIFE_MOST_MS        (INT64_C(10) * 366 * 86400 * 1000)

static void cookie_deinit(struct cookie *cookie)
{
    free(cookie->name);
    secret_deinit(&cookie->value);
    free(cookie->domain);
    free(cookie->path);
    *cookie = (struct cookie){ 0 };
}

void cookie_jar_deinit(struct cookie_jar *jar)
{
    for (size_t i = 0; i < jar->n; i++) {
        cookie_deinit(&jar->v[i]);
    }
    free(jar->v);
    *jar = (struct cookie_jar){ 0 };
}

// ---- the URL of a request ----

struct place {
    char *origin; // owned; what follows points into it or into the URL
    const char *host;
    size_t host_len;
    const char *path;
    size_t path_len;
    bool https;
};

static void place_deinit(struct place *place)
{
    free(place->origin);
}

// 0, -EINVAL when it is no URL, -ENOMEM.
static int place_of(const char *url, struct place *ret)
{
    *ret = (struct place){ .origin = url_origin(url) };
    if (!ret->origin) {
        return -EINVAL;
    }
    ret->host = strstr(ret->origin, "://") + 3;
    ret->host_len = (size_t)(strrchr(ret->host, ':') - ret->host);
    ret->https = str_starts(ret->origin, "https:");
    const char *authority = strstr(url, "://") + 3;
    ret->path = authority + strcspn(authority, "/?#");
    ret->path_len = *ret->path == '/' ? strcspn(ret->path, "?#") : 0;
    if (ret->path_len == 0) {
        ret->path = "/";
        ret->path_len = 1;
    }
    return 0;
}

static bool is_address(const char *host, size_t len)
{
    return host[0] == '[' || strspn(host, "0123456789.") >= len;
}

// Section 5.1.3.
static bool is_below(const struct place *place, const char *domain)
{
    size_t len = strlen(domain);
    size_t host_len = place->host_len;
    return host_len > len && !is_address(place->host, host_len) &&
           memcmp(place->host + host_len - len, domain, len) == 0 &&
           place->host[host_len - len - 1] == '.';
}

static bool is_host(const struct place *place, const char *domain)
{
    return strlen(domain) == place->host_len && memcmp(place->host, domain, place->host_len) == 0;
}

// Section 5.1.4.
static bool is_within(const struct place *place, const char *path)
{
    size_t len = strlen(path);
    return len <= place->path_len && memcmp(place->path, path, len) == 0 &&
           (len == place->path_len || path[len - 1] == '/' || place->path[len] == '/');
}

// ---- taking in ----

struct text {
    const char *data;
    size_t len;
};

static struct text trim(const char *data, size_t len)
{
    while (len > 0 && (*data == ' ' || *data == '\t')) {
        data++;
        len--;
    }
    while (len > 0 && (data[len - 1] == ' ' || data[len - 1] == '\t')) {
        len--;
    }
    return (struct text){ data, len };
}

// "name=value" up to the next ';'; *at is moved behind that. False without a '='; the whole is
// then the name.
static bool next_pair(const char **at, struct text *ret_name, struct text *ret_value)
{
    size_t len = strcspn(*at, ";");
    const char *equals = memchr(*at, '=', len);
    size_t name_len = equals ? (size_t)(equals - *at) : len;
    *ret_name = trim(*at, name_len);
    *ret_value = equals ? trim(equals + 1, len - name_len - 1) : (struct text){ "", 0 };
    *at += len + ((*at)[len] == ';' ? 1 : 0);
    return equals;
}

static bool is_named(struct text text, const char *name)
{
    return text.len == strlen(name) && strncasecmp(text.data, name, text.len) == 0;
}

static bool has_control(const char *text)
{
    for (; *text; text++) {
        if (iscntrl((unsigned char)*text) && *text != '\t') {
            return true;
        }
    }
    return false;
}

// Section 5.2.2: counts more than `Expires`, wherever it stands.
static bool read_max_age(struct text value, int64_t now_ms, int64_t *ret_at_ms)
{
    size_t digits = 0;
    int64_t seconds = 0;
    bool negative = value.len > 0 && *value.data == '-';
    for (size_t i = negative; i < value.len; i++, digits++) {
        if (!isdigit((unsigned char)value.data[i])) {
            return false;
        }
        seconds = seconds < LIFE_MOST_MS / 1000 ? seconds * 10 + (value.data[i] - '0') : seconds;
    }
    int64_t life_ms = seconds < LIFE_MOST_MS / 1000 ? seconds * 1000 : LIFE_MOST_MS;
    *ret_at_ms = negative || life_ms == 0 ? 1 : now_ms + life_ms; // 1: long ago
    return digits > 0;
}

struct attributes {
    struct text domain;
    struct text path;
    int64_t expires_at_ms;
    bool secure;
};

static struct attributes read_attributes(const char *at, int64_t now_ms)
{
    struct attributes ret = { 0 };
    bool has_max_age = false;
    while (*at) {
        struct text name;
        struct text value;
        int64_t at_ms = 0;
        (void)next_pair(&at, &name, &value);
        if (value.len > ATTRIBUTE_BYTES_MAX) {
            continue;
        }
        if (is_named(name, "Max-Age") && read_max_age(value, now_ms, &at_ms)) {
            has_max_age = true;
            ret.expires_at_ms = at_ms;
        } else if (is_named(name, "Expires") && !has_max_age &&
                   cookie_date_parse(value.data, value.len, &at_ms)) {
            ret.expires_at_ms = at_ms > 0 ? at_ms : 1;
        } else if (is_named(name, "Domain")) {
            ret.domain = value;
        } else if (is_named(name, "Path")) {
            ret.path = value;
        } else if (is_named(name, "Secure")) {
            ret.secure = true;
        }
    }
    return ret;
}

// The domain a cookie is for; *ret stays NULL when this host may not set it: for a domain it is not
// in, or for a whole top-level domain.
static int set_domain(struct cookie *cookie, struct text domain, const struct place *place)
{
    if (domain.len > 0 && *domain.data == '.') {
        domain.data++;
        domain.len--;
    }
    cookie->host_only = domain.len == 0;
    cookie->domain =
        domain.len == 0 ? strndup(place->host, place->host_len) : strndup(domain.data, domain.len);
    if (!cookie->domain) {
        return -ENOMEM;
    }
    for (char *c = cookie->domain; *c; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    bool fits = is_host(place, cookie->domain) ||
                (is_below(place, cookie->domain) && strchr(cookie->domain, '.'));
    if (!fits) {
        free(STEAL(cookie->domain));
    }
    return 0;
}

static int set_path(struct cookie *cookie, struct text path, const struct place *place)
{
    if (path.len > 0 && *path.data == '/') {
        cookie->path = strndup(path.data, path.len);
    } else { // section 5.1.4: the folder of the URL
        const char *slash = memrchr(place->path, '/', place->path_len);
        size_t len = (size_t)(slash - place->path);
        cookie->path = len == 0 ? strdup("/") : strndup(place->path, len);
    }
    return cookie->path ? 0 : -ENOMEM;
}

// *ret is empty when the field is to be ignored.
static int cookie_parse(struct cookie *ret, const struct place *place, const char *field,
                        int64_t now_ms)
{
    CLEANUP(cookie_deinit) struct cookie cookie = { 0 };
    struct text name;
    struct text value;
    const char *at = field;
    if (!next_pair(&at, &name, &value) || name.len == 0 ||
        name.len + value.len > COOKIE_BYTES_MAX || has_control(field)) {
        return 0;
    }
    struct attributes attributes = read_attributes(at, now_ms);
    if (attributes.secure && !place->https) { // RFC 6265bis: it would not come back
        return 0;
    }
    cookie.secure = attributes.secure;
    cookie.expires_at_ms = attributes.expires_at_ms;
    cookie.name = strndup(name.data, name.len);
    int r = cookie.name ? secret_init(&cookie.value, value.data, value.len) : -ENOMEM;
    r = r ? r : set_domain(&cookie, attributes.domain, place);
    r = r ? r : set_path(&cookie, attributes.path, place);
    if (r == 0 && cookie.domain) {
        *ret = cookie;
        cookie = (struct cookie){ 0 };
    }
    return r;
}

// The place of one of the same name, domain and path; n when there is none.
static size_t find(const struct cookie_jar *jar, const struct cookie *cookie)
{
    size_t i = 0;
    while (i < jar->n &&
           !(str_eq(jar->v[i].name, cookie->name) && str_eq(jar->v[i].domain, cookie->domain) &&
             str_eq(jar->v[i].path, cookie->path))) {
        i++;
    }
    return i;
}

static void take_out(struct cookie_jar *jar, size_t i)
{
    if (i < jar->n) {
        cookie_deinit(&jar->v[i]);
        jar->n--;
        memmove(&jar->v[i], &jar->v[i + 1], (jar->n - i) * sizeof(*jar->v));
    }
}

// Longer paths first; among equal ones the earlier is the first.
static int insert(struct cookie_jar *jar, struct cookie *take)
{
    if (jar->n == COOKIE_JAR_MAX) {
        return -ENOSPC;
    }
    struct cookie *v = reallocarray(jar->v, jar->n + 1, sizeof(*v));
    if (!v) {
        return -ENOMEM;
    }
    size_t i = jar->n;
    jar->v = v;
    while (i > 0 && strlen(v[i - 1].path) < strlen(take->path)) {
        v[i] = v[i - 1];
        i--;
    }
    v[i] = *take;
    jar->n++;
    *take = (struct cookie){ 0 };
    return 0;
}

int cookie_jar_take(struct cookie_jar *jar, const char *url, const char *field, int64_t now_ms)
{
    CLEANUP(cookie_deinit) struct cookie cookie = { 0 };
    CLEANUP(place_deinit) struct place place;
    int r = place_of(url, &place);
    r = r ? r : cookie_parse(&cookie, &place, field, now_ms);
    if (r < 0 || !cookie.name) {
        return r;
    }
    take_out(jar, find(jar, &cookie));
    bool expired = cookie.expires_at_ms != 0 && cookie.expires_at_ms <= now_ms;
    return expired ? 0 : insert(jar, &cookie);
}

// ---- sending ----

static bool fits(const struct cookie *cookie, const struct place *place)
{
    return (is_host(place, cookie->domain) ||
            (!cookie->host_only && is_below(place, cookie->domain))) &&
           is_within(place, cookie->path) && (place->https || !cookie->secure);
}

static int append(struct buf *buf, bool is_first, const struct cookie *cookie)
{
    int r = is_first ? 0 : buf_append_str(buf, "; ");
    r = r ? r : buf_append_str(buf, cookie->name);
    r = r ? r : buf_append_char(buf, '=');
    return r ? r : buf_append(buf, cookie->value.data, cookie->value.len);
}

int cookie_jar_format(const struct cookie_jar *jar, const char *url, struct buf *ret)
{
    CLEANUP(place_deinit) struct place place;
    bool is_first = true;
    int r = place_of(url, &place);
    for (size_t i = 0; r == 0 && i < jar->n; i++) {
        if (fits(&jar->v[i], &place)) {
            r = append(ret, is_first, &jar->v[i]);
            is_first = false;
        }
    }
    return r;
}

int64_t cookie_jar_expires_at_ms(const struct cookie_jar *jar)
{
    int64_t first_ms = 0;
    for (size_t i = 0; i < jar->n; i++) {
        int64_t at_ms = jar->v[i].expires_at_ms;
        first_ms = at_ms != 0 && (first_ms == 0 || at_ms < first_ms) ? at_ms : first_ms;
    }
    return first_ms;
}
