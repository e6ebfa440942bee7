#pragma once
// Documents as the store keeps them: one byte that names the form, then the content.

#include <stddef.h>

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"

#define PACK_CONTENT_MAX ((size_t)256 << 20) // no document is larger, packed or not

enum pack_form {
    PACK_PLAIN = 0, // as is: too short to gain anything
    PACK_ZSTD = 1,  // one zstd frame that names its content's size
};

struct pack; // memory kept between calls; one thread at a time

int pack_new(struct pack **ret) MUST_CHECK;
struct pack *pack_free(struct pack *pack); // accepts NULL
DEFINE_CLEANUP(pack)

// 0, -ENOMEM, or -EFBIG (more than PACK_CONTENT_MAX).
int pack_encode(struct pack *pack, const void *data, size_t len, struct bytes *ret) MUST_CHECK;
// 0, -ENOMEM, or -EUCLEAN: not what pack_encode made, or it claims to be larger than allowed.
int pack_decode(struct pack *pack, const void *data, size_t len, struct bytes *ret) MUST_CHECK;
