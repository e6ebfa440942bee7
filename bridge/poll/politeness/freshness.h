#pragma once
// How long an answer stays fresh (RFC 9111 section 4.2), as a private cache sees it: Cache-Control:
// max-age, else Expires, less its Age. Pure.

#include <stdint.h>

struct http_response;

// 0: it is not, or nothing says so (no guess is made). Dates are judged against the answer's own
// Date, so that a clock that is wrong on either side does no harm; without one against ours.
int64_t freshness_left_ms(const struct http_response *response, int64_t wall_now_ms);
