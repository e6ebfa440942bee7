#include "sources/auth/login.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/base/units.h"
#include "bridge/expr/expr.h"
#include "bridge/model/json.h"
#include "bridge/spi/auth.h"
#include "sources/auth/credential.h"
#include "sources/auth/form.h"
#include "sources/auth/login-inside.h"
#include "sources/auth/token-answer.h"

static const char who[] = "the login";

// ---- the request ----

static int make_form(const struct headers *fields, struct http_request *request)
{
    AUTO_WIPED struct buf form = { 0 };
    int r = 0;
    for (size_t i = 0; r == 0 && i < fields->n; i++) {
        r = form_add(&form, fields->v[i].name, fields->v[i].value);
    }
    return r ? r : form_send(request, &form);
}

static int make_body(const struct auth_login_request *login, struct http_request *request)
{
    if (login->form.n > 0) {
        return make_form(&login->form, request);
    }
    const char *body = login->json ? login->json : login->body;
    int r = body ? bytes_dup(&request->body, body, strlen(body)) : 0;
    return r == 0 && login->json
               ? headers_set(&request->headers, "Content-Type", "application/json")
               : r;
}

static int token_request(const void *settings, const struct secret *renewal,
                         struct http_request *request)
{
    (void)renewal;
    const struct auth_login_settings *auth = settings;
    const struct auth_login_request *login = &auth->request;
    request->url = strdup(login->url);
    request->method = strdup(auth_login_method_name(login->method));
    int r = request->url && request->method ? 0 : -ENOMEM;
    r = r ? r : headers_set(&request->headers, "Accept", "application/json, */*;q=0.5");
    r = r ? r : make_body(login, request);
    for (size_t i = 0; r == 0 && i < login->headers.n; i++) {
        r = outgoing_set_field(request, login->headers.v[i].name, login->headers.v[i].value);
    }
    outgoing_apply(&login->outgoing, request);
    request->max_body_bytes = TOKEN_ANSWER_BYTES_MAX;
    request->decompress = true;
    return r;
}

// ---- the answer ----

static int refuse_status(int status, struct problem **reterr)
{
    const char *hint = status / 100 == 3   ? "; redirects of a login are not followed"
                       : status / 100 == 4 ? "; check its request and credentials"
                                           : "";
    return token_refuse(reterr, "%s was answered with status %d%s", who, status, hint);
}

static int token_from_header(const struct auth_login_settings *login,
                             const struct http_response *response, struct token *ret,
                             struct problem **reterr)
{
    const char *value = headers_get(&response->headers, login->token_header);
    size_t scheme = strlen(login->scheme);
    if (!value) {
        return token_refuse(reterr,
                            "the login's answer has no header field \"%s\" (see token_header)",
                            login->token_header);
    }
    if (strncasecmp(value, login->scheme, scheme) == 0 && value[scheme] == ' ') {
        value += scheme + strspn(value + scheme, " ");
    }
    return token_answer_secret(value, strlen(value), who, &ret->value, reterr);
}

static int token_from_answer(const struct auth_login_settings *login, struct json_object *answer,
                             struct token *ret, struct problem **reterr)
{
    AUTO_JSON struct json_object *value = NULL;
    int r = expr_eval(login->token, NULL, answer, &value, NULL);
    if (r < 0) {
        return r;
    }
    bool is_text = json_object_is_type(value, json_type_string);
    if (r > 0 || (!is_text && !json_object_is_type(value, json_type_int))) {
        return token_refuse(reterr, "the login's answer has no token at %s (see token)",
                            expr_text(login->token));
    }
    const char *text = json_object_get_string(value);
    size_t len = is_text ? (size_t)json_object_get_string_len(value) : strlen(text);
    return token_answer_secret(text, len, who, &ret->value, reterr);
}

static bool needs_json(const struct auth_login_settings *login)
{
    int64_t duration_ms = 0;
    bool path_tells_life = login->expires_in && !duration_parse(login->expires_in, &duration_ms);
    return login->token || path_tells_life || login->expires_at;
}

static int take_cookies(const struct auth_login_settings *login,
                        const struct http_response *response, int64_t now_ms, struct token *ret,
                        struct problem **reterr)
{
    const struct headers *headers = &response->headers;
    int r = 0;
    for (size_t i = 0; r == 0 && i < headers->n; i++) {
        if (str_eq_nocase(headers->v[i].name, "Set-Cookie")) {
            r = cookie_jar_take(&ret->cookies, login->request.url, headers->v[i].value, now_ms);
        }
    }
    if (r == -ENOSPC) {
        return token_refuse(reterr, "%s sets more than %d cookies", who, COOKIE_JAR_MAX);
    }
    if (r == 0 && ret->cookies.n == 0) {
        return token_refuse(reterr,
                            "the login's answer (status %d) sets no cookie that may be used; are "
                            "user and password right?",
                            response->status);
    }
    return r;
}

static int take_token(const struct auth_login_settings *login, const struct http_response *response,
                      struct json_object *answer, struct token *ret, struct problem **reterr)
{
    if (login->token) {
        return token_from_answer(login, answer, ret, reterr);
    }
    return login->token_header ? token_from_header(login, response, ret, reterr) : 0;
}

// What was configured counts; cookies say it themselves.
static int take_expiry(const struct auth_login_settings *login, struct json_object *answer,
                       int64_t now_ms, struct token *ret, struct problem **reterr)
{
    int r = auth_login_expiry(login, answer, now_ms, &ret->expires_at_ms, reterr);
    if (r == 0 && ret->expires_at_ms == 0) {
        ret->expires_at_ms = cookie_jar_expires_at_ms(&ret->cookies);
    }
    return r;
}

static bool is_good(const struct auth_login_settings *login, int status)
{
    return status / 100 == 2 || (login->cookies && status / 100 == 3);
}

static int token_parse(const void *settings, const struct http_response *response, int64_t now_ms,
                       struct token *ret, struct problem **reterr)
{
    const struct auth_login_settings *login = settings;
    AUTO_JSON struct json_object *answer = NULL;
    CLEANUP(token_deinit) struct token token = { 0 };
    if (!is_good(login, response->status)) {
        return refuse_status(response->status, reterr);
    }
    int r = needs_json(login) ? token_answer_read(response, who, &answer, reterr) : 0;
    r = r ? r : take_token(login, response, answer, &token, reterr);
    r = r || !login->cookies ? r : take_cookies(login, response, now_ms, &token, reterr);
    r = r ? r : take_expiry(login, answer, now_ms, &token, reterr);
    if (r == 0) {
        *ret = token;
        token = (struct token){ 0 };
    }
    return r;
}

// ---- the poll ----

// Behind the cookies that the source has of its own.
static int set_cookies(const struct cookie_jar *jar, struct http_request *request)
{
    AUTO_WIPED struct buf text = { 0 };
    const char *own = headers_get(&request->secret_headers, "Cookie");
    int r = own ? buf_printf(&text, "%s; ", own) : 0;
    size_t len = text.len;
    r = r ? r : cookie_jar_format(jar, request->url, &text);
    return r || text.len == len ? r
                                : headers_set(&request->secret_headers, "Cookie", buf_str(&text));
}

static int apply(const void *settings, const struct token *token, struct http_request *request)
{
    const struct auth_login_settings *login = settings;
    int r = token->value.len > 0
                ? credential_set(request, login->header, login->scheme, token->value.data)
                : 0;
    return r || token->cookies.n == 0 ? r : set_cookies(&token->cookies, request);
}

static bool refuses(const void *settings, int status)
{
    const struct auth_login_settings *auth = settings;
    return status_set_has(&auth->refused_status, status);
}

const struct auth_driver auth_login = {
    .name = "login",
    .doc = "A request that logs in, and the token it is answered with.",
    .options = &auth_login_options,
    .needs_token = true,
    .check = auth_login_check,
    .apply = apply,
    .refuses = refuses,
    .token_request = token_request,
    .token_parse = token_parse,
};
