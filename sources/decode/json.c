#include "sources/decode/json.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"
#include "bridge/spi/source.h"

#define SHOWN_TYPE_BYTES 60

// "text/html; charset=utf-8": the media type in front, without parameters (RFC 9110 section 8.3).
struct media_type {
    const char *text;
    size_t len;
};

static struct media_type media_type_of(const char *content_type)
{
    size_t len = strcspn(content_type, ";, \t");
    return (struct media_type){ content_type, len };
}

static bool is_type(struct media_type type, const char *name)
{
    return strlen(name) == type.len && strncasecmp(type.text, name, type.len) == 0;
}

static bool has_suffix(struct media_type type, const char *suffix)
{
    size_t len = strlen(suffix);
    return type.len > len && strncasecmp(type.text + type.len - len, suffix, len) == 0;
}

// RFC 8259, RFC 6839 section 3.1, and the names of before there was a standard.
static bool is_json_type(struct media_type type)
{
    static const char *const names[] = { "application/json", "text/json", "application/x-json",
                                         "application/javascript", "text/javascript" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (is_type(type, names[i])) {
            return true;
        }
    }
    return has_suffix(type, "+json");
}

// Servers that do not care what they send.
static bool is_unspecific_type(struct media_type type)
{
    return type.len == 0 || is_type(type, "text/plain") ||
           is_type(type, "application/octet-stream") || is_type(type, "binary/octet-stream");
}

static bool is_page_type(struct media_type type)
{
    return is_type(type, "text/html") || is_type(type, "application/xhtml+xml");
}

static int check_type(const char *content_type, bool any_type, struct problem **reterr)
{
    struct media_type type = media_type_of(content_type);
    if (is_page_type(type)) {
        return problem_set(reterr, SOURCE_E_BAD_ANSWER, "content_type",
                           "the answer is an HTML page (a login or an error page?), not JSON");
    }
    if (any_type || is_json_type(type) || is_unspecific_type(type)) {
        return 0;
    }
    int shown = (int)(type.len < SHOWN_TYPE_BYTES ? type.len : SHOWN_TYPE_BYTES);
    return problem_set(reterr, SOURCE_E_BAD_ANSWER, "content_type",
                       "the answer is %.*s, not JSON; if it is JSON all the same, set format: json",
                       shown, type.text);
}

// JSON between systems is UTF-8 (RFC 8259 section 8.1); ASCII is part of it.
static int check_charset(const char *content_type, struct problem **reterr)
{
    static const char *const fine[] = { "utf-8", "utf8", "us-ascii", "ascii" };
    const char *parameter = strcasestr(content_type, "charset=");
    if (!parameter) {
        return 0;
    }
    const char *name = parameter + strlen("charset=");
    name += *name == '"' ? 1 : 0;
    size_t len = strcspn(name, "\"; \t");
    for (size_t i = 0; i < ARRAY_LEN(fine); i++) {
        if (strlen(fine[i]) == len && strncasecmp(name, fine[i], len) == 0) {
            return 0;
        }
    }
    int shown = (int)(len < SHOWN_TYPE_BYTES ? len : SHOWN_TYPE_BYTES);
    return problem_set(reterr, SOURCE_E_BAD_ANSWER, "charset",
                       "the answer's charset is %.*s; JSON is read as UTF-8 only", shown, name);
}

// Where the text begins, behind white space and a byte order mark.
static size_t blank_of(const struct bytes *body)
{
    return body->len > 0 ? strspn(body->data, " \t\r\n\xEF\xBB\xBF") : 0;
}

int decode_json(const struct http_response *response, bool any_type, struct json_object **ret,
                struct problem **reterr)
{
    const char *content_type = headers_get(&response->headers, "Content-Type");
    int r = 0;
    if (content_type) {
        r = check_type(content_type, any_type, reterr);
        r = r ? r : check_charset(content_type, reterr);
    }
    if (r) {
        return r;
    }
    size_t blank = blank_of(&response->body);
    if (blank == response->body.len) {
        return problem_set(reterr, SOURCE_E_BAD_ANSWER, "empty_answer", "the answer is empty");
    }
    if (response->body.data[blank] == '<') { // whatever the server calls it
        return problem_set(reterr, SOURCE_E_BAD_ANSWER, "content_type",
                           "the answer is HTML or XML (a login or an error page?), not JSON");
    }
    r = json_read(ret, response->body.data, response->body.len, NULL, reterr);
    return r > 0 ? SOURCE_E_BAD_ANSWER : r;
}
