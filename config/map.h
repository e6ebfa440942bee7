#pragma once
// Sections that map names to things (sources, sinks, auths, limits). Every such struct begins with
// its name.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"
#include "config/binder.h"
#include "config/tree.h"

// The first entry of that section; NULL when it is absent, empty or no mapping (reported).
struct entry *map_entries(struct binder *binder, const struct node *root, const char *section);
size_t map_count(const struct entry *first);
// n zeroed structs. NULL for none, and when out of memory.
void *map_allocate(struct binder *binder, size_t n, size_t size);
bool map_set_name(struct binder *binder, char **ret, const char *name) MUST_CHECK;
int map_compare(const void *left, const void *right); // by name, for qsort and bsearch
void map_sort(void *v, size_t n, size_t size);
