#pragma once
// A budget of so many requests in every stretch of time: exact over any window, because it
// remembers when the last ones went out. Pure; monotonic time.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct budget {
    int64_t per_ms;
    int64_t *spent_at_ms; // a ring of the last `requests` starts
    size_t requests;      // 0: no budget
    size_t n;             // valid ones
    size_t next;          // where the next one goes
};

void budget_deinit(struct budget *budget);
// Sets or changes it; what was spent stays spent. 0 or -ENOMEM (then as before).
int budget_set(struct budget *budget, int64_t requests, int64_t per_ms) MUST_CHECK;
int64_t budget_wait_ms(const struct budget *budget, int64_t now_ms); // 0: one may go now
bool budget_is_unspent(const struct budget *budget, int64_t now_ms); // nothing to remember
void budget_spend(struct budget *budget, int64_t now_ms);
