#include "sources/http.h"

#include <errno.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/spi/source.h"
#include "sources/decode/format.h"
#include "sources/http-inside.h"

static int make_url(const struct source_http_settings *http, char **ret)
{
    AUTO_BUF struct buf url = { 0 };
    int r = buf_append_str(&url, http->url);
    for (size_t i = 0; r == 0 && i < http->params.n; i++) {
        r = url_add_param(&url, http->params.v[i].name, http->params.v[i].value);
    }
    if (r == 0) {
        *ret = buf_take(&url).data;
    }
    return r;
}

static int make_body(const struct source_http_settings *http, struct http_request *request)
{
    const char *body = http->json ? http->json : http->body;
    return body ? bytes_dup(&request->body, body, strlen(body)) : 0;
}

// The configured fields come last and win.
static int set_fields(const struct source_http_settings *http, struct http_request *request)
{
    int r = headers_set(&request->headers, "Accept", format_accept(&http->decode));
    if (r == 0 && http->json) {
        r = headers_set(&request->headers, "Content-Type", "application/json");
    }
    if (r == 0 && http->user_agent) {
        r = headers_set(&request->headers, "User-Agent", http->user_agent);
    }
    for (size_t i = 0; r == 0 && i < http->headers.n; i++) {
        r = outgoing_set_field(request, http->headers.v[i].name, http->headers.v[i].value);
    }
    return r;
}

static int make_request(const void *settings, struct http_request *request)
{
    const struct source_http_settings *http = settings;
    request->method = strdup(source_http_method_name(http->method));
    int r = request->method ? make_url(http, &request->url) : -ENOMEM;
    r = r ? r : make_body(http, request);
    r = r ? r : set_fields(http, request);
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

const struct source_driver source_http = {
    .name = "http",
    .doc = "A document or a list that one HTTP request answers.",
    .options = &source_http_options,
    .check = source_http_check,
    .request = make_request,
    .accepts = accepts,
    .decode = decode,
};
