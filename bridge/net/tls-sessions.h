#pragma once
// TLS sessions kept for resumption (a resumed handshake costs half of a full one). libcurl keeps 8
// per share, so origins are spread over many shares, each made when first needed.

#include <stdint.h>

#include <curl/curl.h>

#include "bridge/base/cleanup.h"

#define TLS_SESSION_SHARES 1024

struct tls_sessions {
    CURLSH *shares[TLS_SESSION_SHARES];
};

CURLSH *tls_sessions_get(struct tls_sessions *sessions, uint64_t origin); // NULL: out of memory
// Every easy handle that used one must be gone.
void tls_sessions_deinit(struct tls_sessions *sessions);
