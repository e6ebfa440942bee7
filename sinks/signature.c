#include "sinks/signature.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "bridge/base/encode.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/http.h"
#include "sinks/signature-ed25519.h"

#define STANDARD_PREFIX  "whsec_"
#define KEY_BYTES_LEAST  16
#define KEY_BYTES_ENOUGH 24
#define DIGEST_BYTES     32
#define TIMESTAMP_SIZE   24

// What tells the kinds apart.
struct scheme {
    const char *field;
    const char *timestamp_field; // NULL: none of its own
    const char *separator;       // between two signatures; NULL: the field takes one
    const char *label;           // before each signature
    bool is_base64;              // else hex
    bool is_encoded_key;         // whsec_ and base64, else the text as it stands
};

static const struct scheme schemes[] = {
    [SIGNATURE_STANDARD] = { .field = "webhook-signature",
                             .separator = " ",
                             .label = "v1,",
                             .is_base64 = true,
                             .is_encoded_key = true },
    [SIGNATURE_GITHUB] = { .field = "X-Hub-Signature-256", .label = "sha256=" },
    [SIGNATURE_STRIPE] = { .field = "Stripe-Signature", .separator = ",", .label = "v1=" },
    [SIGNATURE_SLACK] = { .field = "X-Slack-Signature",
                          .timestamp_field = "X-Slack-Request-Timestamp",
                          .label = "v0=" },
    [SIGNATURE_NONE] = { 0 },
};

bool signature_takes_many(enum signature_kind kind)
{
    return schemes[kind].separator != NULL;
}

static void wipe(struct bytes *key)
{
    if (key->data) {
        explicit_bzero(key->data, key->len);
    }
    bytes_deinit(key);
}

// The bytes of the key. 0, ENCODE_E_SYNTAX, -ENOMEM.
static int read_key(enum signature_kind kind, const struct secret *secret, struct bytes *ret)
{
    if (!schemes[kind].is_encoded_key) {
        return bytes_dup(ret, secret->data, secret->len);
    }
    size_t skip = strlen(STANDARD_PREFIX);
    if (!secret->data || !str_starts(secret->data, STANDARD_PREFIX)) {
        return ENCODE_E_SYNTAX;
    }
    return base64_decode(ret, secret->data + skip, secret->len - skip);
}

int signature_check(enum signature_kind kind, const struct secret *secret, struct problem **reterr)
{
    struct bytes CLEANUP(wipe) key = { 0 };
    int r = read_key(kind, secret, &key);
    if (r < 0) {
        return r;
    }
    if (r > 0) {
        return problem_set(reterr, -EINVAL, "bad_secret",
                           "the secret must be \"whsec_\" and a key in base64; make one with: echo "
                           "whsec_$(openssl rand -base64 24)");
    }
    if (key.len < KEY_BYTES_LEAST) {
        return problem_set(reterr, -EINVAL, "short_secret",
                           "the secret has a key of %zu bytes, which can be guessed; it needs at "
                           "least %d, better %d",
                           key.len, KEY_BYTES_LEAST, KEY_BYTES_ENOUGH);
    }
    return 0;
}

bool signature_is_weak(enum signature_kind kind, const struct secret *secret)
{
    struct bytes CLEANUP(wipe) key = { 0 };
    return read_key(kind, secret, &key) == 0 && key.len < KEY_BYTES_ENOUGH;
}

static void free_mac(EVP_MAC **mac)
{
    EVP_MAC_free(*mac);
}

static void free_mac_context(EVP_MAC_CTX **context)
{
    EVP_MAC_CTX_free(*context);
}

// HMAC-SHA256 of prefix and body, in two parts so that the body is not copied.
static int digest(const struct bytes *key, const char *prefix, const struct signature_input *input,
                  unsigned char ret[DIGEST_BYTES])
{
    EVP_MAC *CLEANUP(free_mac) mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
    EVP_MAC_CTX *CLEANUP(free_mac_context) context = mac ? EVP_MAC_CTX_new(mac) : NULL;
    char name[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
        OSSL_PARAM_construct_end(),
    };
    size_t len = 0;
    bool made = context &&
                EVP_MAC_init(context, (const unsigned char *)key->data, key->len, params) == 1 &&
                EVP_MAC_update(context, (const unsigned char *)prefix, strlen(prefix)) == 1 &&
                (input->len == 0 || EVP_MAC_update(context, input->body, input->len) == 1) &&
                EVP_MAC_final(context, ret, &len, DIGEST_BYTES) == 1;
    return made && len == DIGEST_BYTES ? 0 : -EIO;
}

// What is signed before the body.
static int write_signed_prefix(enum signature_kind kind, const struct signature_input *input,
                               struct buf *ret)
{
    switch (kind) {
    case SIGNATURE_STANDARD:
        return buf_printf(ret, "%s.%" PRId64 ".", input->id, input->timestamp_s);
    case SIGNATURE_STRIPE: return buf_printf(ret, "%" PRId64 ".", input->timestamp_s);
    case SIGNATURE_SLACK: return buf_printf(ret, "v0:%" PRId64 ":", input->timestamp_s);
    case SIGNATURE_GITHUB:
    case SIGNATURE_NONE: break;
    }
    return 0;
}

static int append_signature(const struct scheme *scheme, const unsigned char sum[DIGEST_BYTES],
                            struct buf *value)
{
    int r = value->len > 0 ? buf_append_str(value, scheme->separator) : 0;
    if (r == 0) {
        r = buf_append_str(value, scheme->label);
    }
    if (r != 0) {
        return r;
    }
    if (scheme->is_base64) {
        return base64_encode(value, sum, DIGEST_BYTES);
    }
    char hex[2 * DIGEST_BYTES + 1];
    hex_encode(sum, DIGEST_BYTES, hex);
    return buf_append_str(value, hex);
}

static int sign_once(enum signature_kind kind, const struct secret *secret, const char *prefix,
                     const struct signature_input *input, struct buf *value)
{
    struct bytes CLEANUP(wipe) key = { 0 };
    unsigned char sum[DIGEST_BYTES];
    int r = read_key(kind, secret, &key);
    if (r == 0) {
        r = digest(&key, prefix, input, sum);
    }
    if (r == 0) {
        r = append_signature(&schemes[kind], sum, value);
    }
    return r > 0 ? -EINVAL : r;
}

static int sign_with_secrets(enum signature_kind kind, const struct signature_keys *keys,
                             const char *prefix, const struct signature_input *input,
                             struct buf *value)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < SIGNATURE_SECRETS_MAX; i++) {
        if (keys->secrets[i].len > 0) {
            r = sign_once(kind, &keys->secrets[i], prefix, input, value);
        }
    }
    return r;
}

static int sign_with_signers(const struct signature_keys *keys, const char *prefix,
                             const struct signature_input *input, struct buf *value)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < SIGNATURE_SIGNERS_MAX; i++) {
        if (keys->signers[i].len == 0) {
            continue;
        }
        r = value->len > 0 ? buf_append_char(value, ' ') : 0;
        if (r == 0) {
            r = ed25519_append(&keys->signers[i], prefix, input, value);
        }
    }
    return r;
}

int signature_add(enum signature_kind kind, const struct signature_keys *keys,
                  const struct signature_input *input, struct headers *headers)
{
    const struct scheme *scheme = &schemes[kind];
    struct buf AUTO_BUF prefix = { 0 };
    struct buf AUTO_BUF value = { 0 };
    char timestamp[TIMESTAMP_SIZE];
    if (kind == SIGNATURE_NONE) {
        return 0;
    }
    (void)snprintf(timestamp, sizeof(timestamp), "%" PRId64, input->timestamp_s);
    int r = write_signed_prefix(kind, input, &prefix);
    if (r == 0 && kind == SIGNATURE_STRIPE) {
        r = buf_printf(&value, "t=%s", timestamp);
    }
    if (r == 0) {
        r = sign_with_secrets(kind, keys, buf_str(&prefix), input, &value);
    }
    if (r == 0 && kind == SIGNATURE_STANDARD) {
        r = sign_with_signers(keys, buf_str(&prefix), input, &value);
    }
    if (r == 0 && scheme->timestamp_field) {
        r = headers_set(headers, scheme->timestamp_field, timestamp);
    }
    return r == 0 ? headers_set(headers, scheme->field, buf_str(&value)) : r;
}
