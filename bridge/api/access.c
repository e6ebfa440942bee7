#include "bridge/api/access.h"

#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/util.h>
#include <openssl/crypto.h>
#include <string.h>

#include "bridge/base/secret.h"
#include "bridge/base/str.h"
#include "bridge/spi/settings.h"

#define BEARER "Bearer "

static const char *header(struct evhttp_request *request, const char *name)
{
    return evhttp_find_header(evhttp_request_get_input_headers(request), name);
}

static bool is_same(const char *given, const struct secret *token)
{
    return token->len > 0 && strlen(given) == token->len &&
           CRYPTO_memcmp(given, token->data, token->len) == 0;
}

static enum api_scope scope_of(const struct token_settings *token)
{
    static const enum api_scope scopes[] = {
        [TOKEN_READ] = API_READ,
        [TOKEN_WRITE] = API_WRITE,
        [TOKEN_ADMIN] = API_ADMIN,
    };
    return scopes[token->scope];
}

// Every token is compared, whichever fits, so that time tells nothing.
static const struct token_settings *find_token(const struct settings *settings, const char *given)
{
    const struct token_settings *found = NULL;
    for (size_t i = 0; i < settings->token_count; i++) {
        if (is_same(given, &settings->tokens[i].token)) {
            found = &settings->tokens[i];
        }
    }
    return found;
}

static struct access check_token(const struct settings *settings, const char *authorization,
                                 enum api_scope needed)
{
    if (!authorization || evutil_ascii_strncasecmp(authorization, BEARER, strlen(BEARER)) != 0) {
        return (struct access){ .token = "",
                                .status = 401,
                                .refusal = "bring a token of the configuration as "
                                           "\"Authorization: Bearer TOKEN\"" };
    }
    const char *given = authorization + strlen(BEARER);
    if (is_same(given, &settings->server.token)) {
        return (struct access){ .token = "server.token" };
    }
    const struct token_settings *token = find_token(settings, given);
    if (!token) {
        return (struct access){ .token = "",
                                .status = 401,
                                .refusal = "this token is none of the configuration" };
    }
    if (scope_of(token) < needed) {
        return (struct access){
            .token = token->name,
            .status = 403,
            .refusal = needed == API_ADMIN
                           ? "this takes a token with scope: admin; this one may do less"
                           : "this takes a token with scope: write or admin; this one may only read"
        };
    }
    return (struct access){ .token = token->name };
}

static bool is_from_this_machine(struct evhttp_request *request)
{
    char *address = NULL;
    ev_uint16_t port = 0;
    evhttp_connection_get_peer(evhttp_request_get_connection(request), &address, &port);
    return address && (str_starts(address, "127.") || str_eq(address, "::1") ||
                       str_starts(address, "::ffff:127."));
}

// The name of the loopback, or an address: what no foreign DNS can point here.
static bool is_own_host(const char *host)
{
    size_t len = host ? strcspn(host, ":") : 0;
    return host &&
           (host[0] == '[' ||
            (len == strlen("localhost") && evutil_ascii_strncasecmp(host, "localhost", len) == 0) ||
            strspn(host, "0123456789.") == len);
}

// A page of this very listener is no stranger.
static bool is_own_page(const char *origin, const char *host)
{
    static const char scheme[] = "http://";
    return str_starts(origin, scheme) && str_eq(origin + strlen(scheme), host);
}

static struct access check_caller(struct evhttp_request *request)
{
    const char *host = header(request, "Host");
    const char *origin = header(request, "Origin");
    if (!is_from_this_machine(request)) {
        return (struct access){ .token = "",
                                .status = 403,
                                .refusal = "without a token only this machine may ask; set "
                                           "server.token or tokens to ask from elsewhere" };
    }
    if (!is_own_host(host) || (origin && !is_own_page(origin, host))) {
        return (struct access){ .token = "",
                                .status = 403,
                                .refusal = "web pages may not ask; set server.token or tokens, "
                                           "and bring one" };
    }
    return (struct access){ .token = "" };
}

struct access access_check(struct evhttp_request *request, const struct settings *settings,
                           enum api_scope needed)
{
    if (needed == API_OPEN) {
        return (struct access){ .token = "" };
    }
    if (settings_has_token(settings)) {
        return check_token(settings, header(request, "Authorization"), needed);
    }
    return check_caller(request);
}
