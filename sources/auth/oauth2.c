#include "sources/auth/oauth2.h"

#include <errno.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/encode.h"
#include "bridge/base/str.h"
#include "bridge/spi/auth.h"
#include "sources/auth/credential.h"
#include "sources/auth/form.h"
#include "sources/auth/oauth2-inside.h"
#include "sources/auth/token-answer.h"

// ---- the token request ----

static int add_scopes(struct buf *form, const struct string_list *scopes)
{
    AUTO_BUF struct buf text = { 0 };
    int r = 0;
    for (size_t i = 0; r == 0 && i < scopes->n; i++) {
        r = i > 0 ? buf_append_char(&text, ' ') : 0;
        r = r ? r : buf_append_str(&text, scopes->v[i]);
    }
    return r || scopes->n == 0 ? r : form_add(form, "scope", buf_str(&text));
}

static int add_wishes(struct buf *form, const struct auth_oauth2_settings *auth)
{
    int r = add_scopes(form, &auth->scopes);
    if (r == 0 && !str_is_empty(auth->audience)) {
        r = form_add(form, "audience", auth->audience);
    }
    for (size_t i = 0; r == 0 && i < auth->params.n; i++) {
        r = form_add(form, auth->params.v[i].name, auth->params.v[i].value);
    }
    return r;
}

// Section 2.3.1: id and secret are encoded as in a form before they become user and password, so
// that a colon in the id does not end it.
static int show_client_in_field(const struct auth_oauth2_settings *auth,
                                struct http_request *request)
{
    AUTO_WIPED struct buf user = { 0 };
    AUTO_WIPED struct buf password = { 0 };
    int r = buf_reserve(&password, 3 * auth->client_secret.len);
    r = r ? r : url_encode(&user, auth->client_id);
    r = r ? r : url_encode(&password, auth->client_secret.data);
    return r ? r : credential_set_basic(request, buf_str(&user), buf_str(&password), password.len);
}

static int show_client(const struct auth_oauth2_settings *auth, struct buf *form,
                       struct http_request *request)
{
    bool has_secret = auth->client_secret.len > 0;
    if (has_secret && auth->client_auth == AUTH_OAUTH2_HEADER) {
        return show_client_in_field(auth, request);
    }
    int r = form_add(form, "client_id", auth->client_id);
    return r || !has_secret ? r : form_add(form, "client_secret", auth->client_secret.data);
}

static int make_body(const struct auth_oauth2_settings *auth, const struct secret *renewal,
                     struct http_request *request)
{
    AUTO_WIPED struct buf form = { 0 };
    bool refreshes = auth->grant == AUTH_OAUTH2_REFRESH_TOKEN;
    int r = form_add(&form, "grant_type", refreshes ? "refresh_token" : "client_credentials");
    if (r == 0 && refreshes) {
        r = form_add(&form, "refresh_token", renewal ? renewal->data : auth->refresh_token.data);
    }
    r = r ? r : add_wishes(&form, auth);
    r = r ? r : show_client(auth, &form, request);
    return r ? r : form_send(request, &form);
}

static int token_request(const void *settings, const struct secret *renewal,
                         struct http_request *request)
{
    const struct auth_oauth2_settings *auth = settings;
    request->url = strdup(auth->token_url);
    request->method = strdup("POST");
    int r = request->url && request->method ? 0 : -ENOMEM;
    r = r ? r : headers_set(&request->headers, "Accept", "application/json");
    r = r ? r : make_body(auth, renewal, request);
    outgoing_apply(&auth->outgoing, request);
    request->max_body_bytes = TOKEN_ANSWER_BYTES_MAX;
    request->decompress = true;
    return r;
}

static const struct secret *seed(const void *settings)
{
    const struct auth_oauth2_settings *auth = settings;
    return auth->grant == AUTH_OAUTH2_REFRESH_TOKEN ? &auth->refresh_token : NULL;
}

// ---- the poll ----

static int apply(const void *settings, const struct token *token, struct http_request *request)
{
    (void)settings;
    return credential_set(request, "Authorization", "Bearer", token->value.data);
}

static bool refuses(const void *settings, int status)
{
    const struct auth_oauth2_settings *auth = settings;
    return status_set_has(&auth->refused_status, status);
}

const struct auth_driver auth_oauth2 = {
    .name = "oauth2",
    .doc = "Access tokens of an OAuth 2.0 server.",
    .options = &auth_oauth2_options,
    .needs_token = true,
    .check = auth_oauth2_check,
    .apply = apply,
    .refuses = refuses,
    .seed = seed,
    .token_request = token_request,
    .token_parse = auth_oauth2_parse,
};
