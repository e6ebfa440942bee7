#include "bridge/diff/elements.h"

#include <errno.h>
#include <stdlib.h>

int elements_init(struct elements *elements, size_t most)
{
    *elements = (struct elements){ .v = calloc(most + 1, sizeof(*elements->v)) };
    return elements->v == NULL ? -ENOMEM : 0;
}

void elements_deinit(struct elements *elements)
{
    free(elements->v);
    *elements = (struct elements){ 0 };
}

void elements_add(struct elements *elements, struct hash128 hash, size_t index, bool in_b)
{
    elements->v[elements->n++] = (struct element){ .hash = hash, .index = index, .in_b = in_b };
}

static int compare(const void *left, const void *right)
{
    const struct element *a = left;
    const struct element *b = right;
    if (a->hash.high != b->hash.high) {
        return a->hash.high < b->hash.high ? -1 : 1;
    }
    if (a->hash.low != b->hash.low) {
        return a->hash.low < b->hash.low ? -1 : 1;
    }
    if (a->in_b != b->in_b) {
        return (int)a->in_b - (int)b->in_b;
    }
    return (a->index > b->index) - (a->index < b->index);
}

void elements_sort(struct elements *elements)
{
    if (elements->n > 0) {
        qsort(elements->v, elements->n, sizeof(*elements->v), compare);
    }
}

size_t elements_end_of_equal(const struct elements *elements, size_t from)
{
    size_t end = from + 1;
    while (end < elements->n && hash128_eq(elements->v[end].hash, elements->v[from].hash)) {
        end++;
    }
    return end;
}
