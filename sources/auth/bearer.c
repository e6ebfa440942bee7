#include "sources/auth/bearer.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>

#include "bridge/base/problem.h"
#include "bridge/spi/auth.h"
#include "sources/auth/credential.h"

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
    (void)token;
    return credential_set(request, "Authorization", "Bearer", bearer->token.data);
}

const struct auth_driver auth_bearer = {
    .name = "bearer",
    .doc = "A token that is known beforehand.",
    .options = &options,
    .check = check,
    .apply = apply,
};
