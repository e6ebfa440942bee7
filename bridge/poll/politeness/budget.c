#include "bridge/poll/politeness/budget.h"

#include <errno.h>

void budget_deinit(struct budget *budget)
{
    free(budget->spent_at_ms);
    *budget = (struct budget){ 0 };
}

// The k-th of the valid starts, oldest first.
static int64_t start_at(const struct budget *budget, size_t k)
{
    size_t oldest = (budget->next + budget->requests - budget->n) % budget->requests;
    return budget->spent_at_ms[(oldest + k) % budget->requests];
}

int budget_set(struct budget *budget, int64_t requests, int64_t per_ms)
{
    size_t size = requests > 0 ? (size_t)requests : 0;
    if (size == budget->requests) {
        budget->per_ms = per_ms;
        return 0;
    }
    struct budget changed = { .per_ms = per_ms, .requests = size };
    if (size > 0) {
        changed.spent_at_ms = calloc(size, sizeof(*changed.spent_at_ms));
        if (!changed.spent_at_ms) {
            return -ENOMEM;
        }
        for (size_t i = 0; i < budget->n; i++) { // of too many the last ones stay
            budget_spend(&changed, start_at(budget, i));
        }
    }
    budget_deinit(budget);
    *budget = changed;
    return 0;
}

int64_t budget_wait_ms(const struct budget *budget, int64_t now_ms)
{
    if (budget->requests == 0 || budget->n < budget->requests) {
        return 0;
    }
    int64_t free_at_ms = start_at(budget, 0) + budget->per_ms;
    return free_at_ms > now_ms ? free_at_ms - now_ms : 0;
}

bool budget_is_unspent(const struct budget *budget, int64_t now_ms)
{
    return budget->n == 0 || start_at(budget, budget->n - 1) + budget->per_ms <= now_ms;
}

void budget_spend(struct budget *budget, int64_t now_ms)
{
    if (budget->requests == 0) {
        return;
    }
    budget->spent_at_ms[budget->next] = now_ms;
    budget->next = (budget->next + 1) % budget->requests;
    if (budget->n < budget->requests) {
        budget->n++;
    }
}
