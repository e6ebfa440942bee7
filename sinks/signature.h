#pragma once
// Signatures of webhooks, and what they ask of their secrets. The only user of libcrypto here.
//
// A further algorithm (ed25519's v1a) is a further case of sign_standard; several valid secrets
// are several calls that append to one field, as Standard Webhooks lists them behind one another.

#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct headers;
struct problem;
struct secret;

enum signature_kind {
    SIGNATURE_STANDARD, // webhook-signature: v1,… (Standard Webhooks 1.0.0)
    SIGNATURE_GITHUB,   // X-Hub-Signature-256: sha256=…
    SIGNATURE_STRIPE,   // Stripe-Signature: t=…,v1=…
    SIGNATURE_SLACK,    // X-Slack-Signature: v0=…, X-Slack-Request-Timestamp
    SIGNATURE_NONE,
};

struct signature_input { // borrowed
    const char *id;
    int64_t timestamp_s;
    const void *body;
    size_t len;
};

// Can the secret be the key of such a signature, and is it strong enough? 0 or -EINVAL with words
// (code "warning_weak_secret": it may be used). Never repeats the secret. -ENOMEM.
int signature_check(enum signature_kind kind, const struct secret *secret,
                    struct problem **reterr) MUST_CHECK;

// Adds the fields that carry the signature. 0, -EINVAL (the secret is none), -ENOMEM, -EIO
// (libcrypto refuses to work).
int signature_add(enum signature_kind kind, const struct secret *secret,
                  const struct signature_input *input, struct headers *headers) MUST_CHECK;
