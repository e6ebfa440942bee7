#pragma once
// Signatures of webhooks, and what they ask of their secrets. The only user of libcrypto here, with
// signature-ed25519.c.
//
// All kinds are HMAC-SHA256 over a short prefix and the very bytes that are sent; the standard one
// may carry ed25519 signatures (v1a) of the same bytes beside them.

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
#define SIGNATURE_SIGNERS_MAX 2

struct signature_keys { // owned by the settings
    struct secret secrets[SIGNATURE_SECRETS_MAX];
    struct secret signers[SIGNATURE_SIGNERS_MAX]; // ed25519: whsk_…
};

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

// Can the secret be a private key of ed25519? It is `whsk_` and base64 of the seed (32 bytes), or
// of seed and public key (64), which must belong together. As signature_check.
int signature_check_signer(const struct secret *signer, struct problem **reterr) MUST_CHECK;

// Adds the fields that carry the signature, one signature for each key there is, HMACs first. 0,
// -EINVAL (a secret is no key), -ENOMEM, -EIO (libcrypto refuses to work).
int signature_add(enum signature_kind kind, const struct signature_keys *keys,
                  const struct signature_input *input, struct headers *headers) MUST_CHECK;
