#include "bridge/model/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_FIELDS 4 // of a list that was not told how many will come

static void header_deinit(const struct headers *headers, struct header *header)
{
    uintptr_t at = (uintptr_t)header->name - (uintptr_t)headers->block;
    if (!headers->block || at >= headers->block_size) {
        free(header->name);
    }
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

static int grow(struct headers *headers, size_t cap)
{
    struct header *v = reallocarray(headers->v, cap, sizeof(*v));
    if (!v) {
        return -ENOMEM;
    }
    headers->v = v;
    headers->cap = cap;
    return 0;
}

int headers_reserve(struct headers *headers, size_t n, size_t bytes)
{
    if (bytes > 0 && !headers->block) {
        headers->block = malloc(bytes);
        if (!headers->block) {
            return -ENOMEM;
        }
        headers->block_size = bytes;
        headers->block_used = 0;
    }
    return n <= headers->cap - headers->n ? 0 : grow(headers, headers->n + n);
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

// Room for the texts of a field: in the block, or by itself.
static char *take_room(struct headers *headers, size_t bytes)
{
    if (bytes > headers->block_size - headers->block_used) {
        return malloc(bytes);
    }
    char *room = headers->block + headers->block_used;
    headers->block_used += bytes;
    return room;
}

int headers_put(struct headers *headers, const char *name, const char *value)
{
    size_t name_len = strlen(name);
    size_t value_size = strlen(value) + 1;
    if (headers->n == headers->cap &&
        grow(headers, headers->n ? headers->n * 2 : FIRST_FIELDS) != 0) {
        return -ENOMEM;
    }
    char *text = take_room(headers, name_len + 1 + value_size);
    if (!text) {
        return -ENOMEM;
    }
    struct header *header = &headers->v[headers->n++];
    *header = (struct header){ text, text + name_len + 1, name_len };
    memcpy(header->name, name, name_len + 1);
    memcpy(header->value, value, value_size);
    return 0;
}

int headers_add(struct headers *headers, const char *name, const char *value)
{
    return is_token(name) && is_field_value(value) ? headers_put(headers, name, value) : -EINVAL;
}

static void remove_from(struct headers *headers, const char *name, size_t from)
{
    size_t kept = from;
    for (size_t i = from; i < headers->n; i++) {
        if (header_is(&headers->v[i], name)) {
            header_deinit(headers, &headers->v[i]);
        } else {
            headers->v[kept++] = headers->v[i];
        }
    }
    headers->n = kept;
}

static size_t find(const struct headers *headers, const char *name)
{
    size_t i = 0;
    while (i < headers->n && !header_is(&headers->v[i], name)) {
        i++;
    }
    return i;
}

int headers_set(struct headers *headers, const char *name, const char *value)
{
    size_t first = find(headers, name);
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
    size_t i = find(headers, name);
    return i < headers->n ? headers->v[i].value : NULL;
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
