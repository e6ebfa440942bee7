#include "bridge/api/reply.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/model/json.h"

static const struct {
    int status;
    const char *words;
} reasons[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 409, "Conflict" },
    { 410, "Gone" },
    { 413, "Content Too Large" },
    { 415, "Unsupported Media Type" },
    { 422, "Unprocessable Content" },
    { 500, "Internal Server Error" },
    { 503, "Service Unavailable" },
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
        if (reasons[i].status == status) {
            return reasons[i].words;
        }
    }
    return "Status";
}

static const struct {
    unsigned method;
    const char *name;
} methods[] = {
    { EVHTTP_REQ_GET, "GET" },     { EVHTTP_REQ_HEAD, "HEAD" },     { EVHTTP_REQ_POST, "POST" },
    { EVHTTP_REQ_PATCH, "PATCH" }, { EVHTTP_REQ_DELETE, "DELETE" },
};

const char *reply_method_name(unsigned method)
{
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        if (methods[i].method == method) {
            return methods[i].name;
        }
    }
    return "?";
}

void reply_format_methods(unsigned which, char *ret, size_t size)
{
    size_t len = 0;
    *ret = '\0';
    for (size_t i = 0; i < ARRAY_LEN(methods) && len < size; i++) {
        if (which & methods[i].method) {
            len +=
                (size_t)snprintf(ret + len, size - len, "%s%s", len ? ", " : "", methods[i].name);
        }
    }
}

void reply_set_header(struct evhttp_request *request, const char *name, const char *value)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    (void)evhttp_remove_header(headers, name);
    (void)evhttp_add_header(headers, name, value);
}

static void describe_body(struct evhttp_request *request, const char *content_type, size_t len)
{
    char length[24];
    (void)snprintf(length, sizeof(length), "%zu", len);
    reply_set_header(request, "Content-Type", content_type);
    reply_set_header(request, "Content-Length", length);
}

void reply_bytes(struct evhttp_request *request, int status, const char *content_type,
                 const void *data, size_t len)
{
    if (content_type) {
        describe_body(request, content_type, len);
    }
    reply_set_header(request, "Cache-Control", "no-store");
    reply_set_header(request, "X-Content-Type-Options", "nosniff");
    if (status == 503) {
        reply_set_header(request, "Retry-After", "1");
    }
    struct evbuffer *body = evhttp_request_get_output_buffer(request);
    if (evhttp_request_get_command(request) != EVHTTP_REQ_HEAD &&
        evbuffer_add(body, data, len) < 0) {
        reply_set_header(request, "Content-Length", "0");
        status = 500;
    }
    evhttp_send_reply(request, status, reason_of(status), NULL);
}

static int write_error(struct buf *buf, const char *code, const char *detail)
{
    int r = buf_append_str(buf, "{\"code\":");
    if (r == 0) {
        r = json_write_string(buf, code, strlen(code));
    }
    if (r == 0) {
        r = buf_append_str(buf, ",\"detail\":");
    }
    if (r == 0) {
        r = json_write_string(buf, detail, strlen(detail));
    }
    return r == 0 ? buf_append_str(buf, "}\n") : r;
}

void reply_error(struct evhttp_request *request, int status, const char *code, const char *detail)
{
    static const char fallback[] = "{\"code\":\"out_of_memory\",\"detail\":\"out of memory\"}\n";
    AUTO_BUF struct buf buf = { 0 };
    if (write_error(&buf, code, detail) == 0) {
        reply_bytes(request, status, "application/json", buf.data, buf.len);
    } else {
        reply_bytes(request, status, "application/json", fallback, sizeof(fallback) - 1);
    }
}
