// What the token endpoint answers (RFC 6749 sections 5.1 and 5.2). Error descriptions are written
// by the server, may hold anything, and are never repeated.

#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/json.h"
#include "bridge/spi/auth.h"
#include "sources/auth/oauth2-inside.h"
#include "sources/auth/oauth2.h"
#include "sources/auth/token-answer.h"

#define ERROR_LENGTH_MAX 64

static const char who[] = "the token endpoint";

struct error_words {
    const char *code;
    const char *words;
};

static const struct error_words known_errors[] = {
    { "invalid_request", "finds the request incomplete or contradictory; see what else it wants in "
                         "\"params\", \"scopes\" or \"audience\"" },
    { "invalid_client", "does not know the client or its secret; check \"client_id\", "
                        "\"client_secret\" and \"client_auth\"" },
    { "unauthorized_client",
      "does not let this client use this grant; check \"grant\", or what the "
      "server is set to allow the client" },
    { "unsupported_grant_type", "does not know this grant; check \"grant\" and \"token_url\"" },
    { "invalid_scope", "does not give these scopes; check \"scopes\"" },
    { "temporarily_unavailable", "is not available now" },
    { "server_error", "has an error of its own" },
};

static const char *member_text(struct json_object *answer, const char *name)
{
    struct json_object *value = NULL;
    return json_object_is_type(answer, json_type_object) &&
                   json_object_object_get_ex(answer, name, &value) &&
                   json_object_is_type(value, json_type_string)
               ? json_object_get_string(value)
               : NULL;
}

// Error codes are such words; what is none may be anything.
static bool is_code(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len <= ERROR_LENGTH_MAX && strspn(text, "abcdefghijklmnopqrstuvwxyz_") == len;
}

static int refuse_error(const struct auth_oauth2_settings *auth, const char *code,
                        struct problem **reterr)
{
    if (str_eq(code, "invalid_grant")) {
        return token_refuse(reterr, "%s %s (invalid_grant)", who,
                            auth->grant == AUTH_OAUTH2_REFRESH_TOKEN
                                ? "no longer takes the refresh token: it expired, was revoked or "
                                  "was used elsewhere; grant access anew and configure the new "
                                  "\"refresh_token\""
                                : "does not take what it was given");
    }
    for (size_t i = 0; i < ARRAY_LEN(known_errors); i++) {
        if (str_eq(code, known_errors[i].code)) {
            return token_refuse(reterr, "%s %s (%s)", who, known_errors[i].words, code);
        }
    }
    return token_refuse(reterr, "%s answered with the error \"%s\"", who,
                        is_code(code) ? code : "…");
}

static int refuse_status(int status, struct problem **reterr)
{
    const char *hint = status / 100 == 3 ? "; redirects of a token request are not followed"
                       : status == 404   ? "; check \"token_url\""
                       : status / 100 == 4
                           ? "; check \"client_id\", \"client_secret\" and \"client_auth\""
                           : "";
    return token_refuse(reterr, "%s answered with status %d%s", who, status, hint);
}

static int parse_error(const struct auth_oauth2_settings *auth,
                       const struct http_response *response, struct problem **reterr)
{
    AUTO_JSON struct json_object *answer = NULL;
    int r = json_read(&answer, response->body.data, response->body.len, NULL, NULL);
    if (r < 0) {
        return r;
    }
    const char *code = r == 0 ? member_text(answer, "error") : NULL;
    return code ? refuse_error(auth, code, reterr) : refuse_status(response->status, reterr);
}

// RFC 6750 alone: a token of another type (MAC, DPoP) proves nothing when it is only shown.
static int check_type(struct json_object *answer, struct problem **reterr)
{
    const char *type = member_text(answer, "token_type");
    return !type || str_eq_nocase(type, "Bearer")
               ? 0
               : token_refuse(reterr, "%s answered with a token that is no bearer token", who);
}

static int64_t expiry_of(const struct auth_oauth2_settings *auth, struct json_object *answer,
                         int64_t now_ms)
{
    struct json_object *value = NULL;
    double seconds = 0;
    bool is_told = json_object_object_get_ex(answer, "expires_in", &value) &&
                   token_answer_number(value, &seconds) && seconds > 0;
    return token_answer_expiry(now_ms, is_told ? seconds * 1000 : (double)auth->expires_in_ms);
}

// A server may answer with the next refresh token (section 6).
static int take_renewal(const struct auth_oauth2_settings *auth, struct json_object *answer,
                        struct token *token, struct problem **reterr)
{
    const char *text =
        auth->grant == AUTH_OAUTH2_REFRESH_TOKEN ? member_text(answer, "refresh_token") : NULL;
    return text ? token_answer_secret(text, strlen(text), who, &token->renewal, reterr) : 0;
}

static int parse_token(const struct auth_oauth2_settings *auth, struct json_object *answer,
                       int64_t now_ms, struct token *ret, struct problem **reterr)
{
    CLEANUP(token_deinit) struct token token = { 0 };
    const char *text = member_text(answer, "access_token");
    const char *error = member_text(answer, "error");
    if (!text) {
        return error ? refuse_error(auth, error, reterr) // some say so with status 200
                     : token_refuse(reterr,
                                    "the answer of %s holds no \"access_token\"; check "
                                    "\"token_url\"",
                                    who);
    }
    int r = check_type(answer, reterr);
    r = r ? r : token_answer_secret(text, strlen(text), who, &token.value, reterr);
    r = r ? r : take_renewal(auth, answer, &token, reterr);
    if (r == 0) {
        token.expires_at_ms = expiry_of(auth, answer, now_ms);
        *ret = token;
        token = (struct token){ 0 };
    }
    return r;
}

int auth_oauth2_parse(const void *settings, const struct http_response *response, int64_t now_ms,
                      struct token *ret, struct problem **reterr)
{
    const struct auth_oauth2_settings *auth = settings;
    AUTO_JSON struct json_object *answer = NULL;
    if (response->status < 200 || response->status > 299) {
        return parse_error(auth, response, reterr);
    }
    int r = token_answer_read(response, who, &answer, reterr);
    return r ? r : parse_token(auth, answer, now_ms, ret, reterr);
}
