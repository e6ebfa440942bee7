#pragma once
// How long to wait when something went wrong. Pure; randomness is an input.

#include <stdbool.h>
#include <stdint.h>

struct http_response;

#define BACKOFF_QUICK_RETRIES 2 // within one poll

// The distance of two polls after so many failures in a row: doubled each time, up to one hour (or
// the interval, when that is longer). Never "no more".
int64_t backoff_interval_ms(int64_t interval_ms, unsigned failures);

// Before the quick retry number `retry` (from 0): anything up to 1 s, then up to 4 s.
int64_t backoff_quick_ms(unsigned retry, uint64_t random);
// Is it worth a quick retry: no connection, or a 5xx that is no 501?
bool backoff_is_passing(const struct http_response *response);

// How long host and credential rest after a 429 or 503: Retry-After, at least 1 s and at most 24 h;
// a date in it is measured from the answer's own Date; without one 60 s, doubled with each rest in
// a row (`strikes` before this one).
int64_t backoff_rest_ms(const struct http_response *response, int64_t wall_now_ms,
                        unsigned strikes);

int64_t backoff_token_ms(unsigned failures); // between token requests that fail, 5 s up to 1 h
int64_t backoff_store_ms(unsigned tries);    // between tries of one commit, 100 ms up to 30 s
