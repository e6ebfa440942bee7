#include "sources/auth/basic.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/encode.h"
#include "bridge/base/problem.h"
#include "bridge/spi/auth.h"
#include "sources/auth/credential.h"

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

static bool has_control(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (iscntrl((unsigned char)text[i])) {
            return true;
        }
    }
    return false;
}

// RFC 7617 section 2 forbids both; a stray line end would only show as a 401 that nobody explains.
static int check(const void *settings, const char **ret_key, struct problem **reterr)
{
    const struct auth_basic_settings *basic = settings;
    const char *name = basic->username;
    *ret_key = "username";
    if (strchr(name, ':')) {
        return problem_set(reterr, -EINVAL, "bad_text",
                           "\"username\" holds a colon, which basic authentication cannot carry");
    }
    bool is_name = has_control(name, strlen(name));
    if (is_name || has_control(basic->password.data, basic->password.len)) {
        *ret_key = is_name ? "username" : "password";
        return problem_set(reterr, -EINVAL, "bad_text",
                           "\"%s\" holds a control character, such as a line end; remove it",
                           *ret_key);
    }
    return 0;
}

static int apply(const void *settings, const struct token *token, struct http_request *request)
{
    const struct auth_basic_settings *basic = settings;
    AUTO_WIPED struct buf pair = { 0 };
    AUTO_WIPED struct buf encoded = { 0 };
    (void)token;
    int r = buf_reserve(&pair, strlen(basic->username) + 1 + basic->password.len);
    r = r ? r : buf_append_str(&pair, basic->username);
    r = r ? r : buf_append_char(&pair, ':');
    r = r ? r : buf_append(&pair, basic->password.data, basic->password.len);
    r = r ? r : base64_encode(&encoded, pair.data, pair.len);
    return r ? r : credential_set(request, "Authorization", "Basic", buf_str(&encoded));
}

const struct auth_driver auth_basic = {
    .name = "basic",
    .doc = "User name and password with every request.",
    .options = &options,
    .check = check,
    .apply = apply,
};
