#pragma once
// What an answer says about the quota of its credential. Read are the structured fields RateLimit
// and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers), their form of before
// (`RateLimit: limit=10, remaining=1, reset=7`), and RateLimit-*, X-RateLimit-* and X-Rate-Limit-*
// with -Limit, -Remaining and -Reset. Pure.

#include <stdbool.h>
#include <stdint.h>

struct http_response;

struct quota {
    bool is_known;     // how much remains
    int64_t limit;     // 0: not said
    int64_t remaining; // requests
    int64_t reset_ms;  // from the answer on; 0: not said
};

// Is there something of all that? Most answers say nothing, and every one is asked.
bool quota_is_said(const struct http_response *response);

// Of several policies the one that asks for the longest waits. Reset is seconds, or an instant
// since 1970 where it is that large, which is measured from the answer's own Date.
struct quota quota_read(const struct http_response *response, int64_t wall_now_ms);

// The distance to keep between requests: none while a tenth and more remains, then what stretches
// the rest until the reset; when nothing remains the time to the reset, a minute where it is not
// said. At most a day.
int64_t quota_wait_ms(const struct quota *quota);
