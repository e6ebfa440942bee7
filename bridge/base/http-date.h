#pragma once
// HTTP dates (RFC 9110 section 5.6.7): IMF-fixdate and the two obsolete forms.

#include <stdbool.h>
#include <stdint.h>

bool http_date_parse(const char *text, int64_t *ret_wall_at_ms);
// Retry-After (RFC 9110 section 10.2.3): seconds or a date. Returns the wait from now, at least 0.
bool http_retry_after_parse(const char *text, int64_t now_wall_at_ms, int64_t *ret_wait_ms);
