#include "bridge/poll/politeness/freshness.h"

#include <string.h>
#include <strings.h>

#include "bridge/base/http-date.h"
#include "bridge/base/str.h"
#include "bridge/model/http.h"

#define NUMBER_SIZE 32

struct directives {
    bool is_stale; // no-store, no-cache, or a max-age that is none
    bool has_max_age;
    int64_t max_age_ms;
};

static bool is_name(const char *text, size_t len, const char *name)
{
    return len == strlen(name) && strncasecmp(text, name, len) == 0;
}

static void read_max_age(struct directives *ret, const char *value, size_t len)
{
    char number[NUMBER_SIZE];
    if (len >= 2 && value[0] == '"' && value[len - 1] == '"') {
        value++;
        len -= 2;
    }
    if (ret->has_max_age) { // of several the first one counts
        return;
    }
    size_t kept = len < sizeof(number) ? len : sizeof(number) - 1;
    memcpy(number, value, kept);
    number[kept] = '\0';
    ret->has_max_age = true;
    ret->is_stale |= !http_seconds_parse(number, &ret->max_age_ms);
}

static void read_directive(struct directives *ret, const char *text, size_t len)
{
    size_t name = 0;
    while (name < len && text[name] != '=') {
        name++;
    }
    if (is_name(text, name, "no-store") || is_name(text, name, "no-cache")) {
        ret->is_stale = true;
    } else if (is_name(text, name, "max-age")) {
        size_t value = name < len ? name + 1 : len;
        read_max_age(ret, text + value, len - value);
    }
}

// The end of the directive that begins here: a comma outside of quotes.
static size_t directive_length(const char *text)
{
    bool quoted = false;
    size_t len = 0;
    for (; text[len] && (quoted || text[len] != ','); len++) {
        quoted ^= text[len] == '"';
    }
    return len;
}

static void read_field(struct directives *ret, const char *text)
{
    for (;;) {
        text += strspn(text, " \t,");
        size_t len = directive_length(text);
        size_t trimmed = len;
        while (trimmed > 0 && (text[trimmed - 1] == ' ' || text[trimmed - 1] == '\t')) {
            trimmed--;
        }
        if (len == 0) {
            return;
        }
        read_directive(ret, text, trimmed);
        text += len;
    }
}

static struct directives read_directives(const struct headers *headers)
{
    struct directives found = { 0 };
    for (size_t i = 0; i < headers->n; i++) {
        if (strcasecmp(headers->v[i].name, "Cache-Control") == 0) {
            read_field(&found, headers->v[i].value);
        }
    }
    return found;
}

static int64_t lifetime_ms(const struct headers *headers, int64_t wall_now_ms)
{
    const struct directives said = read_directives(headers);
    const char *expires = headers_get(headers, "Expires");
    int64_t expires_at_ms;
    if (said.is_stale || said.has_max_age) {
        return said.is_stale ? 0 : said.max_age_ms;
    }
    if (!expires || !http_date_parse(expires, &expires_at_ms)) {
        return 0;
    }
    return expires_at_ms - http_answered_at_ms(headers_get(headers, "Date"), wall_now_ms);
}

int64_t freshness_left_ms(const struct http_response *response, int64_t wall_now_ms)
{
    const char *age = headers_get(&response->headers, "Age");
    int64_t left_ms = lifetime_ms(&response->headers, wall_now_ms);
    int64_t age_ms;
    if (age && http_seconds_parse(age, &age_ms)) {
        left_ms -= age_ms;
    }
    return left_ms > 0 ? left_ms : 0;
}
