#pragma once
// CSV (RFC 4180): an array of objects named by the header row, or of arrays without one.

#include "bridge/base/cleanup.h"

struct decode_settings;
struct http_response;
struct json_object;
struct problem;

// As decode_fn (sources/decode/format.h).
int decode_csv(const struct http_response *response, const struct decode_settings *settings,
               struct json_object **ret, struct problem **reterr) MUST_CHECK;
