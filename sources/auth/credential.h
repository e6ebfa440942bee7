#pragma once
// The header field that carries a credential, and buffers that leave no trace of one.

#include "bridge/base/cleanup.h"

struct buf;
struct http_request;

// "SCHEME VALUE", or VALUE alone when the scheme is "", into request->secret_headers. 0, -EINVAL
// when it is no header field, -ENOMEM.
int credential_set(struct http_request *request, const char *field, const char *scheme,
                   const char *value) MUST_CHECK;

// As buf_deinit, but wipes first. Reserve the whole length before appending: growing would leave a
// copy behind.
void credential_wipe(struct buf *buf);
#define AUTO_WIPED CLEANUP(credential_wipe)
