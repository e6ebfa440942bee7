#include "bridge/api/reply.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/model/json.h"

static const char *reason_of(int status)
{
    switch (status) {
    case 200: return "OK";
    case 202: return "Accepted";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "Status";
    }
}

static void set_header(struct evhttp_request *request, const char *name, const char *value)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    (void)evhttp_remove_header(headers, name);
    (void)evhttp_add_header(headers, name, value);
}

void reply_bytes(struct evhttp_request *request, int status, const char *content_type,
                 const void *data, size_t len)
{
    char length[24];
    (void)snprintf(length, sizeof(length), "%zu", len);
    set_header(request, "Content-Type", content_type);
    set_header(request, "Content-Length", length);
    set_header(request, "Cache-Control", "no-store");
    set_header(request, "X-Content-Type-Options", "nosniff");
    struct evbuffer *body = evhttp_request_get_output_buffer(request);
    if (evhttp_request_get_command(request) != EVHTTP_REQ_HEAD &&
        evbuffer_add(body, data, len) < 0) {
        set_header(request, "Content-Length", "0");
        status = 500;
    }
    evhttp_send_reply(request, status, reason_of(status), NULL);
}

void reply_text(struct evhttp_request *request, int status, const char *text)
{
    reply_bytes(request, status, "text/plain; charset=utf-8", text, strlen(text));
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
