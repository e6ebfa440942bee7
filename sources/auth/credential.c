#include "sources/auth/credential.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/encode.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/http.h"
#include "bridge/spi/outgoing.h"

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

int credential_set_basic(struct http_request *request, const char *user, const char *password,
                         size_t password_len)
{
    AUTO_WIPED struct buf pair = { 0 };
    AUTO_WIPED struct buf encoded = { 0 };
    int r = buf_reserve(&pair, strlen(user) + 1 + password_len);
    r = r ? r : buf_append_str(&pair, user);
    r = r ? r : buf_append_char(&pair, ':');
    r = r ? r : buf_append(&pair, password, password_len);
    r = r ? r : base64_encode(&encoded, pair.data, pair.len);
    return r ? r : credential_set(request, "Authorization", "Basic", buf_str(&encoded));
}

int credential_check_text(const char *key, const char *text, size_t len, struct problem **reterr)
{
    for (size_t i = 0; i < len; i++) {
        if (iscntrl((unsigned char)text[i])) {
            return problem_set(reterr, -EINVAL, "bad_text",
                               "\"%s\" holds a control character, such as a line end; remove it",
                               key);
        }
    }
    return 0;
}

static int check_name(const char *key, const char *field, struct problem **reterr)
{
    struct headers CLEANUP(headers_deinit) probe = { 0 };
    int r = headers_add(&probe, field, "");
    return r == -EINVAL ? problem_set(reterr, -EINVAL, "bad_name",
                                      "\"%s\" is no name of an HTTP header field", key)
                        : r;
}

int credential_check_field(const char *key, const char *field, struct problem **reterr)
{
    const char *refusal = outgoing_refuse_field(field);
    return refusal ? problem_set(reterr, -EINVAL, "refused_header", "the header field \"%s\" %s",
                                 field, refusal)
                   : check_name(key, field, reterr);
}

int credential_check_scheme(const char *key, const char *scheme, struct problem **reterr)
{
    for (const char *c = scheme; *c; c++) {
        if (!isgraph((unsigned char)*c)) {
            return problem_set(reterr, -EINVAL, "bad_text",
                               "\"%s\" must be one word of ASCII, without white space", key);
        }
    }
    return 0;
}
