#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "sources/auth/credential.h"
#include "sources/auth/oauth2-inside.h"
#include "sources/auth/oauth2.h"

static const char *const grant_names[] = {
    [AUTH_OAUTH2_CLIENT_CREDENTIALS] = "client_credentials",
    [AUTH_OAUTH2_REFRESH_TOKEN] = "refresh_token",
    NULL,
};
static const char *const style_names[] = {
    [AUTH_OAUTH2_HEADER] = "header",
    [AUTH_OAUTH2_BODY] = "body",
    NULL,
};

static const struct option list[] = {
    { .key = "token_url",
      .type = OPTION_URL,
      .offset = offsetof(struct auth_oauth2_settings, token_url),
      .flags = OPTION_REQUIRED,
      .doc = "The token endpoint. Redirects are not followed: they would carry the secrets on.",
      .example = "https://login.example.com/oauth2/token" },
    { .key = "grant",
      .type = OPTION_ENUM,
      .offset = offsetof(struct auth_oauth2_settings, grant),
      .preset = "client_credentials",
      .names = grant_names,
      .doc = "How a token is asked for: by the client for itself, or with a `refresh_token`.",
      .example = "refresh_token" },
    { .key = "client_id",
      .type = OPTION_STRING,
      .offset = offsetof(struct auth_oauth2_settings, client_id),
      .flags = OPTION_REQUIRED | OPTION_HIDDEN_VALUE,
      .doc = "The name the server knows the client by.",
      .example = "${CLIENT_ID}" },
    { .key = "client_secret",
      .type = OPTION_SECRET,
      .offset = offsetof(struct auth_oauth2_settings, client_secret),
      .doc = "The client's password. Absent for a public client, and for one that is known by the "
             "certificate in `tls`.",
      .example = "${CLIENT_SECRET}" },
    { .key = "client_auth",
      .type = OPTION_ENUM,
      .offset = offsetof(struct auth_oauth2_settings, client_auth),
      .preset = "header",
      .names = style_names,
      .doc =
          "Where id and secret of the client go: into the header field `Authorization`, as every "
          "server must understand, or into the body, as some want it.",
      .example = "body" },
    { .key = "refresh_token",
      .type = OPTION_SECRET,
      .offset = offsetof(struct auth_oauth2_settings, refresh_token),
      .doc = "The refresh token to begin with. When the server answers with another one, that is "
             "kept in the store and used from then on, until a new one is configured here.",
      .example = "${REFRESH_TOKEN}" },
    { .key = "scopes",
      .type = OPTION_STRINGS,
      .offset = offsetof(struct auth_oauth2_settings, scopes),
      .doc = "What the token is to allow.",
      .example = "[orders.read, stock.read]" },
    { .key = "audience",
      .type = OPTION_STRING,
      .offset = offsetof(struct auth_oauth2_settings, audience),
      .doc = "The API the token is for, where the server serves several.",
      .example = "https://api.example.com" },
    { .key = "params",
      .type = OPTION_PAIRS,
      .offset = offsetof(struct auth_oauth2_settings, params),
      .flags = OPTION_HIDDEN_VALUE,
      .doc = "More parameters of the token request.",
      .example = "{ resource: \"https://api.example.com\" }" },
    { .key = "expires_in",
      .type = OPTION_DURATION,
      .offset = offsetof(struct auth_oauth2_settings, expires_in_ms),
      .least = 1000,
      .most = INT64_C(366) * 86400 * 1000,
      .doc = "How long a token is good when the server does not say; without it such a token is "
             "used until it is refused.",
      .example = "1h" },
    { .key = "refused_status",
      .type = OPTION_STATUSES,
      .offset = offsetof(struct auth_oauth2_settings, refused_status),
      .preset = "401",
      .doc = "Statuses of a poll that mean that the token is no longer taken: another one is asked "
             "for "
             "and the poll repeated, once.",
      .example = "[401, 403]" },
    OUTGOING_OPTIONS(struct auth_oauth2_settings, "30s", "Time a token request may take."),
};
const struct option_table auth_oauth2_options = {
    .name = "auth oauth2",
    .doc =
        "Access tokens of an OAuth 2.0 server (RFC 6749), asked for before the first poll, again "
        "60s before they expire, and once when a poll is answered with 401. One token serves all "
        "sources that name the auth.",
    OPTION_TABLE_OF(struct auth_oauth2_settings, list),
};

static int check_grant(const struct auth_oauth2_settings *auth, const char **ret_key,
                       struct problem **reterr)
{
    bool refreshes = auth->grant == AUTH_OAUTH2_REFRESH_TOKEN;
    *ret_key = "grant";
    if (refreshes && auth->refresh_token.len == 0) {
        return problem_set(reterr, -EINVAL, "missing_key",
                           "\"grant: refresh_token\" needs a \"refresh_token\"; add the one the "
                           "server gave when access was granted");
    }
    if (!refreshes && auth->refresh_token.len > 0) {
        *ret_key = "refresh_token";
        return problem_set(reterr, -EINVAL, "conflict",
                           "\"refresh_token\" is used by \"grant: refresh_token\" only; add that, "
                           "or remove the token");
    }
    if (!refreshes && auth->client_secret.len == 0 && !auth->outgoing.tls.cert_file) {
        return problem_set(reterr, -EINVAL, "missing_key",
                           "\"grant: client_credentials\" needs a \"client_secret\" (or a client "
                           "certificate in \"tls\")");
    }
    return 0;
}

static int check_params(const struct auth_oauth2_settings *auth, struct problem **reterr)
{
    static const struct {
        const char *param;
        const char *key;
    } own[] = {
        { "grant_type", "grant" },
        { "client_id", "client_id" },
        { "client_secret", "client_secret" },
        { "refresh_token", "refresh_token" },
        { "scope", "scopes" },
        { "audience", "audience" },
    };
    for (size_t i = 0; i < auth->params.n; i++) {
        for (size_t j = 0; j < ARRAY_LEN(own); j++) {
            if (str_eq(auth->params.v[i].name, own[j].param)) {
                return problem_set(reterr, -EINVAL, "conflict",
                                   "the parameter \"%s\" is set by the key \"%s\"; take it out of "
                                   "\"params\"",
                                   own[j].param, own[j].key);
            }
        }
    }
    return 0;
}

static int check_texts(const struct auth_oauth2_settings *auth, const char **ret_key,
                       struct problem **reterr)
{
    *ret_key = "client_id";
    int r = credential_check_text("client_id", auth->client_id, strlen(auth->client_id), reterr);
    if (r == 0) {
        *ret_key = "client_secret";
        r = credential_check_text("client_secret", auth->client_secret.data,
                                  auth->client_secret.len, reterr);
    }
    if (r == 0) {
        *ret_key = "refresh_token";
        r = credential_check_text("refresh_token", auth->refresh_token.data,
                                  auth->refresh_token.len, reterr);
    }
    return r;
}

int auth_oauth2_check(const void *settings, const char **ret_key, struct problem **reterr)
{
    const struct auth_oauth2_settings *auth = settings;
    int r = check_grant(auth, ret_key, reterr);
    r = r ? r : check_texts(auth, ret_key, reterr);
    if (r == 0) {
        *ret_key = "params";
        r = check_params(auth, reterr);
    }
    return r ? r : outgoing_check(&auth->outgoing, ret_key, reterr);
}
