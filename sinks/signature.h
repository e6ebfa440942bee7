#pragma once
// Signatures of webhooks, and what they ask of their secrets. The only user of libcrypto here.
//
// All kinds are HMAC-SHA256 over a short prefix and the very bytes that are sent.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/secret.h"

struct headers;
struct problem;

enum signature_kind {
    SIGNATURE_STANDARD, // webhook-signature: v1,… (Standard Webhooks 1.0.0)
    SIGNATURE_GITHUB,   // X-Hub-Signature-256: sha256=…
    SIGNATURE_STRIPE,   // Stripe-Signature: t=…,v1=…
    SIGNATURE_SLACK,    // X-Slack-Signature: v0=…, X-Slack-Request-Timestamp
    SIGNATURE_NONE,
};

// Secrets that are valid at one time while receivers change over, the newest first. A zeroed one
// is none.
#define SIGNATURE_SECRETS_MAX 3

struct signature_input { // borrowed
    const char *id;
    int64_t timestamp_s;
    const void *body;
    size_t len;
};

// Can its field carry the signatures of several secrets?
bool signature_takes_many(enum signature_kind kind);

// Can the secret be the key of such a signature? 0, -EINVAL with words, which never repeat the
// secret, or -ENOMEM.
int signature_check(enum signature_kind kind, const struct secret *secret,
                    struct problem **reterr) MUST_CHECK;
// Is a secret that passed the check shorter than it should be?
bool signature_is_weak(enum signature_kind kind, const struct secret *secret);

// Adds the fields that carry the signature, one signature for each secret there is. 0, -EINVAL (a
// secret is no key), -ENOMEM, -EIO (libcrypto refuses to work).
int signature_add(enum signature_kind kind, const struct secret secrets[SIGNATURE_SECRETS_MAX],
                  const struct signature_input *input, struct headers *headers) MUST_CHECK;
