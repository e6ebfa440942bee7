#pragma once
// What every kind of token request does with its answer. Words name the request (`who`, "the
// login") and never repeat a value of the answer.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct http_response;
struct json_object;
struct problem;
struct secret;

#define TOKEN_ANSWER_BYTES_MAX ((uint64_t)1024 * 1024)
#define TOKEN_BYTES_MAX        ((size_t)16 * 1024)
#define TOKEN_LIFE_MOST_MS     (10.0 * 366 * 86400 * 1000) // longer ones would only overflow

// Always AUTH_E_REFUSED.
int token_refuse(struct problem **reterr, const char *format, ...) PRINTF_LIKE(2, 3);

// The whole answer as JSON. 0, AUTH_E_REFUSED with words, -ENOMEM.
int token_answer_read(const struct http_response *response, const char *who,
                      struct json_object **ret, struct problem **reterr) MUST_CHECK;
// A text that will stand in a header field. 0, AUTH_E_REFUSED with words, -ENOMEM.
int token_answer_secret(const char *text, size_t len, const char *who, struct secret *ret,
                        struct problem **reterr) MUST_CHECK;
// A number, also one that stands in quotes.
bool token_answer_number(struct json_object *value, double *ret);
// When a token that is to live that long expires; 0, so unknown, when that makes no sense.
int64_t token_answer_expiry(int64_t now_ms, double life_ms);
