#pragma once
// The header field that carries a credential, and buffers that leave no trace of one.

#include <stddef.h>

#include "bridge/base/cleanup.h"

struct buf;
struct http_request;
struct problem;

// "SCHEME VALUE", or VALUE alone when the scheme is "" or NULL, into request->secret_headers. 0,
// -EINVAL when it is no header field, -ENOMEM.
int credential_set(struct http_request *request, const char *field, const char *scheme,
                   const char *value) MUST_CHECK;

// "Basic …" as RFC 7617 makes it. 0, -EINVAL, -ENOMEM.
int credential_set_basic(struct http_request *request, const char *user, const char *password,
                         size_t password_len) MUST_CHECK;

// A line end at the end of a key would only show as a 401 that nobody explains: 0, -EINVAL with
// words when the text holds a control character, -ENOMEM.
int credential_check_text(const char *key, const char *text, size_t len,
                          struct problem **reterr) MUST_CHECK;
// Whether an option's value can be that field or that scheme: 0, -EINVAL with words, -ENOMEM.
int credential_check_field(const char *key, const char *field, struct problem **reterr) MUST_CHECK;
int credential_check_scheme(const char *key, const char *scheme,
                            struct problem **reterr) MUST_CHECK;

// As buf_deinit, but wipes first. Reserve the whole length before appending: growing would leave a
// copy behind.
void credential_wipe(struct buf *buf);
#define AUTO_WIPED CLEANUP(credential_wipe)
