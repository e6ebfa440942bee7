#pragma once
// Tables of answers and what is read of them, for the tests of the decoders.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/problem.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"
#include "bridge/spi/source.h"
#include "sources/decode/format.h"

#define LITERAL(text) (text), sizeof(text) - 1

struct decode_case {
    const char *content_type; // NULL: none
    const char *body;
    size_t len;
    const char *code;  // NULL: it can be read
    const char *words; // a part of the message, or the whole JSON that was read; NULL: any
};

void decode_check(const struct decode_settings *settings, const struct decode_case *cases,
                  size_t n);
// The JSON of an answer that must be readable. malloc'ed.
char *decoded_text(const struct decode_settings *settings, const char *content_type,
                   const char *body, size_t len);
// What is read of it, owned by the caller.
struct json_object *decoded_value(const struct decode_settings *settings, const char *content_type,
                                  const char *body, size_t len);

// `n` times `unit` between `before` and `after`. malloc'ed.
char *decode_repeat(const char *before, const char *unit, size_t n, const char *after);
// A hostile answer must fail with that code and within some seconds, where a quadratic reader would
// need minutes.
void decode_refuses(const struct decode_settings *settings, const char *body, const char *code);

// A recorded answer; skips the test where there is no corpus.
struct bytes decode_recorded(const char *path);
