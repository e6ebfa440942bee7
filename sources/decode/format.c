#include "sources/decode/format.h"

#include <string.h>
#include <strings.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"
#include "bridge/spi/source.h"
#include "sources/decode/csv.h"
#include "sources/decode/feed.h"
#include "sources/decode/html.h"
#include "sources/decode/json.h"
#include "sources/decode/media-type.h"
#include "sources/decode/ndjson.h"
#include "sources/decode/text.h"
#include "sources/decode/xml.h"

// As much of the answer as is looked at to tell what it is.
#define HEAD_BYTES 4096
// A value alone that is this short may be JSON although it is called text.
#define SCALAR_BYTES_MAX 64

const char *const format_names[] = {
    [FORMAT_AUTO] = "auto", [FORMAT_JSON] = "json", [FORMAT_NDJSON] = "ndjson",
    [FORMAT_XML] = "xml",   [FORMAT_FEED] = "feed", [FORMAT_CSV] = "csv",
    [FORMAT_HTML] = "html", [FORMAT_TEXT] = "text", [FORMAT_COUNT] = NULL,
};

// RFC 8259, RFC 6839 section 3.1, and the names of before there was a standard.
static const char *const json_types[] = { "application/json",
                                          "text/json",
                                          "application/x-json",
                                          "application/javascript",
                                          "text/javascript",
                                          "+json",
                                          NULL };
static const char *const ndjson_types[] = { "application/x-ndjson",
                                            "application/ndjson",
                                            "application/jsonl",
                                            "application/x-jsonlines",
                                            "application/json-lines",
                                            "application/jsonlines",
                                            "application/x-json-lines",
                                            "application/x-jsonl",
                                            "text/x-ndjson",
                                            NULL };
static const char *const feed_types[] = { "application/rss+xml",
                                          "application/atom+xml",
                                          "application/rdf+xml",
                                          "application/feed+json",
                                          "text/rss+xml",
                                          "application/x-rss+xml",
                                          NULL };
static const char *const xml_types[] = { "application/xml", "text/xml", "+xml", NULL };
static const char *const csv_types[] = { "text/csv",
                                         "application/csv",
                                         "text/x-csv",
                                         "text/comma-separated-values",
                                         "text/tab-separated-values",
                                         NULL };
static const char *const html_types[] = { "text/html", "application/xhtml+xml", NULL };
static const char *const text_types[] = { "text/plain", NULL };
// Of servers that do not care what they send.
static const char *const vague_types[] = { "", "application/octet-stream", "binary/octet-stream",
                                           NULL };

static const struct known_format {
    enum format format;
    const char *title;
    const char *const *types;
    const char *accept;
    decode_fn decode;
} formats[] = {
    // Where two fit the first one counts: feeds before JSON and XML, pages before XML.
    { FORMAT_FEED, "a feed", feed_types,
      "application/atom+xml, application/rss+xml, application/feed+json, */*;q=0.5", decode_feed },
    { FORMAT_JSON, "JSON", json_types, "application/json, */*;q=0.5", decode_json },
    { FORMAT_NDJSON, "newline-delimited JSON", ndjson_types, "application/x-ndjson, */*;q=0.5",
      decode_ndjson },
    { FORMAT_HTML, "HTML", html_types, "text/html, application/xhtml+xml, */*;q=0.5", decode_html },
    { FORMAT_XML, "XML", xml_types, "application/xml, text/xml, */*;q=0.5", decode_xml },
    { FORMAT_CSV, "CSV", csv_types, "text/csv, */*;q=0.5", decode_csv },
    { FORMAT_TEXT, "text", text_types, "text/plain, */*;q=0.5", decode_text },
};

static const struct known_format *find_format(enum format format)
{
    size_t i = 0;
    while (i + 1 < ARRAY_LEN(formats) && formats[i].format != format) {
        i++;
    }
    return &formats[i];
}

static const struct known_format *find_type(struct media_type type)
{
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (media_type_is_one_of(type, formats[i].types)) {
            return &formats[i];
        }
    }
    return NULL;
}

// The beginning of the answer as far as it is ASCII, whatever its charset: no mark, no NUL, no
// white space in front.
static void read_head(const struct bytes *body, char ret[HEAD_BYTES + 1])
{
    size_t n = 0;
    for (size_t i = 0; i < body->len && n < HEAD_BYTES; i++) {
        char c = body->data[i];
        bool dropped = c == '\0' || (n == 0 && strchr(" \t\r\n\xEF\xBB\xBF\xFE\xFF", c));
        if (!dropped) {
            ret[n++] = c;
        }
    }
    ret[n] = '\0';
}

static const char *behind(const char *at, const char *mark)
{
    const char *end = strstr(at, mark);
    return end ? end + strlen(mark) : at + strlen(at);
}

// Where the first element's name or the document type stands, behind declarations and comments; ""
// when there is none.
static const char *first_tag(const char *at)
{
    for (;;) {
        at += strspn(at, " \t\r\n");
        if (str_starts(at, "<?")) {
            at = behind(at, "?>");
        } else if (str_starts(at, "<!--")) {
            at = behind(at, "-->");
        } else {
            return *at == '<' ? at + 1 : "";
        }
    }
}

static bool is_name(const char *at, const char *name)
{
    size_t len = strlen(name);
    return strncasecmp(at, name, len) == 0 && strchr(" \t\r\n/>", at[len]);
}

static const char *first_element(const char *head)
{
    const char *tag = first_tag(head);
    return *tag == '!' ? first_tag(behind(tag, ">")) : tag;
}

// By nothing less than the root: there is XML that begins with <body> or <head>.
static bool is_page(const char *head)
{
    static const char doctype[] = "!doctype html";
    return is_name(first_element(head), "html") ||
           strncasecmp(first_tag(head), doctype, strlen(doctype)) == 0;
}

static bool is_feed(const char *head)
{
    const char *name = first_element(head);
    return is_name(name, "rss") || is_name(name, "feed") || is_name(name, "rdf:RDF");
}

// "12.5" is read as the number it is, as it was sent by a server that calls all text.
static bool is_short_json(const struct bytes *body)
{
    AUTO_JSON struct json_object *value = NULL;
    return body->len <= SCALAR_BYTES_MAX &&
           json_read(&value, body->data, body->len, NULL, NULL) == 0;
}

static const struct known_format *guess(const char *head)
{
    enum format format = *head != '<'    ? FORMAT_JSON
                         : is_page(head) ? FORMAT_HTML
                         : is_feed(head) ? FORMAT_FEED
                                         : FORMAT_XML;
    return find_format(format);
}

// NULL: the type is one that nothing reads.
static const struct known_format *pick(const struct http_response *response, struct media_type type,
                                       const char *head)
{
    const struct known_format *known = find_type(type);
    bool vague = media_type_is_one_of(type, vague_types);
    if (vague || (known && known->format == FORMAT_TEXT)) {
        bool is_data = strchr("{[<", *head) || is_short_json(&response->body);
        return vague || is_data ? guess(head) : known;
    }
    bool is_xml = known && known->format == FORMAT_XML;
    return is_xml && is_feed(head) ? find_format(FORMAT_FEED) : known;
}

static int refuse_page(const char *title, bool hint, struct problem **reterr)
{
    return problem_set(reterr, SOURCE_E_BAD_ANSWER, "content_type",
                       "the answer is an HTML page (a login or an error page?), not %s%s", title,
                       hint ? "; to watch a page, name what is of interest with `xpath`" : "");
}

static int decode_by_type(const struct http_response *response,
                          const struct decode_settings *settings, struct json_object **ret,
                          struct problem **reterr)
{
    char head[HEAD_BYTES + 1];
    struct media_type type = media_type_of(headers_get(&response->headers, "Content-Type"));
    read_head(&response->body, head);
    const struct known_format *known = pick(response, type, head);
    if (!known) {
        int shown = shown_bytes(type.len);
        return problem_set(reterr, SOURCE_E_BAD_ANSWER, "content_type",
                           "the answer is %.*s, not JSON or another known format; if it is one all "
                           "the same, name it, as in format: json",
                           shown, type.text);
    }
    bool is_html = known->format == FORMAT_HTML;
    if (is_html && !settings->xpath) {
        return refuse_page("data", true, reterr);
    }
    if (!is_html && settings->xpath) {
        return problem_set(reterr, SOURCE_E_BAD_ANSWER, "content_type",
                           "the answer is %s, not the HTML page that `xpath` is for", known->title);
    }
    return known->decode(response, settings, ret, reterr);
}

// The configuration stands above the server, but no page is taken for anything else.
static int decode_by_name(const struct http_response *response,
                          const struct decode_settings *settings, struct json_object **ret,
                          struct problem **reterr)
{
    char head[HEAD_BYTES + 1];
    const struct known_format *wanted = find_format((enum format)settings->format);
    struct media_type type = media_type_of(headers_get(&response->headers, "Content-Type"));
    read_head(&response->body, head);
    bool is_called_page = media_type_is_one_of(type, html_types) && wanted->format == FORMAT_JSON;
    if (wanted->format != FORMAT_HTML && (is_called_page || is_page(head))) {
        return refuse_page(wanted->title, false, reterr);
    }
    return wanted->decode(response, settings, ret, reterr);
}

const char *format_accept(const struct decode_settings *settings)
{
    enum format format = settings->format != FORMAT_AUTO ? (enum format)settings->format
                         : settings->xpath               ? FORMAT_HTML
                                                         : FORMAT_JSON;
    return find_format(format)->accept;
}

int decode_answer(const struct http_response *response, const struct decode_settings *settings,
                  struct json_object **ret, struct problem **reterr)
{
    return settings->format == FORMAT_AUTO ? decode_by_type(response, settings, ret, reterr)
                                           : decode_by_name(response, settings, ret, reterr);
}
