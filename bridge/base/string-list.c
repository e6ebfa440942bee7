#include "bridge/base/string-list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void string_list_deinit(struct string_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->v[i]);
    }
    free(list->v);
    *list = (struct string_list){ 0 };
}

int string_list_add(struct string_list *list, const char *text)
{
    char **v = reallocarray(list->v, list->n + 1, sizeof(*v));
    if (!v) {
        return -ENOMEM;
    }
    list->v = v;
    v[list->n] = strdup(text);
    if (!v[list->n]) {
        return -ENOMEM;
    }
    list->n++;
    return 0;
}
