#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "sources/decode/charset.h"
#include "sources/decode/html.h"
#include "sources/http-inside.h"
#include "sources/http.h"

#define MIB ((int64_t)1024 * 1024)

static const char *const method_names[] = {
    [SOURCE_HTTP_GET] = "GET",
    [SOURCE_HTTP_POST] = "POST",
    [SOURCE_HTTP_PUT] = "PUT",
    [SOURCE_HTTP_PATCH] = "PATCH",
    NULL,
};

static const struct option csv_list[] = {
    { .key = "delimiter",
      .type = OPTION_STRING,
      .offset = offsetof(struct csv_settings, delimiter),
      .flags = OPTION_REQUEST,
      .doc = "The character between fields; when absent a comma, or a tab when the content type is "
             "text/tab-separated-values.",
      .example = "\";\"" },
    { .key = "header",
      .type = OPTION_BOOL,
      .offset = offsetof(struct csv_settings, header),
      .flags = OPTION_REQUEST,
      .preset = "true",
      .doc = "The first row names the fields and rows become objects; without it they are arrays.",
      .example = "false" },
};

static const struct option_table csv_options = {
    .name = "csv",
    .doc = "How CSV is read.",
    OPTION_TABLE_OF(struct csv_settings, csv_list),
};

static const struct option xml_list[] = {
    { .key = "lists",
      .type = OPTION_STRINGS,
      .offset = offsetof(struct xml_settings, lists),
      .flags = OPTION_REQUEST,
      .doc = "Names of elements that are arrays even where there is just one of them.",
      .example = "[item, entry]" },
};

static const struct option_table xml_options = {
    .name = "xml",
    .doc = "How XML is read.",
    OPTION_TABLE_OF(struct xml_settings, xml_list),
};

static const struct option list[] = {
    { .key = "url",
      .type = OPTION_URL,
      .offset = offsetof(struct source_http_settings, url),
      .flags = OPTION_REQUIRED | OPTION_REQUEST | OPTION_PLACES,
      .doc = "What is asked for. User and password do not belong here but into `auth`.",
      .example = "https://api.open-meteo.com/v1/forecast" },
    { .key = "method",
      .type = OPTION_ENUM,
      .offset = offsetof(struct source_http_settings, method),
      .flags = OPTION_REQUEST,
      .preset = "GET",
      .names = method_names,
      .doc = "The method of the request. A request with `body` or `json` needs one other than GET.",
      .example = "POST" },
    { .key = "params",
      .type = OPTION_PAIRS,
      .offset = offsetof(struct source_http_settings, params),
      .flags = OPTION_REQUEST | OPTION_HIDDEN_VALUE | OPTION_PLACES,
      .doc = "Parameters that are percent-encoded and added to the query of `url`, in this order. "
             "Logs and errors never show their values; `pollbridge test` shows those that are no "
             "credential.",
      .example = "{ latitude: 40.4, longitude: -3.7, current: \"temperature_2m,weather_code\" }" },
    { .key = "headers",
      .type = OPTION_PAIRS,
      .offset = offsetof(struct source_http_settings, headers),
      .flags = OPTION_REQUEST | OPTION_HIDDEN_VALUE | OPTION_FIELDS | OPTION_PLACES,
      .doc = "Header fields of the request. All but the harmless ones (Accept, Accept-Language, "
             "Content-Type, User-Agent, …) may be credentials: they are not sent on when a redirect "
             "leads to another origin, and `pollbridge test` alone shows those that do not look "
             "like one.",
      .example = "{ accept: application/vnd.github+json, x-api-key: \"${API_KEY}\" }" },
    { .key = "body",
      .type = OPTION_STRING,
      .offset = offsetof(struct source_http_settings, body),
      .flags = OPTION_REQUEST | OPTION_HIDDEN_VALUE | OPTION_PLACES,
      .doc = "The body of the request, sent as it stands. Not together with `json`; its type "
             "belongs into `headers`.",
      .example = "\"status=open&page=1\"" },
    { .key = "json",
      .type = OPTION_JSON,
      .offset = offsetof(struct source_http_settings, json),
      .flags = OPTION_REQUEST | OPTION_HIDDEN_VALUE | OPTION_PLACES,
      .doc = "The body of the request as YAML, sent as JSON with `content-type: application/json`; "
             "a GraphQL query is one of these. Not together with `body`.",
      .example = "{ query: \"{ viewer { login } }\" }" },
    { .key = "user_agent",
      .type = OPTION_STRING,
      .offset = offsetof(struct source_http_settings, user_agent),
      .flags = OPTION_REQUEST,
      .doc = "The User-Agent; `pollbridge/VERSION` when absent. Some APIs ask for an address where "
             "you can be reached.",
      .example = "\"weather-watch (ops@example.com)\"" },
    OUTGOING_OPTIONS(struct source_http_settings, "30s",
                     "Time the whole request may take, redirects and body included."),
    { .key = "max_body_size",
      .type = OPTION_SIZE,
      .offset = offsetof(struct source_http_settings, max_body_bytes),
      .preset = "10MiB",
      .least = 1,
      .most = 1024 * MIB,
      .doc = "The largest answer that is read, counted after decompression; a larger one is a "
             "failed poll.",
      .example = "512KiB" },
    { .key = "redirects",
      .type = OPTION_INT,
      .offset = offsetof(struct source_http_settings, redirects),
      .preset = "5",
      .least = 0,
      .most = 20,
      .doc = "How many redirects are followed one after the other; 0 makes each one a failed poll. "
             "Credentials are not sent to another origin.",
      .example = "0" },
    { .key = "ok_status",
      .type = OPTION_STATUSES,
      .offset = offsetof(struct source_http_settings, ok_status),
      .preset = "200-299",
      .doc = "The statuses whose answers carry data; every other one, apart from 304, is a failed "
             "poll.",
      .example = "[200, 404]" },
    { .key = "format",
      .type = OPTION_ENUM,
      .offset = offsetof(struct source_http_settings, decode.format),
      .flags = OPTION_REQUEST,
      .preset = "auto",
      .names = format_names,
      .doc = "How the answer is read. `auto` goes by its content type, then by how it begins, and "
             "refuses an HTML page unless there is an `xpath`. `feed` gives RSS, Atom and JSON "
             "Feed one shape (`items: .items[]`, `key: .id`); `xml` makes attributes `@name` and "
             "text `#text`; `csv` makes objects by the header row, `text` an array of lines, "
             "`ndjson` an array of its values.",
      .example = "feed" },
    { .key = "charset",
      .type = OPTION_STRING,
      .offset = offsetof(struct source_http_settings, decode.charset),
      .flags = OPTION_REQUEST,
      .doc = "The charset of the answer where the server does not say it or says a wrong one. Only "
             "a byte order mark stands above it.",
      .example = "windows-1252" },
    { .key = "xpath",
      .type = OPTION_STRING,
      .offset = offsetof(struct source_http_settings, decode.xpath),
      .flags = OPTION_REQUEST,
      .doc = "What of an HTML page is of interest, as XPath 1.0: an array with `text`, `html` and "
             "`attributes` of each node.",
      .example = "\"//table[@id='rates']//tr\"" },
    { .key = "allow_empty",
      .type = OPTION_BOOL,
      .offset = offsetof(struct source_http_settings, decode.allow_empty),
      .flags = OPTION_REQUEST,
      .preset = "false",
      .doc = "An empty answer (`csv`, `html`, `ndjson`, `text`) or an `xpath` that finds nothing "
             "is an empty list; without it, a failed poll.",
      .example = "true" },
    { .key = "csv",
      .type = OPTION_TABLE,
      .offset = offsetof(struct source_http_settings, decode.csv),
      .table = &csv_options,
      .doc = "How CSV is read." },
    { .key = "xml",
      .type = OPTION_TABLE,
      .offset = offsetof(struct source_http_settings, decode.xml),
      .table = &xml_options,
      .doc = "How XML is read." },
    { .key = "pagination",
      .type = OPTION_TABLE,
      .offset = offsetof(struct source_http_settings, page),
      .flags = OPTION_REQUEST,
      .table = &page_options,
      .doc = "How a list that comes in pages is asked for; all pages are one document.",
      .example = "{ type: link, max_pages: 50 }" },
};

const struct option_table source_http_options = {
    .name = "source http",
    .doc = "Asks for a URL and compares what comes back: JSON, XML, a feed, CSV, text or parts of "
           "a page. This is the type of a source that names none.",
    OPTION_TABLE_OF(struct source_http_settings, list),
};

const char *source_http_method_name(int method)
{
    return method_names[method];
}

static int check_body(const struct source_http_settings *http, const char **ret_key,
                      struct problem **reterr)
{
    if (http->body && http->json) {
        *ret_key = "body";
        return problem_set(reterr, -EINVAL, "conflict",
                           "\"body\" and \"json\" exclude each other; keep one of them");
    }
    if ((http->body || http->json) && http->method == SOURCE_HTTP_GET) {
        *ret_key = http->body ? "body" : "json";
        return problem_set(reterr, -EINVAL, "conflict",
                           "a GET has no body, so \"%s\" is of no use; add method: POST", *ret_key);
    }
    return 0;
}

static int check_headers(const struct headers *headers, struct problem **reterr)
{
    for (size_t i = 0; i < headers->n; i++) {
        const char *refusal = outgoing_refuse_field(headers->v[i].name);
        if (refusal) {
            return problem_set(reterr, -EINVAL, "refused_header",
                               "the header field \"%s\" %s; remove it", headers->v[i].name,
                               refusal);
        }
    }
    return 0;
}

static int check_user_agent(const struct source_http_settings *http, struct problem **reterr)
{
    if (http->user_agent && headers_get(&http->headers, "User-Agent")) {
        return problem_set(reterr, -EINVAL, "conflict",
                           "\"user_agent\" and the header field User-Agent exclude each other; "
                           "keep one of them");
    }
    if (http->user_agent && strpbrk(http->user_agent, "\r\n")) {
        return problem_set(reterr, -EINVAL, "bad_text",
                           "\"user_agent\" holds a line end; write it as one line");
    }
    return 0;
}

static int check_xpath(const struct decode_settings *decode, struct problem **reterr)
{
    bool for_html = decode->format == FORMAT_HTML;
    if (for_html && !decode->xpath) {
        return problem_set(reterr, -EINVAL, "missing_key",
                           "format: html needs an \"xpath\" that says what of the page is of "
                           "interest");
    }
    if (decode->xpath && !for_html && decode->format != FORMAT_AUTO) {
        return problem_set(reterr, -EINVAL, "conflict",
                           "\"xpath\" is for format: html; remove one of them");
    }
    return decode->xpath ? html_check_xpath(decode->xpath, reterr) : 0;
}

static int check_charset(const char *charset, struct problem **reterr)
{
    if (charset && !charset_find(charset, strlen(charset))) {
        return problem_set(reterr, -EINVAL, "bad_name",
                           "\"charset\" is none that is known, such as utf-8, iso-8859-1, "
                           "windows-1252 or shift_jis");
    }
    return 0;
}

static int check_delimiter(const char *delimiter, struct problem **reterr)
{
    if (delimiter && (strlen(delimiter) != 1 || strchr("\"\r\n", *delimiter) ||
                      (unsigned char)*delimiter > 0x7e)) {
        return problem_set(reterr, -EINVAL, "bad_text",
                           "\"delimiter\" is to be one ASCII character other than a quote or a "
                           "line end; a tab is written \"\\t\"");
    }
    return 0;
}

static int check_decode(const struct decode_settings *decode, const char **ret_key,
                        struct problem **reterr)
{
    *ret_key = decode->xpath ? "xpath" : "format";
    int r = check_xpath(decode, reterr);
    if (r == 0) {
        *ret_key = "charset";
        r = check_charset(decode->charset, reterr);
    }
    if (r == 0) {
        *ret_key = "csv";
        r = check_delimiter(decode->csv.delimiter, reterr);
    }
    return r;
}

int source_http_check(const void *settings, const char **ret_key, struct problem **reterr)
{
    const struct source_http_settings *http = settings;
    int r = check_body(http, ret_key, reterr);
    if (r == 0) {
        *ret_key = "headers";
        r = check_headers(&http->headers, reterr);
    }
    if (r == 0) {
        *ret_key = "user_agent";
        r = check_user_agent(http, reterr);
    }
    r = r ? r : check_decode(&http->decode, ret_key, reterr);
    if (r == 0) {
        *ret_key = "pagination";
        r = page_check(&http->page, http->json != NULL, reterr);
    }
    return r != 0 ? r : outgoing_check(&http->outgoing, ret_key, reterr);
}
