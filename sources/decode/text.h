#pragma once
// Plain text as an array of its lines.

#include "bridge/base/cleanup.h"

struct decode_settings;
struct http_response;
struct json_object;
struct problem;

// As decode_fn (sources/decode/format.h).
int decode_text(const struct http_response *response, const struct decode_settings *settings,
                struct json_object **ret, struct problem **reterr) MUST_CHECK;
