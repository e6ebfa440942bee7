#pragma once
// Text that must never be seen: wiped when freed, and struck out of every log line.

#include <stddef.h>

#include "bridge/base/cleanup.h"

struct buf;

// Owned secret bytes; NUL-terminated past len. A zeroed struct is "no secret".
struct secret {
    char *data;
    size_t len;
};

int secret_init(struct secret *ret, const char *data, size_t len) MUST_CHECK; // 0 or -ENOMEM
void secret_deinit(struct secret *secret); // wipes, frees, zeroes

// SHA-256: recognises a secret without keeping it.
#define SECRET_DIGEST_SIZE 32
void secret_digest(const struct secret *secret, unsigned char ret[SECRET_DIGEST_SIZE]);

// The process-wide list of secret texts to strike out (thread-safe). Texts shorter than 6 bytes are
// not registered: striking them out would garble ordinary words. Counted: each add needs a drop.
int secret_register(const char *data, size_t len) MUST_CHECK; // 0 or -ENOMEM
void secret_unregister(const char *data, size_t len);

// Replaces every registered secret in the buffer from offset `from` on by "***". Also finds the
// percent-encoded and the base64 "user:password" form when those were registered as well.
void secret_redact(struct buf *buf, size_t from);
