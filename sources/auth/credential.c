#include "sources/auth/credential.h"

#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "bridge/model/http.h"

void credential_wipe(struct buf *buf)
{
    if (buf->data) {
        explicit_bzero(buf->data, buf->cap);
    }
    buf_deinit(buf);
}

int credential_set(struct http_request *request, const char *field, const char *scheme,
                   const char *value)
{
    AUTO_WIPED struct buf text = { 0 };
    if (str_is_empty(scheme)) {
        return headers_set(&request->secret_headers, field, value);
    }
    int r = buf_reserve(&text, strlen(scheme) + 1 + strlen(value));
    r = r ? r : buf_append_str(&text, scheme);
    r = r ? r : buf_append_char(&text, ' ');
    r = r ? r : buf_append_str(&text, value);
    return r ? r : headers_set(&request->secret_headers, field, buf_str(&text));
}
