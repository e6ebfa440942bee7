#include "sources/auth/api-key.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/http.h"
#include "bridge/spi/auth.h"
#include "sources/auth/credential.h"

static const struct option list[] = {
    { .key = "key",
      .type = OPTION_SECRET,
      .offset = offsetof(struct auth_api_key_settings, key),
      .flags = OPTION_REQUIRED,
      .doc = "The key.",
      .example = "${API_KEY}" },
    { .key = "header",
      .type = OPTION_STRING,
      .offset = offsetof(struct auth_api_key_settings, header),
      .doc = "The header field that carries the key. This or `param`.",
      .example = "X-API-Key" },
    { .key = "scheme",
      .type = OPTION_STRING,
      .offset = offsetof(struct auth_api_key_settings, scheme),
      .doc = "A word in front of the key in the header field, a space between them.",
      .example = "ApiKey" },
    { .key = "param",
      .type = OPTION_STRING,
      .offset = offsetof(struct auth_api_key_settings, param),
      .doc = "The parameter of the query that carries the key, for an API that takes it nowhere "
             "else: servers and proxies on the way may log a URL. Never shown here.",
      .example = "appid" },
};
static const struct option_table options = {
    .name = "auth api_key",
    .doc = "A key in a header field or in the query.",
    OPTION_TABLE_OF(struct auth_api_key_settings, list),
};

static int check_place(const struct auth_api_key_settings *auth, const char **ret_key,
                       struct problem **reterr)
{
    *ret_key = auth->header && auth->param ? "param" : "key";
    if (!auth->header == !auth->param) {
        return problem_set(reterr, -EINVAL, auth->header ? "conflict" : "missing_key",
                           auth->header ? "\"header\" and \"param\" exclude each other; keep one "
                                          "of them"
                                        : "nothing says where the key goes; add \"header\", such "
                                          "as: header: X-API-Key (or \"param\")");
    }
    if (auth->param && auth->scheme) {
        *ret_key = "scheme";
        return problem_set(reterr, -EINVAL, "conflict",
                           "\"scheme\" belongs to \"header\"; a parameter holds the key alone");
    }
    *ret_key = "param";
    return auth->param && str_is_empty(auth->param)
               ? problem_set(reterr, -EINVAL, "bad_name", "\"param\" is empty; name the parameter")
               : 0;
}

static int check(const void *settings, const char **ret_key, struct problem **reterr)
{
    const struct auth_api_key_settings *auth = settings;
    int r = check_place(auth, ret_key, reterr);
    if (r == 0 && auth->header) {
        *ret_key = "header";
        r = credential_check_field("header", auth->header, reterr);
    }
    if (r == 0 && auth->scheme) {
        *ret_key = "scheme";
        r = credential_check_scheme("scheme", auth->scheme, reterr);
    }
    if (r == 0) {
        *ret_key = "key";
        r = credential_check_text("key", auth->key.data, auth->key.len, reterr);
    }
    return r;
}

static void wipe_text(char *text)
{
    if (text) {
        explicit_bzero(text, strlen(text));
        free(text);
    }
}

static int apply_param(const struct auth_api_key_settings *auth, struct http_request *request)
{
    AUTO_WIPED struct buf url = { 0 };
    // The longest that encoding makes of it, so that no copy is left behind by growing.
    size_t most = strlen(request->url) + 3 * (strlen(auth->param) + auth->key.len) + 2;
    int r = buf_reserve(&url, most + 1);
    r = r ? r : buf_append_str(&url, request->url);
    r = r ? r : url_add_param(&url, auth->param, auth->key.data);
    if (r == 0) {
        wipe_text(request->url);
        request->url = buf_take(&url).data;
    }
    return r;
}

static int apply(const void *settings, const struct token *token, struct http_request *request)
{
    const struct auth_api_key_settings *auth = settings;
    (void)token;
    return auth->param ? apply_param(auth, request)
                       : credential_set(request, auth->header, auth->scheme, auth->key.data);
}

const struct auth_driver auth_api_key = {
    .name = "api_key",
    .doc = "A key in a header field or in the query.",
    .options = &options,
    .check = check,
    .apply = apply,
};
