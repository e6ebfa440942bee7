#include "sources/http.h"

#include <errno.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/model/places.h"
#include "bridge/spi/source.h"
#include "sources/decode/format.h"
#include "sources/http-inside.h"

// What one request is made of, and where words go when the members do not fit.
struct making {
    const struct source_http_settings *http;
    struct json_object *members;
    struct http_request *request;
    struct problem **reterr;
};

// A value of the configuration with its places filled.
static int fill(const struct making *making, const char *text, enum places_form form,
                struct buf *ret)
{
    int r = places_fill(text, form, making->members, ret, making->reterr);
    return r == PLACES_E_UNFIT ? SOURCE_E_UNFIT : r;
}

static int add_param(const struct making *making, const struct header *param, struct buf *url)
{
    AUTO_BUF struct buf value = { 0 };
    int r = fill(making, param->value, PLACES_PLAIN, &value);
    return r ? r : url_add_param(url, param->name, buf_str(&value));
}

// Filled places may have made anything of it.
static int check_url(const struct making *making, const char *url)
{
    AUTO_FREE char *origin = making->members ? url_origin(url) : NULL;
    return (origin && !strpbrk(url, " \t\r\n")) || !making->members
               ? 0
               : problem_set(making->reterr, SOURCE_E_UNFIT, "bad_url",
                             "the members make no usable URL of \"url\"; it must begin with "
                             "http:// or https:// and a host");
}

static bool is_fixed_url(const struct making *making)
{
    const struct source_http_settings *http = making->http;
    return !making->members && http->params.n == 0 && http->page.kind == PAGE_NONE;
}

static int copy_url(const struct making *making)
{
    making->request->url = strdup(making->http->url);
    return making->request->url ? 0 : -ENOMEM;
}

static int build_url(const struct making *making)
{
    const struct source_http_settings *http = making->http;
    AUTO_BUF struct buf url = { 0 };
    int r = fill(making, http->url, PLACES_URL, &url);
    r = r ? r : check_url(making, buf_str(&url));
    for (size_t i = 0; r == 0 && i < http->params.n; i++) {
        r = add_param(making, &http->params.v[i], &url);
    }
    r = r ? r : page_begin(&http->page, &url);
    if (r == 0) {
        making->request->url = buf_take(&url).data;
    }
    return r;
}

static int make_body(const struct making *making)
{
    const struct source_http_settings *http = making->http;
    AUTO_BUF struct buf body = { 0 };
    int r = 0;
    if (http->json) {
        r = fill(making, http->json, PLACES_JSON, &body);
    } else if (http->body) {
        r = fill(making, http->body, PLACES_PLAIN, &body);
    }
    if (r == 0) {
        making->request->body = buf_take(&body);
    }
    return r;
}

static int set_field(const struct making *making, const struct header *field)
{
    AUTO_BUF struct buf value = { 0 };
    int r = fill(making, field->value, PLACES_PLAIN, &value);
    r = r ? r : outgoing_set_field(making->request, field->name, buf_str(&value));
    return r != -EINVAL ? r
                        : problem_set(making->reterr, SOURCE_E_UNFIT, "bad_member",
                                      "the header field \"%s\" would hold a line end", field->name);
}

// The configured fields come last and win.
static int set_fields(const struct making *making)
{
    const struct source_http_settings *http = making->http;
    struct http_request *request = making->request;
    int r = headers_set(&request->headers, "Accept", format_accept(&http->decode));
    if (r == 0 && http->json) {
        r = headers_set(&request->headers, "Content-Type", "application/json");
    }
    if (r == 0 && http->user_agent) {
        r = headers_set(&request->headers, "User-Agent", http->user_agent);
    }
    for (size_t i = 0; r == 0 && i < http->headers.n; i++) {
        r = set_field(making, &http->headers.v[i]);
    }
    return r;
}

static int set_method(const struct source_http_settings *http, struct http_request *request)
{
    request->method = strdup(source_http_method_name(http->method));
    return request->method ? 0 : -ENOMEM;
}

static int make_request(const void *settings, struct json_object *members,
                        struct http_request *request, struct problem **reterr)
{
    const struct source_http_settings *http = settings;
    const struct making making = {
        .http = http,
        .members = members,
        .request = request,
        .reterr = reterr,
    };
    int r = http->method == SOURCE_HTTP_GET ? 0 : set_method(http, request);
    r = r ? r : is_fixed_url(&making) ? copy_url(&making) : build_url(&making);
    r = r ? r : make_body(&making);
    r = r ? r : set_fields(&making);
    outgoing_apply(&http->outgoing, request);
    request->max_body_bytes = http->max_body_bytes;
    request->max_redirects = (unsigned)http->redirects;
    request->decompress = true;
    return r;
}

static bool accepts(const void *settings, int status)
{
    const struct source_http_settings *http = settings;
    return status_set_has(&http->ok_status, status);
}

static int decode(const void *settings, const struct http_response *response,
                  struct json_object **ret, struct problem **reterr)
{
    const struct source_http_settings *http = settings;
    return decode_answer(response, &http->decode, ret, reterr);
}

static bool pages(const void *settings, struct page_limits *ret)
{
    const struct source_http_settings *http = settings;
    return page_get_limits(&http->page, ret);
}

static int next_page(const void *settings, const struct page_answer *answer, struct page_place *ret,
                     struct problem **reterr)
{
    const struct source_http_settings *http = settings;
    return page_next(&http->page, answer, ret, reterr);
}

const struct source_driver source_http = {
    .name = "http",
    .doc = "A document or a list that an HTTP API answers with, also page by page.",
    .options = &source_http_options,
    .check = source_http_check,
    .request = make_request,
    .accepts = accepts,
    .decode = decode,
    .pages = pages,
    .next_page = next_page,
};
