#pragma once
// A list of texts.

#include <stddef.h>

#include "bridge/base/cleanup.h"

struct string_list {
    char **v;
    size_t n;
};
void string_list_deinit(struct string_list *list);
int string_list_add(struct string_list *list, const char *text) MUST_CHECK; // copies; 0, -ENOMEM
