#include "bridge/model/http.h"

#include <errno.h>
#include <string.h>

#include "bridge/base/str.h"

static void free_text(const struct headers *headers, char *text)
{
    uintptr_t at = (uintptr_t)text - (uintptr_t)headers->block;
    if (!headers->block || at >= headers->block_size) {
        free(text);
    }
}

static void header_deinit(const struct headers *headers, struct header *header)
{
    free_text(headers, header->name);
    free_text(headers, header->value);
    *header = (struct header){ 0 };
}

void headers_deinit(struct headers *headers)
{
    for (size_t i = 0; i < headers->n; i++) {
        header_deinit(headers, &headers->v[i]);
    }
    free(headers->v);
    free(headers->block);
    *headers = (struct headers){ 0 };
}

// RFC 9110 section 5.6.2. Every request and answer passes here several times, so the usual
// characters are looked at first.
static bool is_token_character(char c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || (c >= '0' && c <= '9')) {
        return true;
    }
    return c != '\0' && strchr("!#$%&'*+.^_`|~", c) != NULL;
}

static bool is_token(const char *text)
{
    const char *c = text;
    while (is_token_character(*c)) {
        c++;
    }
    return *c == '\0' && c != text;
}

static bool is_field_value(const char *text)
{
    return text[strcspn(text, "\r\n")] == '\0';
}

int headers_add(struct headers *headers, const char *name, const char *value)
{
    if (!is_token(name) || !is_field_value(value)) {
        return -EINVAL;
    }
    AUTO_FREE char *name_copy = strdup(name);
    AUTO_FREE char *value_copy = strdup(value);
    struct header *v = reallocarray(headers->v, headers->n + 1, sizeof(*v));
    if (v) {
        headers->v = v;
    }
    if (!name_copy || !value_copy || !v) {
        return -ENOMEM;
    }
    v[headers->n++] = (struct header){ .name = STEAL(name_copy), .value = STEAL(value_copy) };
    return 0;
}

static void remove_from(struct headers *headers, const char *name, size_t from)
{
    size_t kept = from;
    for (size_t i = from; i < headers->n; i++) {
        if (str_eq_nocase(headers->v[i].name, name)) {
            header_deinit(headers, &headers->v[i]);
        } else {
            headers->v[kept++] = headers->v[i];
        }
    }
    headers->n = kept;
}

int headers_set(struct headers *headers, const char *name, const char *value)
{
    size_t first = 0;
    while (first < headers->n && !str_eq_nocase(headers->v[first].name, name)) {
        first++;
    }
    int error = headers_add(headers, name, value);
    if (error || first == headers->n - 1) {
        return error;
    }
    // The new field takes the place of the first of its name.
    struct header added = headers->v[--headers->n];
    header_deinit(headers, &headers->v[first]);
    headers->v[first] = added;
    remove_from(headers, added.name, first + 1);
    return 0;
}

void headers_remove(struct headers *headers, const char *name)
{
    remove_from(headers, name, 0);
}

const char *headers_get(const struct headers *headers, const char *name)
{
    for (size_t i = 0; i < headers->n; i++) {
        if (str_eq_nocase(headers->v[i].name, name)) {
            return headers->v[i].value;
        }
    }
    return NULL;
}

int headers_copy(struct headers *ret, const struct headers *from)
{
    CLEANUP(headers_deinit) struct headers copy = { 0 };
    for (size_t i = 0; i < from->n; i++) {
        int error = headers_add(&copy, from->v[i].name, from->v[i].value);
        if (error) {
            return error;
        }
    }
    *ret = copy;
    copy = (struct headers){ 0 };
    return 0;
}

void http_request_deinit(struct http_request *request)
{
    free(request->method);
    free(request->url);
    headers_deinit(&request->headers);
    for (size_t i = 0; i < request->secret_headers.n; i++) {
        char *value = request->secret_headers.v[i].value;
        explicit_bzero(value, strlen(value));
    }
    headers_deinit(&request->secret_headers);
    bytes_deinit(&request->body);
    *request = (struct http_request){ 0 };
}

const char *http_error_code(enum http_error error)
{
    switch (error) {
    case HTTP_NO_ERROR: return "";
    case HTTP_DNS_ERROR: return "dns_error";
    case HTTP_CONNECTION_REFUSED: return "connection_refused";
    case HTTP_CONNECTION_RESET: return "connection_reset";
    case HTTP_TIMEOUT_CONNECT: return "timeout_connect";
    case HTTP_TIMEOUT_TOTAL: return "timeout_total";
    case HTTP_TLS_ERROR: return "tls_error";
    case HTTP_BLOCKED_ADDRESS: return "blocked_address";
    case HTTP_RESPONSE_TOO_LARGE: return "response_too_large";
    case HTTP_TOO_MANY_REDIRECTS: return "too_many_redirects";
    case HTTP_PROXY_ERROR: return "proxy_error";
    case HTTP_PROTOCOL_ERROR: return "protocol_error";
    case HTTP_CANCELED: return "canceled";
    }
    return "unknown";
}

void http_response_deinit(struct http_response *response)
{
    free(response->error_text);
    headers_deinit(&response->headers);
    bytes_deinit(&response->body);
    free(response->final_url);
    *response = (struct http_response){ 0 };
}
