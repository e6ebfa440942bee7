#pragma once
// Conditional requests: ETag and Last-Modified, echoed byte for byte, bound to what was asked for.
// Pure.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/hash.h"

struct http_request;
struct http_response;
struct source_settings;
struct source_state;

// What validators belong to: method, URL, headers, body and auth as written, and the rules, because
// a document that edited rules see differently must be fetched whole.
struct hash128 validators_identity(const struct source_settings *source);

// Adds If-None-Match and If-Modified-Since when they are of use: same identity, a GET, no failure
// since, and a complete answer within the last day (in a day's distance from a clock that stepped).
// *ret_sent: a 304 makes sense now. 0 or -ENOMEM.
int validators_apply(const struct source_state *state, struct hash128 identity, int64_t wall_now_ms,
                     struct http_request *request, bool *ret_sent) MUST_CHECK;

// Those of a complete, accepted answer replace the ones before, also by none (response NULL). 0 or
// -ENOMEM (then there are none).
int validators_keep(struct source_state *state, struct hash128 identity,
                    const struct http_response *response) MUST_CHECK;
void validators_drop(struct source_state *state);
