// Equal keys are found by sorting, so a mapping of 100,000 names costs what a sort costs.
#include "config/mapping.h"

#include <errno.h>
#include <string.h>

#include "bridge/base/str.h"

void mapping_work_deinit(struct mapping_work *work)
{
    free(work->v);
    work->v = NULL;
}

static int add_slot(struct mapping_work *work, size_t n, struct entry *entry)
{
    if (n == work->cap) {
        size_t cap = work->cap ? work->cap * 2 : 64;
        struct mapping_slot *v = realloc(work->v, cap * sizeof(struct mapping_slot));
        if (!v) {
            return -ENOMEM;
        }
        work->v = v;
        work->cap = cap;
    }
    work->v[n] = (struct mapping_slot){ .entry = entry, .order = (uint32_t)n };
    return 0;
}

static bool is_merge(const struct entry *entry)
{
    return str_eq(entry->key, "<<");
}

static int append_copies(struct mapping_work *work, size_t *n, const struct node *from,
                         struct place place)
{
    if (from->kind != NODE_MAPPING) {
        problem_list_add(work->problems, place, "wrong_type",
                         "`<<` merges mappings, but this is %s; give it an alias of a mapping",
                         node_kind_name(from));
        return TREE_E_BROKEN;
    }
    for (const struct entry *entry = from->first; entry; entry = entry->next) {
        struct entry *copy = arena_alloc(work->arena, sizeof(*copy));
        if (!copy) {
            return -ENOMEM;
        }
        *copy = *entry;
        int r = add_slot(work, *n, copy);
        if (r != 0) {
            return r;
        }
        (*n)++;
    }
    return 0;
}

// `<<: *one` or `<<: [*one, *two]`; the earlier one wins.
static int append_merged(struct mapping_work *work, size_t *n, const struct entry *merge)
{
    const struct node *value = &merge->value;
    if (value->kind != NODE_SEQUENCE) {
        return append_copies(work, n, value, merge->key_place);
    }
    for (const struct entry *item = value->first; item; item = item->next) {
        int r = append_copies(work, n, &item->value, merge->key_place);
        if (r != 0) {
            return r;
        }
    }
    return 0;
}

static int collect(struct mapping_work *work, const struct node *mapping, size_t *ret_written,
                   size_t *ret_n)
{
    size_t n = 0;
    bool merges = false;
    for (struct entry *entry = mapping->first; entry; entry = entry->next) {
        if (is_merge(entry)) {
            merges = true;
            continue;
        }
        int r = add_slot(work, n, entry);
        if (r != 0) {
            return r;
        }
        n++;
    }
    *ret_written = n;
    for (struct entry *entry = mapping->first; merges && entry; entry = entry->next) {
        int r = is_merge(entry) ? append_merged(work, &n, entry) : 0;
        if (r != 0) {
            return r;
        }
    }
    *ret_n = n;
    return 0;
}

static int compare_slots(const void *left, const void *right)
{
    const struct mapping_slot *a = left;
    const struct mapping_slot *b = right;
    int order = strcmp(a->entry->key, b->entry->key);
    if (order != 0) {
        return order;
    }
    return a->order < b->order ? -1 : 1;
}

static int compare_order(const void *left, const void *right)
{
    const struct mapping_slot *a = left;
    const struct mapping_slot *b = right;
    return a->order < b->order ? -1 : 1;
}

// The first of equal keys stays; one that was written again is a mistake, a merged one gives way.
static size_t drop_repeated(struct mapping_work *work, size_t n, size_t written)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        struct mapping_slot slot = work->v[i];
        const struct entry *first = kept > 0 ? work->v[kept - 1].entry : NULL;
        if (!first || strcmp(first->key, slot.entry->key) != 0) {
            work->v[kept++] = slot;
        } else if (slot.order < written) {
            problem_list_add(work->problems, slot.entry->key_place, "duplicate_key",
                             "the key \"%s\" stands here a second time; it was first written in "
                             "line %u, remove one of the two",
                             slot.entry->key, first->key_place.line);
        }
    }
    return kept;
}

int mapping_finish(struct mapping_work *work, struct node *mapping)
{
    size_t written = 0;
    size_t n = 0;
    int r = collect(work, mapping, &written, &n);
    if (r != 0) {
        return r;
    }
    if (n > 1) {
        qsort(work->v, n, sizeof(struct mapping_slot), compare_slots);
        n = drop_repeated(work, n, written);
        qsort(work->v, n, sizeof(struct mapping_slot), compare_order);
    }
    struct entry **link = &mapping->first;
    mapping->weight = 1;
    for (size_t i = 0; i < n; i++) {
        *link = work->v[i].entry;
        link = &work->v[i].entry->next;
        mapping->weight += work->v[i].entry->value.weight;
    }
    *link = NULL;
    return 0;
}
