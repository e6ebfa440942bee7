#pragma once
// Idempotency-Key on POST: for 24 hours a repeat of a request gets the answer of the first, and
// nothing happens again. The key belongs to the token that brought it and to one request: the same
// key with another path or body is refused, and so is a repeat while the first is under way.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct api_call;

// True: the call goes on later, or is over. False: it has no key (or it cannot be kept); the caller
// goes on with it.
bool idempotency_begin(struct api_call *call) MUST_CHECK;
// Keeps the answer of a call with a key, then ends it. False: there is nothing to be kept.
bool idempotency_keep(struct api_call *call, int status, const void *data, size_t len) MUST_CHECK;
