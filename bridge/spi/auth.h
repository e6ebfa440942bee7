#pragma once
// What a kind of authentication must provide. Pure, like source drivers: the session (who
// refreshes when, once for all sources that share the auth) lives in bridge/poll.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/secret.h"
#include "bridge/model/cookie.h"
#include "bridge/spi/option.h"

struct http_request;
struct http_response;
struct problem;

struct token {
    struct secret value;       // empty: cookies alone
    struct cookie_jar cookies; // that polls carry as well
    struct secret renewal;     // what the next one is asked for with, from now on; empty: as before
    int64_t expires_at_ms;     // wall time; 0: unknown, used until refused
};

struct auth_driver {
    const char *name; // the value of `type:`
    const char *doc;
    const struct option_table *options;
    bool needs_token; // a token request comes before the first poll

    int (*check)(const void *settings, const char **ret_key, struct problem **reterr);

    // Puts the credential into request->secret_headers. `token` is NULL unless needs_token.
    int (*apply)(const void *settings, const struct token *token, struct http_request *request);

    // Does a poll's status mean that the token is no longer taken? NULL unless needs_token.
    bool (*refuses)(const void *settings, int status);
    // The configured secret that tokens are asked for with and that answers may replace; NULL, as
    // the function may be: there is none.
    const struct secret *(*seed)(const void *settings);
    // NULL unless needs_token. `request` is zeroed. `renewal` is what replaced the seed; NULL:
    // nothing has.
    int (*token_request)(const void *settings, const struct secret *renewal,
                         struct http_request *request);
    // 0 with *ret filled (its secrets are registered by the session), or AUTH_E_REFUSED with words.
    int (*token_parse)(const void *settings, const struct http_response *response, int64_t now_ms,
                       struct token *ret, struct problem **reterr);
};

enum { AUTH_E_REFUSED = 1 };

static inline void token_deinit(struct token *token)
{
    secret_deinit(&token->value);
    cookie_jar_deinit(&token->cookies);
    secret_deinit(&token->renewal);
    token->expires_at_ms = 0;
}
