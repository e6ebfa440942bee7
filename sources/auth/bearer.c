#include "sources/auth/bearer.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/model/http.h"
#include "bridge/spi/auth.h"

static const struct option list[] = {
    { .key = "token",
      .type = OPTION_SECRET,
      .offset = offsetof(struct auth_bearer_settings, token),
      .flags = OPTION_REQUIRED,
      .doc = "The token, sent as `Authorization: Bearer TOKEN`.",
      .example = "${API_TOKEN}" },
};
static const struct option_table options = {
    .name = "auth bearer",
    .doc = "A token that is known beforehand (RFC 6750).",
    OPTION_TABLE_OF(struct auth_bearer_settings, list),
};

static int check(const void *settings, const char **ret_key, struct problem **reterr)
{
    const struct auth_bearer_settings *bearer = settings;
    *ret_key = "token";
    for (size_t i = 0; i < bearer->token.len; i++) {
        if (!isgraph((unsigned char)bearer->token.data[i])) {
            return problem_set(reterr, -EINVAL, "bad_text",
                               "\"token\" holds white space or a character that is not ASCII; a "
                               "header field cannot carry it");
        }
    }
    return 0;
}

static int apply(const void *settings, const struct token *token, struct http_request *request)
{
    const struct auth_bearer_settings *bearer = settings;
    AUTO_BUF struct buf value = { 0 };
    (void)token;
    int r = buf_printf(&value, "Bearer %s", bearer->token.data);
    return r ? r : headers_set(&request->secret_headers, "Authorization", buf_str(&value));
}

const struct auth_driver auth_bearer = {
    .name = "bearer",
    .doc = "A token that is known beforehand.",
    .options = &options,
    .check = check,
    .apply = apply,
};
