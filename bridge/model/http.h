#pragma once
// An HTTP request and its answer as plain values. Drivers make and read them; bridge/net moves
// them.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"

struct header {
    char *name; // its value follows it, in the same piece of memory
    char *value;
    size_t name_len;
};

// Has it that name? Names have no case. Most fields differ in length already.
static inline bool header_is(const struct header *header, const char *name)
{
    size_t len = strlen(name);
    return header->name_len == len && strncasecmp(header->name, name, len) == 0;
}

struct headers {
    struct header *v; // owned, also the texts
    size_t n;
    size_t cap;
    char *block; // texts that lie in here are not freed by themselves; NULL: none
    size_t block_size;
    size_t block_used;
};

void headers_deinit(struct headers *headers);
// Room for n more fields and, the first time, for as many bytes of their texts with their ends:
// adding these allocates nothing. Texts that do not fit are kept one by one. 0 or -ENOMEM.
int headers_reserve(struct headers *headers, size_t n, size_t bytes) MUST_CHECK;
// Copies. Refuses (-EINVAL) names that are not tokens and values with CR, LF or NUL.
int headers_add(struct headers *headers, const char *name, const char *value) MUST_CHECK;
// The same for pairs that are no fields, or are known to be good ones: refuses nothing.
int headers_put(struct headers *headers, const char *name, const char *value) MUST_CHECK;
// Replaces every field of that name, or adds it.
int headers_set(struct headers *headers, const char *name, const char *value) MUST_CHECK;
void headers_remove(struct headers *headers, const char *name);
// First value of a field, names compared without case; NULL when absent. Borrowed.
const char *headers_get(const struct headers *headers, const char *name);
int headers_copy(struct headers *ret, const struct headers *from) MUST_CHECK;

// TLS options of one target; immutable, lives in the settings.
struct tls_settings {
    char *ca_file;
    char *cert_file;
    char *key_file;
    char *server_name; // SNI and the name verified, when it differs from the URL's host
    int min_version;   // enum tls_version
    bool insecure_skip_verify;
};
enum tls_version { TLS_1_2, TLS_1_3 };

enum http_version { HTTP_1_1, HTTP_AUTO, HTTP_2 }; // auto: HTTP/2 where the server agrees to it

struct http_request {
    char *method;           // upper case; NULL: GET
    char *url;              // absolute, http or https
    struct headers headers; // as sent; net adds Host, Content-Length, Accept-Encoding
    struct headers
        secret_headers; // sent too; dropped when a redirect leaves the origin; never logged
    struct bytes body;  // sent when len > 0 or the method is POST, PUT or PATCH
    const struct tls_settings *tls; // borrowed from the settings the caller holds; may be NULL
    const char *proxy;              // borrowed; NULL: none (the environment is never asked)
    int version;                    // enum http_version; HTTP_2: sent over that or not at all
    int64_t timeout_ms;             // whole request, body too
    int64_t connect_timeout_ms;     // TCP and TLS
    uint64_t max_body_bytes;        // counted after decompression; 0 reads nothing
    unsigned max_redirects;         // 0: never followed, the 3xx is the answer
    bool decompress;                // offer and undo gzip, br, zstd
    bool truncate_body; // a body over max_body_bytes is cut and `truncated` set, no failure
    bool allow_private; // else the address policy refuses non-public addresses
};

void http_request_deinit(struct http_request *request);

enum http_error {
    HTTP_NO_ERROR,
    HTTP_DNS_ERROR,
    HTTP_CONNECTION_REFUSED,
    HTTP_CONNECTION_RESET,
    HTTP_TIMEOUT_CONNECT,
    HTTP_TIMEOUT_TOTAL,
    HTTP_TLS_ERROR,
    HTTP_BLOCKED_ADDRESS,
    HTTP_RESPONSE_TOO_LARGE,
    HTTP_TOO_MANY_REDIRECTS,
    HTTP_PROXY_ERROR,
    HTTP_PROTOCOL_ERROR, // not HTTP, short body, undecodable encoding
    HTTP_CANCELED,       // by http_cancel or shutdown
};
// "dns_error", "timeout_total", …: the codes of events, logs and metrics. "" for HTTP_NO_ERROR.
const char *http_error_code(enum http_error error);

struct http_response {
    enum http_error error; // when set, status may be 0 and the body is not to be used
    char *error_text;      // for people, no secrets; NULL when there is none
    int status;
    struct headers headers; // of the final answer
    struct bytes body;      // decoded
    char *final_url;        // NULL unless redirected
    bool truncated;
    bool reused;            // sent on a connection used before
    bool nothing_received;  // failed before any byte of the answer came back
    bool tls_name_refused;  // HTTP_TLS_ERROR: the certificate is not for the host's name
    unsigned http_version;  // 11, 20
    int64_t received_at_ms; // wall time of the end
    int64_t total_us;
    int64_t name_lookup_us; // phases, cumulative from the start, as libcurl gives them
    int64_t connect_us;
    int64_t tls_us;
    int64_t first_byte_us;
};

void http_response_deinit(struct http_response *response);

// URL without user info and fragment, and with "…" for every query value that may be a credential
// (credential.h): what is shown to a person. malloc'ed; NULL when out of memory.
char *url_redact(const char *url);
// "scheme://host:port" in lower case, default port written out; NULL when not an http(s) URL.
char *url_origin(const char *url);
// Appends the text with everything but unreserved characters (RFC 3986 section 2.3)
// percent-encoded. 0, -ENOMEM, -EMSGSIZE; may then have appended a part.
int url_encode(struct buf *out, const char *text) MUST_CHECK;
// Percent-encodes and appends name=value to the URL's query; a fragment, never sent, is dropped.
// 0, -ENOMEM, -EMSGSIZE.
int url_add_param(struct buf *url, const char *name, const char *value) MUST_CHECK;
// The same, in the place of every parameter of that name.
int url_set_param(struct buf *url, const char *name, const char *value) MUST_CHECK;
// What `reference`, found in the answer to the http(s) URL `base`, means (RFC 3986 section 5),
// without its fragment. 0, -ENOMEM, or -EINVAL when that is no http(s) URL or holds white space.
int url_resolve(const char *base, const char *reference, char **ret) MUST_CHECK;
