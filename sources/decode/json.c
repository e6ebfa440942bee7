#include "sources/decode/json.h"

#include <string.h>
#include <strings.h>

#include "bridge/base/problem.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"
#include "bridge/spi/source.h"
#include "sources/decode/answer-text.h"
#include "sources/decode/format.h"
#include "sources/decode/media-type.h"

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
    return problem_set(reterr, SOURCE_E_BAD_ANSWER, "charset",
                       "the answer's charset is %.*s; JSON is read as UTF-8 unless `charset` says "
                       "otherwise",
                       shown_bytes(len), name);
}

// Where the text begins, behind white space and a byte order mark.
static size_t blank_of(const struct bytes *body)
{
    return body->len > 0 ? strspn(body->data, " \t\r\n\xEF\xBB\xBF") : 0;
}

static int read_text(const char *text, size_t len, struct json_object **ret,
                     struct problem **reterr)
{
    int r = json_read(ret, text, len, NULL, reterr);
    return r > 0 ? SOURCE_E_BAD_ANSWER : r;
}

static int read_converted(const struct http_response *response,
                          const struct decode_settings *settings, struct json_object **ret,
                          struct problem **reterr)
{
    AUTO_TEXT struct answer_text text = { 0 };
    int r = answer_text_get(&text, response, settings, TEXT_DECLARES_NOTHING, reterr);
    return r ? r : read_text(text.data, text.len, ret, reterr);
}

int decode_json(const struct http_response *response, const struct decode_settings *settings,
                struct json_object **ret, struct problem **reterr)
{
    const struct bytes *body = &response->body;
    const char *content_type = headers_get(&response->headers, "Content-Type");
    int r = content_type && !settings->charset ? check_charset(content_type, reterr) : 0;
    if (r) {
        return r;
    }
    size_t blank = blank_of(body);
    if (blank == body->len) {
        return problem_set(reterr, SOURCE_E_BAD_ANSWER, "empty_answer", "the answer is empty");
    }
    if (body->data[blank] == '<') { // whatever the server calls it
        return problem_set(reterr, SOURCE_E_BAD_ANSWER, "content_type",
                           "the answer is HTML or XML (a login or an error page?), not JSON");
    }
    return settings->charset ? read_converted(response, settings, ret, reterr)
                             : read_text(body->data, body->len, ret, reterr);
}
