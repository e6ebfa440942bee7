#pragma once
// Options and their tables as parts of a JSON Schema. Used by schema.c only.

#include <stddef.h>

#include "bridge/spi/option.h"

struct json_out;

void schema_write_ref(struct json_out *out, const char *key, const char *name); // of a $defs
// The members of a schema object for a mapping with the keys of all these tables; with `type` also
// that key with this one value.
void schema_write_members(struct json_out *out, const struct option_table *const tables[], size_t n,
                          const char *type);
