#pragma once
// One libcurl easy handle and what it is set to. Handles are used again and again without
// curl_easy_reset; a request sets only what differs from the handle's last use, which is most often
// nothing ("lazy" options: a quarter of the client's CPU for a small request).

#include <stdbool.h>

#include <curl/curl.h>

#include "bridge/base/cleanup.h"
#include "bridge/model/http.h"

struct target;

enum easy_verb { EASY_UNSET, EASY_GET, EASY_HEAD, EASY_BODY };

// What one request wants. Everything is borrowed for the call except where noted.
struct easy_wish {
    struct target *target;
    CURLSH *sessions;           // must outlive the handle; NULL: what it had (never at first)
    struct curl_slist *headers; // must stay until the transfer ended
    const char *method;
    const struct bytes *body; // NULL: none is sent; must stay until the transfer ended
    const char *proxy;        // NULL: none
    const char *cert_file;
    const char *key_file;
    long tls_version; // CURL_SSLVERSION_…
    bool verify;
    bool http2;         // where the server agrees
    const char *decode; // constant; the encodings that are undone; NULL: none
    bool fresh_connection;
    long timeout_ms;
    long connect_timeout_ms;
    long dns_cache_s;
};

struct easy_options {
    CURL *easy;            // owned
    struct target *target; // owned reference; its CURLU is in use by the handle
    CURLSH *sessions;
    const struct curl_slist *headers;
    const struct curl_slist *connect_to;
    enum easy_verb verb;
    char *method; // CURLOPT_CUSTOMREQUEST; NULL: the verb's own
    char *proxy;
    char *cert_file;
    char *key_file;
    long tls_version;
    bool verify;
    bool http2;
    const char *decode;
    bool fresh_connection;
    long timeout_ms;
    long connect_timeout_ms;
    long dns_cache_s;
};

void easy_options_deinit(struct easy_options *options); // frees the handle too
// Makes the handle with everything that never changes.
int easy_options_init(struct easy_options *options) MUST_CHECK; // 0 or -ENOMEM
int easy_options_apply(struct easy_options *options, const struct easy_wish *wish) MUST_CHECK;
