#pragma once
// What the fuzz targets of the decoders have in common. The first byte of an input picks what the
// server says of the answer and how it is to be read, the others are the answer.

#include <stddef.h>
#include <stdint.h>

#include "sources/decode/format.h"

struct json_object;

// Whatever it reads can be stored and read again, whatever it refuses it refuses in words. `check`
// (may be NULL) asserts what else is promised of a value.
int decode_target(enum format format, const uint8_t *data, size_t size,
                  void (*check)(struct json_object *value));
