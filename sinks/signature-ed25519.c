// A private key is written as the specification has it: `whsk_` and base64. What is encoded is, in
// the libraries there are, the seed followed by its public key; the seed alone says the same.

#include "sinks/signature-ed25519.h"

#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

#include "bridge/base/encode.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "sinks/signature.h"

#define SIGNER_PREFIX   "whsk_"
#define SEED_BYTES      32
#define PUBLIC_BYTES    32
#define SIGNATURE_BYTES 64

enum { KEY_OK, KEY_E_FORM = 1, KEY_E_PAIR };

static void wipe(struct bytes *key)
{
    if (key->data) {
        explicit_bzero(key->data, key->len);
    }
    bytes_deinit(key);
}

static void free_key(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void free_context(EVP_MD_CTX **context)
{
    EVP_MD_CTX_free(*context);
}

static int decode(const struct secret *signer, struct bytes *ret)
{
    size_t skip = strlen(SIGNER_PREFIX);
    if (!signer->data || !str_starts(signer->data, SIGNER_PREFIX)) {
        return KEY_E_FORM;
    }
    int r = base64_decode(ret, signer->data + skip, signer->len - skip);
    if (r == 0 && ret->len != SEED_BYTES && ret->len != SEED_BYTES + PUBLIC_BYTES) {
        r = KEY_E_FORM;
    }
    return r > 0 ? KEY_E_FORM : r;
}

// 0, KEY_E_FORM, KEY_E_PAIR, -ENOMEM, -EIO.
static int read_key(const struct secret *signer, EVP_PKEY **ret)
{
    struct bytes CLEANUP(wipe) text = { 0 };
    int r = decode(signer, &text);
    if (r != 0) {
        return r;
    }
    const unsigned char *seed = (const unsigned char *)text.data;
    EVP_PKEY *CLEANUP(free_key) key =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, SEED_BYTES);
    unsigned char public_key[PUBLIC_BYTES];
    size_t len = sizeof(public_key);
    if (!key || EVP_PKEY_get_raw_public_key(key, public_key, &len) != 1) {
        return -EIO;
    }
    if (text.len > SEED_BYTES && memcmp(seed + SEED_BYTES, public_key, PUBLIC_BYTES) != 0) {
        return KEY_E_PAIR;
    }
    *ret = STEAL(key);
    return 0;
}

int signature_check_signer(const struct secret *signer, struct problem **reterr)
{
    EVP_PKEY *CLEANUP(free_key) key = NULL;
    int r = read_key(signer, &key);
    if (r == KEY_E_PAIR) {
        return problem_set(reterr, -EINVAL, "bad_secret",
                           "the public key in the second half of the signing key does not belong "
                           "to its first half");
    }
    if (r == KEY_E_FORM) {
        return problem_set(reterr, -EINVAL, "bad_secret",
                           "the signing key must be \"whsk_\" and base64 of the 32 bytes of an "
                           "ed25519 key (or of these and the public key); make one with: echo "
                           "whsk_$(openssl rand -base64 32)");
    }
    return r;
}

int ed25519_append(const struct secret *signer, const char *prefix,
                   const struct signature_input *input, struct buf *value)
{
    EVP_PKEY *CLEANUP(free_key) key = NULL;
    struct buf AUTO_BUF text = { 0 }; // ed25519 reads it twice, so it has to stand in one piece
    int r = read_key(signer, &key);
    if (r == 0) {
        r = buf_append_str(&text, prefix);
    }
    if (r == 0) {
        r = buf_append(&text, input->body, input->len);
    }
    if (r != 0) {
        return r > 0 ? -EINVAL : r;
    }
    EVP_MD_CTX *CLEANUP(free_context) context = EVP_MD_CTX_new();
    unsigned char signature[SIGNATURE_BYTES];
    size_t len = sizeof(signature);
    bool made = context && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestSign(context, signature, &len, (const unsigned char *)buf_str(&text),
                               text.len) == 1;
    if (!made || len != SIGNATURE_BYTES) {
        return -EIO;
    }
    r = buf_append_str(value, "v1a,");
    return r == 0 ? base64_encode(value, signature, len) : r;
}
