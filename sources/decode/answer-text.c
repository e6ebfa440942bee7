#include "sources/decode/answer-text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/http.h"
#include "bridge/spi/source.h"
#include "sources/decode/charset.h"
#include "sources/decode/format.h"
#include "sources/decode/media-type.h"

// A declaration stands near the beginning (HTML section 4.2.5.4 says within 1024 bytes).
#define DECLARATION_BYTES_MAX 4096

struct name {
    const char *text; // NULL: none
    size_t len;
};

void answer_text_deinit(struct answer_text *text)
{
    free(text->own);
    *text = (struct answer_text){ 0 };
}

static bool begins(const struct bytes *body, const char *mark, size_t len)
{
    return body->len >= len && memcmp(body->data, mark, len) == 0;
}

static struct name name_by_mark(const struct bytes *body, size_t *ret_mark)
{
    static const struct {
        const char *mark;
        size_t len;
        const char *charset;
    } marks[] = {
        { "\xEF\xBB\xBF", 3, "utf-8" },
        { "\xFF\xFE", 2, "utf-16le" },
        { "\xFE\xFF", 2, "utf-16be" },
    };
    for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
        if (begins(body, marks[i].mark, marks[i].len)) {
            *ret_mark = marks[i].len;
            return (struct name){ marks[i].charset, strlen(marks[i].charset) };
        }
    }
    return (struct name){ 0 };
}

// What follows `label`, an equals sign and perhaps a quote in a text that ends at `end`.
static struct name name_behind(const char *at, const char *end, const char *label)
{
    size_t len = strlen(label);
    for (; (size_t)(end - at) > len; at++) {
        if (strncasecmp(at, label, len) != 0) {
            continue;
        }
        const char *name = at + len;
        name += strspn(name, " \t\r\n");
        if (*name != '=') {
            continue;
        }
        name++;
        name += strspn(name, " \t\r\n\"'");
        size_t n = strcspn(name, " \t\r\n\"'?;/>");
        return name + n <= end && n > 0 ? (struct name){ name, n } : (struct name){ 0 };
    }
    return (struct name){ 0 };
}

static struct name name_in_header(const struct http_response *response)
{
    const char *field = headers_get(&response->headers, "Content-Type");
    return field ? name_behind(field, field + strlen(field), "charset") : (struct name){ 0 };
}

static struct name name_in_xml(const char *head)
{
    const char *start = head + strspn(head, " \t\r\n");
    const char *end = strstr(start, "?>");
    return str_starts(start, "<?xml") && end ? name_behind(start, end, "encoding")
                                             : (struct name){ 0 };
}

static struct name name_in_html(const char *head)
{
    struct name name = { 0 };
    const char *meta = strcasestr(head, "<meta");
    for (; meta && !name.text; meta = strcasestr(meta + 1, "<meta")) {
        name = name_behind(meta, meta + strcspn(meta, ">"), "charset");
    }
    return name;
}

static struct name name_declared(const struct bytes *body, enum text_declares declares, char *head)
{
    struct name name = { 0 };
    size_t len = body->len < DECLARATION_BYTES_MAX ? body->len : DECLARATION_BYTES_MAX;
    memcpy(head, body->len > 0 ? body->data : "", len);
    head[len] = '\0';
    switch (declares) {
    case TEXT_DECLARES_AS_XML: name = name_in_xml(head); break;
    case TEXT_DECLARES_AS_HTML: name = name_in_html(head); break;
    case TEXT_DECLARES_NOTHING: break;
    }
    // A text whose declaration could be read is not UTF-16, which many a program says of its UTF-8.
    bool wide = name.text && strncasecmp(name.text, "utf-16", strlen("utf-16")) == 0;
    return wide ? (struct name){ 0 } : name;
}

static int find_charset(const struct http_response *response,
                        const struct decode_settings *settings, enum text_declares declares,
                        const char **ret, size_t *ret_mark, struct problem **reterr)
{
    char head[DECLARATION_BYTES_MAX + 1];
    struct name name = name_by_mark(&response->body, ret_mark);
    if (!name.text && settings->charset) {
        name = (struct name){ settings->charset, strlen(settings->charset) };
    }
    name = name.text ? name : name_in_header(response);
    name = name.text ? name : name_declared(&response->body, declares, head);
    *ret = name.text ? charset_find(name.text, name.len) : "UTF-8";
    if (*ret) {
        return 0;
    }
    AUTO_FREE char *shown = answer_shown(name.text, name.len);
    return problem_set(reterr, SOURCE_E_BAD_ANSWER, "charset",
                       "the answer's charset is %s, which is not known; say with `charset` how it "
                       "is to be read",
                       shown ? shown : "unknown");
}

static unsigned line_of(const char *text, size_t offset)
{
    unsigned line = 1;
    for (size_t i = 0; i < offset; i++) {
        line += text[i] == '\n' ? 1U : 0U;
    }
    return line;
}

static int refuse_bytes(const char *charset, const char *text, size_t bad, struct problem **reterr)
{
    unsigned line = line_of(text, bad);
    return problem_set_at(reterr, SOURCE_E_BAD_ANSWER, "charset", NULL, line, 0,
                          "the answer is not valid %s from byte %zu (line %u) on; if it is in "
                          "another charset, name it with `charset`",
                          charset, bad, line);
}

static int convert(struct answer_text *text, const char *charset, struct problem **reterr)
{
    AUTO_BUF struct buf out = { 0 };
    size_t bad = 0;
    int r = charset_convert(&out, charset, text->data, text->len, &bad);
    if (r > 0) {
        return refuse_bytes(charset, text->data, bad, reterr);
    }
    if (r == 0) {
        struct bytes taken = buf_take(&out);
        text->own = taken.data;
        text->data = taken.data ? taken.data : "";
        text->len = taken.len;
    }
    return r;
}

int answer_text_get(struct answer_text *ret, const struct http_response *response,
                    const struct decode_settings *settings, enum text_declares declares,
                    struct problem **reterr)
{
    const char *charset = NULL;
    size_t mark = 0;
    size_t bad = 0;
    int r = find_charset(response, settings, declares, &charset, &mark, reterr);
    if (r) {
        return r;
    }
    AUTO_TEXT struct answer_text text = {
        .data = response->body.len > 0 ? response->body.data + mark : "",
        .len = response->body.len - mark,
    };
    if (!charset_is_utf8(charset)) {
        r = convert(&text, charset, reterr);
    } else if (!str_is_utf8(text.data, text.len, &bad)) {
        r = refuse_bytes(charset, text.data, bad, reterr);
    }
    const char *nul = r == 0 && text.len > 0 ? memchr(text.data, '\0', text.len) : NULL;
    if (nul) {
        r = problem_set(reterr, SOURCE_E_BAD_ANSWER, "binary_answer",
                        "the answer holds the character U+0000 (line %u), so it is no text",
                        line_of(text.data, (size_t)(nul - text.data)));
    }
    if (r == 0) {
        *ret = text;
        text = (struct answer_text){ 0 };
    }
    return r;
}

bool answer_text_is_blank(const struct answer_text *text)
{
    return strspn(text->data, " \t\r\n") >= text->len;
}

int answer_empty(const struct decode_settings *settings, struct json_object **ret,
                 struct problem **reterr)
{
    if (!settings->allow_empty) {
        return problem_set(reterr, SOURCE_E_BAD_ANSWER, "empty_answer", "the answer is empty");
    }
    *ret = json_object_new_array();
    return *ret ? 0 : -ENOMEM;
}

int answer_too_many(const char *what, struct problem **reterr)
{
    return problem_set(reterr, SOURCE_E_BAD_ANSWER, "answer_limit",
                       "the answer has more than %u %s, which is the most that is read",
                       DECODE_VALUES_MAX, what);
}

char *answer_shown(const char *text, size_t len)
{
    size_t good = 0;
    size_t n = (size_t)shown_bytes(len);
    char *shown = str_is_utf8(text, n, &good) ? strndup(text, n) : strndup(text, good);
    for (char *at = shown; at && *at; at++) {
        *at = iscntrl((unsigned char)*at) ? ' ' : *at;
    }
    return shown;
}
