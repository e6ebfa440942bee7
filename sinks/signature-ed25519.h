#pragma once
// The asymmetric signature of Standard Webhooks, `v1a`. For the signature files only.

#include "bridge/base/cleanup.h"

struct buf;
struct secret;
struct signature_input;

// Appends "v1a,…", the signature of prefix and body. 0, -EINVAL (no such key), -ENOMEM, -EIO.
int ed25519_append(const struct secret *signer, const char *prefix,
                   const struct signature_input *input, struct buf *value) MUST_CHECK;
