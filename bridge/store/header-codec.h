#pragma once
// The header fields of a delivery as one blob: name NUL value NUL, for each.

#include <stddef.h>

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"

struct headers;

// *ret is empty when there are none. 0 or -ENOMEM.
int header_codec_encode(const struct headers *headers, struct bytes *ret) MUST_CHECK;
// *ret is zeroed before. 0, -ENOMEM, or -EUCLEAN when it is not what encode made.
int header_codec_decode(const void *data, size_t len, struct headers *ret) MUST_CHECK;
