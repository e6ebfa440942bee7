#pragma once
// An answer to JSON: its charset must be UTF-8, its text must be sound.

#include "bridge/base/cleanup.h"

struct decode_settings;
struct http_response;
struct json_object;
struct problem;

// As decode_fn (sources/decode/format.h).
int decode_json(const struct http_response *response, const struct decode_settings *settings,
                struct json_object **ret, struct problem **reterr) MUST_CHECK;
