#include "config/map.h"

#include <string.h>

struct entry *map_entries(struct binder *binder, const struct node *root, const char *key)
{
    struct entry *entry = node_find(root, key);
    if (!entry || node_is_null(&entry->value)) {
        return NULL;
    }
    if (entry->value.kind != NODE_MAPPING) {
        problem_list_add(binder->problems, entry->value.place, "wrong_type",
                         "\"%s\" must be a mapping of names, but it is %s", key,
                         node_kind_name(&entry->value));
        return NULL;
    }
    return entry->value.first;
}

size_t map_count(const struct entry *entry)
{
    size_t n = 0;
    for (; entry; entry = entry->next) {
        n++;
    }
    return n;
}

void *map_allocate(struct binder *binder, size_t n, size_t size)
{
    void *v = n ? calloc(n, size) : NULL;
    if (n && !v) {
        (void)binder_no_memory(binder);
    }
    return v;
}

bool map_set_name(struct binder *binder, char **ret, const char *name)
{
    *ret = strdup(name);
    return *ret || binder_no_memory(binder);
}

int map_compare(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

void map_sort(void *v, size_t n, size_t size)
{
    if (n > 1) {
        qsort(v, n, size, map_compare);
    }
}
