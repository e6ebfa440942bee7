#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/base/units.h"
#include "bridge/expr/expr.h"
#include "sources/auth/credential.h"
#include "sources/auth/login-inside.h"
#include "sources/auth/login.h"

static const char *const method_names[] = {
    [AUTH_LOGIN_POST] = "POST",
    [AUTH_LOGIN_PUT] = "PUT",
    [AUTH_LOGIN_GET] = "GET",
    NULL,
};

static const struct option request_list[] = {
    { .key = "url",
      .type = OPTION_URL,
      .offset = offsetof(struct auth_login_request, url),
      .flags = OPTION_REQUIRED,
      .doc = "Where to log in. Redirects are not followed: they would carry the password on.",
      .example = "https://api.example.com/auth/login" },
    { .key = "method",
      .type = OPTION_ENUM,
      .offset = offsetof(struct auth_login_request, method),
      .preset = "POST",
      .names = method_names,
      .doc = "The method of the request.",
      .example = "POST" },
    { .key = "headers",
      .type = OPTION_PAIRS,
      .offset = offsetof(struct auth_login_request, headers),
      .flags = OPTION_HIDDEN_VALUE | OPTION_FIELDS,
      .doc = "Header fields of the request.",
      .example = "{ x-client-id: pollbridge }" },
    { .key = "json",
      .type = OPTION_JSON,
      .offset = offsetof(struct auth_login_request, json),
      .flags = OPTION_HIDDEN_VALUE,
      .doc = "The body as YAML, sent as JSON. Of `json`, `form` and `body` at most one.",
      .example = "{ username: \"${USER}\", password: \"${file:/run/secrets/password}\" }" },
    { .key = "form",
      .type = OPTION_PAIRS,
      .offset = offsetof(struct auth_login_request, form),
      .flags = OPTION_HIDDEN_VALUE,
      .doc = "The body as the fields of a form, sent as `application/x-www-form-urlencoded`.",
      .example = "{ username: \"${USER}\", password: \"${PASSWORD}\" }" },
    { .key = "body",
      .type = OPTION_STRING,
      .offset = offsetof(struct auth_login_request, body),
      .flags = OPTION_HIDDEN_VALUE,
      .doc = "The body, sent as it stands; its type belongs into `headers`.",
      .example = "\"<login user='${USER}'/>\"" },
    OUTGOING_OPTIONS(struct auth_login_request, "30s", "Time the whole login may take."),
};
static const struct option_table request_table = {
    .name = "auth login.request",
    .doc = "The request that logs in.",
    OPTION_TABLE_OF(struct auth_login_request, request_list),
};

static const struct option list[] = {
    { .key = "request",
      .type = OPTION_TABLE,
      .offset = offsetof(struct auth_login_settings, request),
      .flags = OPTION_REQUIRED,
      .table = &request_table,
      .doc = "The request that logs in. It is sent before the first poll, again 60s before the "
             "token expires, and once when a poll is answered with 401.",
      .example = "{ url: \"https://api.example.com/auth/login\", json: { user: \"${USER}\", "
                 "password: \"${PASSWORD}\" } }" },
    { .key = "token",
      .type = OPTION_EXPR,
      .offset = offsetof(struct auth_login_settings, token),
      .doc = "The path of the token in the JSON that is answered. This or `token_header`.",
      .example = ".access_token" },
    { .key = "token_header",
      .type = OPTION_STRING,
      .offset = offsetof(struct auth_login_settings, token_header),
      .doc = "The header field of the answer that holds the token; the word of `scheme` in front "
             "of it is taken off.",
      .example = "X-Auth-Token" },
    { .key = "cookies",
      .type = OPTION_BOOL,
      .offset = offsetof(struct auth_login_settings, cookies),
      .preset = "false",
      .doc = "Whether polls carry the cookies that the answer sets, each to the hosts and paths it "
             "is for and while it lasts; instead of a token or along with one. A redirect (of a "
             "login form) is then a good answer, too; it is not followed.",
      .example = "true" },
    { .key = "header",
      .type = OPTION_STRING,
      .offset = offsetof(struct auth_login_settings, header),
      .preset = "Authorization",
      .doc = "The header field of a poll that carries the token.",
      .example = "X-Session" },
    { .key = "scheme",
      .type = OPTION_STRING,
      .offset = offsetof(struct auth_login_settings, scheme),
      .preset = "Bearer",
      .doc = "The word in front of the token, a space between them; \"\" sends the token alone.",
      .example = "Token" },
    { .key = "expires_in",
      .type = OPTION_STRING,
      .offset = offsetof(struct auth_login_settings, expires_in),
      .doc = "How long the token is good: a duration, or the path of a number of seconds in the "
             "answer (`.expires_in?` when it may be missing). When neither this nor `expires_at` "
             "is set, or the number is 0 or less, the token is used until it is refused, cookies "
             "until the first of them expires.",
      .example = ".expires_in" },
    { .key = "expires_at",
      .type = OPTION_EXPR,
      .offset = offsetof(struct auth_login_settings, expires_at),
      .doc = "The path of the moment the token expires: seconds or milliseconds since 1970, or a "
             "date such as 2026-01-01T00:00:00Z. Not together with `expires_in`.",
      .example = ".data.expires_at" },
    { .key = "refused_status",
      .type = OPTION_STATUSES,
      .offset = offsetof(struct auth_login_settings, refused_status),
      .preset = "401",
      .doc =
          "Statuses of a poll that mean that the login is over: another one is made and the poll "
          "repeated, once. A portal that sends to its login page then is seen with `302` here "
          "and `redirects: 0` in the source.",
      .example = "[401, 302]" },
};
const struct option_table auth_login_options = {
    .name = "auth login",
    .doc = "Logs in by a request of its own and polls with the token it is given. One login "
           "serves all sources that name the auth.",
    OPTION_TABLE_OF(struct auth_login_settings, list),
};

const char *auth_login_method_name(int method)
{
    return method_names[method];
}

static int check_request(const struct auth_login_request *request, struct problem **reterr)
{
    int bodies = (request->json != NULL) + (request->body != NULL) + (request->form.n > 0);
    if (bodies > 1) {
        return problem_set(reterr, -EINVAL, "conflict",
                           "\"json\", \"form\" and \"body\" of \"request\" exclude each other; "
                           "keep one of them");
    }
    if (bodies > 0 && request->method == AUTH_LOGIN_GET) {
        return problem_set(reterr, -EINVAL, "conflict",
                           "a GET has no body; take \"method: GET\" or the body out of "
                           "\"request\"");
    }
    for (size_t i = 0; i < request->headers.n; i++) {
        const char *name = request->headers.v[i].name;
        const char *refusal = outgoing_refuse_field(name);
        if (refusal) {
            return problem_set(reterr, -EINVAL, "refused_header",
                               "the header field \"%s\" of \"request\" %s; remove it", name,
                               refusal);
        }
    }
    const char *inner_key = NULL; // a key of `request`, which the words name
    return outgoing_check(&request->outgoing, &inner_key, reterr);
}

static bool is_field_name(const char *text)
{
    struct headers CLEANUP(headers_deinit) probe = { 0 };
    return headers_add(&probe, text, "") == 0;
}

static int check_token(const struct auth_login_settings *login, const char **ret_key,
                       struct problem **reterr)
{
    *ret_key = "token";
    if (login->token && login->token_header) {
        return problem_set(reterr, -EINVAL, "conflict",
                           "\"token\" and \"token_header\" exclude each other; keep one of them");
    }
    if (!login->token && !login->token_header && !login->cookies) {
        return problem_set(reterr, -EINVAL, "missing_key",
                           "nothing says where the token is; add \"token\", such as: token: "
                           ".access_token (or \"token_header\", or \"cookies: true\")");
    }
    if (login->token && !expr_is_path(login->token)) {
        return problem_set(reterr, -EINVAL, "bad_expression",
                           "\"token\" must be a plain path such as .access_token");
    }
    if (login->token_header && !is_field_name(login->token_header)) {
        *ret_key = "token_header";
        return problem_set(reterr, -EINVAL, "bad_name",
                           "\"token_header\" is no name of an HTTP header field");
    }
    return 0;
}

static int check_expires_in(const char *text, struct problem **reterr)
{
    int64_t duration_ms = 0;
    if (duration_parse(text, &duration_ms)) {
        return duration_ms > 0 ? 0
                               : problem_set(reterr, -EINVAL, "out_of_bounds",
                                             "\"expires_in\" must be longer than 0");
    }
    struct expr CLEANUP(expr_freep) *path = NULL;
    int r = expr_new(&path, text, NULL);
    if (r == -ENOMEM || (r == 0 && expr_is_path(path))) {
        return r;
    }
    return problem_set(reterr, -EINVAL, "wrong_type",
                       "\"expires_in\" must be a duration such as 30m or a plain path such as "
                       ".expires_in");
}

static int check_expiry(const struct auth_login_settings *login, const char **ret_key,
                        struct problem **reterr)
{
    if (login->expires_in && login->expires_at) {
        *ret_key = "expires_in";
        return problem_set(reterr, -EINVAL, "conflict",
                           "\"expires_in\" and \"expires_at\" exclude each other; keep one of "
                           "them");
    }
    if (login->expires_at && !expr_is_path(login->expires_at)) {
        *ret_key = "expires_at";
        return problem_set(reterr, -EINVAL, "bad_expression",
                           "\"expires_at\" must be a plain path such as .expires_at");
    }
    *ret_key = "expires_in";
    return login->expires_in ? check_expires_in(login->expires_in, reterr) : 0;
}

static int check_header(const struct auth_login_settings *login, const char **ret_key,
                        struct problem **reterr)
{
    *ret_key = "header";
    int r = credential_check_field("header", login->header, reterr);
    if (r == 0) {
        *ret_key = "scheme";
        r = credential_check_scheme("scheme", login->scheme, reterr);
    }
    return r;
}

int auth_login_check(const void *settings, const char **ret_key, struct problem **reterr)
{
    const struct auth_login_settings *login = settings;
    *ret_key = "request";
    int r = check_request(&login->request, reterr);
    if (r == 0) {
        r = check_token(login, ret_key, reterr);
    }
    if (r == 0) {
        r = check_header(login, ret_key, reterr);
    }
    return r != 0 ? r : check_expiry(login, ret_key, reterr);
}
