#pragma once
// HTTP dates (RFC 9110 section 5.6.7): IMF-fixdate and the two obsolete forms.

#include <stdbool.h>
#include <stdint.h>

bool http_date_parse(const char *text, int64_t *ret_wall_at_ms);
// The server's own clock when it answered: its Date, or ours where that is missing (NULL) or no
// date. What dates of an answer are measured from, because either clock may be wrong.
int64_t http_answered_at_ms(const char *date, int64_t now_wall_at_ms);
// Seconds as headers write them ("120"; a fraction is rounded up), cut at a hundred years.
bool http_seconds_parse(const char *text, int64_t *ret_ms);
// Retry-After (RFC 9110 section 10.2.3): seconds or a date. Returns the wait from now, at least 0.
bool http_retry_after_parse(const char *text, int64_t now_wall_at_ms, int64_t *ret_wait_ms);
