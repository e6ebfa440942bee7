#include "sources/auth/basic.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

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

// RFC 7617 section 2 forbids a colon in the name, and control characters in both.
static int check(const void *settings, const char **ret_key, struct problem **reterr)
{
    const struct auth_basic_settings *basic = settings;
    const char *name = basic->username;
    *ret_key = "username";
    if (strchr(name, ':')) {
        return problem_set(reterr, -EINVAL, "bad_text",
                           "\"username\" holds a colon, which basic authentication cannot carry");
    }
    int r = credential_check_text("username", name, strlen(name), reterr);
    if (r == 0) {
        *ret_key = "password";
        r = credential_check_text("password", basic->password.data, basic->password.len, reterr);
    }
    return r;
}

static int apply(const void *settings, const struct token *token, struct http_request *request)
{
    const struct auth_basic_settings *basic = settings;
    (void)token;
    return credential_set_basic(request, basic->username, basic->password.data,
                                basic->password.len);
}

const struct auth_driver auth_basic = {
    .name = "basic",
    .doc = "User name and password with every request.",
    .options = &options,
    .check = check,
    .apply = apply,
};
