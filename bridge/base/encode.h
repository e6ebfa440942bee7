#pragma once
// Bytes as text: hex, base64 (RFC 4648), Crockford's base32 for ids, and quoted JSON strings.

#include <stddef.h>
#include <stdint.h>

#include "bridge/base/buf.h"
#include "bridge/base/hash.h"

enum { ENCODE_E_SYNTAX = 1 }; // the text is not of the asked form

// Lower-case hex; ret has 2 * len + 1 bytes.
void hex_encode(const void *data, size_t len, char *ret);

int base64_encode(struct buf *buf, const void *data, size_t len) MUST_CHECK;
// Standard alphabet; padding may be missing; white space is refused. 0, ENCODE_E_SYNTAX, -ENOMEM.
int base64_decode(struct bytes *ret, const char *text, size_t len) MUST_CHECK;

// 26 characters of Crockford's base32 (upper case) for 128 bits, as ULIDs are written.
#define BASE32_HASH_SIZE 27
void base32_encode_hash(struct hash128 hash, char ret[BASE32_HASH_SIZE]);

// Appends `text` as a JSON string with its quotes (RFC 8259 section 7); each byte that is not valid
// UTF-8 becomes U+FFFD. 0, -ENOMEM, -EMSGSIZE; on failure the buffer is as before.
int quote_json(struct buf *buf, const char *text, size_t len) MUST_CHECK;
// The offset of the first byte at or after `from` that a JSON string must escape (a control
// character, '"' or '\\'); len when there is none.
size_t quote_json_run(const char *text, size_t from, size_t len);
