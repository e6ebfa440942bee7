#include "bridge/api/access.h"

#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <openssl/crypto.h>
#include <string.h>

#include "bridge/base/secret.h"
#include "bridge/base/str.h"

#define BEARER "Bearer "

static bool is_token(const char *authorization, const struct secret *token)
{
    if (!authorization || !str_starts(authorization, BEARER)) {
        return false;
    }
    const char *given = authorization + strlen(BEARER);
    return strlen(given) == token->len && CRYPTO_memcmp(given, token->data, token->len) == 0;
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

const char *access_refuse(struct evhttp_request *request, const struct secret *token,
                          int *ret_status)
{
    const struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
    if (token && token->len > 0) {
        *ret_status = 401;
        return is_token(evhttp_find_header(headers, "Authorization"), token)
                   ? NULL
                   : "bring server.token as \"Authorization: Bearer TOKEN\"";
    }
    *ret_status = 403;
    if (!is_from_this_machine(request)) {
        return "without server.token only this machine may ask; set it to ask from elsewhere";
    }
    if (evhttp_find_header(headers, "Origin") ||
        !is_own_host(evhttp_find_header(headers, "Host"))) {
        return "web pages may not ask; set server.token and bring it";
    }
    return NULL;
}
