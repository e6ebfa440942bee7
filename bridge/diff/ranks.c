#include "bridge/diff/ranks.h"

#include <errno.h>
#include <stdlib.h>

int ranks_init(struct ranks *ranks, size_t n)
{
    *ranks = (struct ranks){ .sums = calloc(n + 1, sizeof(*ranks->sums)), .n = n };
    return ranks->sums == NULL ? -ENOMEM : 0;
}

void ranks_deinit(struct ranks *ranks)
{
    free(ranks->sums);
    *ranks = (struct ranks){ 0 };
}

// By one up or, in the arithmetic of size_t, one down.
static void add(struct ranks *ranks, size_t at, size_t by)
{
    for (size_t i = at + 1; i <= ranks->n; i += i & -i) {
        ranks->sums[i] += by;
    }
}

void ranks_mark(struct ranks *ranks, size_t at)
{
    add(ranks, at, 1);
}

void ranks_clear(struct ranks *ranks, size_t at)
{
    add(ranks, at, (size_t)-1);
}

size_t ranks_before(const struct ranks *ranks, size_t at)
{
    size_t sum = 0;
    for (size_t i = at; i > 0; i -= i & -i) {
        sum += ranks->sums[i];
    }
    return sum;
}
