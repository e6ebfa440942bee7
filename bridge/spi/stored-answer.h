#pragma once
// What was answered to a request that carried an Idempotency-Key, so that a repeat of it is
// answered the same. Where a request changes the store, its answer is kept in the same transaction.

#include <stdint.h>

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"
#include "bridge/base/hash.h"

#define STORED_ANSWER_AGE_MS (INT64_C(24) * 3600 * 1000)

struct stored_answer {
    char *key;
    struct hash128 request; // method, path and body: a key belongs to one request
    int status;
    struct bytes body;
    int64_t at_ms;
};

void stored_answer_deinit(struct stored_answer *answer);
int stored_answer_copy(struct stored_answer *ret,
                       const struct stored_answer *from) MUST_CHECK; // 0 or -ENOMEM
