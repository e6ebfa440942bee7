#pragma once
// What a kind of authentication must provide. Pure, like source drivers: the session (who
// refreshes when, once for all sources that share the auth) lives in bridge/poll.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/secret.h"
#include "bridge/spi/option.h"

struct http_request;
struct http_response;
struct problem;

struct token {
    struct secret value;
    int64_t expires_at_ms; // wall time; 0: unknown, used until refused
};

struct auth_driver {
    const char *name; // the value of `type:`
    const char *doc;
    const struct option_table *options;
    bool needs_token; // a token request comes before the first poll

    int (*check)(const void *settings, const char **ret_key, struct problem **reterr);

    // Puts the credential into request->secret_headers. `token` is NULL unless needs_token.
    int (*apply)(const void *settings, const struct token *token, struct http_request *request);

    // NULL unless needs_token. `request` is zeroed.
    int (*token_request)(const void *settings, struct http_request *request);
    // 0 with *ret filled (registered as a secret by the session), or AUTH_E_REFUSED with words.
    int (*token_parse)(const void *settings, const struct http_response *response, int64_t now_ms,
                       struct token *ret, struct problem **reterr);
};

enum { AUTH_E_REFUSED = 1 };

static inline void token_deinit(struct token *token)
{
    secret_deinit(&token->value);
    token->expires_at_ms = 0;
}
