#include "sources/auth/basic.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/encode.h"
#include "bridge/base/problem.h"
#include "bridge/model/http.h"
#include "bridge/spi/auth.h"

static const struct option list[] = {
    { .key = "username",
      .type = OPTION_STRING,
      .offset = offsetof(struct auth_basic_settings, username),
      .flags = OPTION_REQUIRED | OPTION_HIDDEN_VALUE,
      .doc = "The user's name; without a colon, which would end it.",
      .example = "${API_USER}" },
    { .key = "password",
      .type = OPTION_SECRET,
      .offset = offsetof(struct auth_basic_settings, password),
      .doc = "The password; empty when absent.",
      .example = "${API_PASSWORD}" },
};
static const struct option_table options = {
    .name = "auth basic",
    .doc = "User name and password with every request (RFC 7617).",
    OPTION_TABLE_OF(struct auth_basic_settings, list),
};

static int check(const void *settings, const char **ret_key, struct problem **reterr)
{
    const struct auth_basic_settings *basic = settings;
    *ret_key = "username";
    if (strchr(basic->username, ':')) {
        return problem_set(reterr, -EINVAL, "bad_text",
                           "\"username\" holds a colon, which basic authentication cannot carry");
    }
    return 0;
}

// The forms in which the password could be seen are wiped.
static void wipe(struct buf *buf)
{
    if (buf->data) {
        explicit_bzero(buf->data, buf->cap);
    }
    buf_deinit(buf);
}

static int apply(const void *settings, const struct token *token, struct http_request *request)
{
    const struct auth_basic_settings *basic = settings;
    CLEANUP(wipe) struct buf pair = { 0 };
    CLEANUP(wipe) struct buf value = { 0 };
    (void)token;
    // One piece of memory each: growing would leave a copy behind.
    int r = buf_reserve(&pair, strlen(basic->username) + 1 + basic->password.len);
    r = r ? r : buf_append_str(&pair, basic->username);
    r = r ? r : buf_append_char(&pair, ':');
    r = r ? r : buf_append(&pair, basic->password.data, basic->password.len);
    r = r ? r : buf_reserve(&value, strlen("Basic ") + (pair.len + 2) / 3 * 4);
    r = r ? r : buf_append_str(&value, "Basic ");
    r = r ? r : base64_encode(&value, pair.data, pair.len);
    return r ? r : headers_set(&request->secret_headers, "Authorization", buf_str(&value));
}

const struct auth_driver auth_basic = {
    .name = "basic",
    .doc = "User name and password with every request.",
    .options = &options,
    .check = check,
    .apply = apply,
};
