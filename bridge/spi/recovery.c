#include "bridge/spi/recovery.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void recovery_deinit(struct recovery *recovery)
{
    free(recovery->sink);
    string_list_deinit(&recovery->sources);
    string_list_deinit(&recovery->types);
    *recovery = (struct recovery){ 0 };
}

static int copy_list(struct string_list *ret, const struct string_list *from)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < from->n; i++) {
        r = string_list_add(ret, from->v[i]);
    }
    return r;
}

int recovery_copy(struct recovery *ret, const struct recovery *from)
{
    CLEANUP(recovery_deinit) struct recovery copy = *from;
    copy.sink = strdup(from->sink);
    copy.sources = copy.types = (struct string_list){ 0 };
    int r = copy.sink ? copy_list(&copy.sources, &from->sources) : -ENOMEM;
    if (r == 0) {
        r = copy_list(&copy.types, &from->types);
    }
    if (r == 0) {
        *ret = copy;
        copy = (struct recovery){ 0 };
    }
    return r;
}

void recovery_list_deinit(struct recovery_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        recovery_deinit(&list->v[i]);
    }
    free(list->v);
    *list = (struct recovery_list){ 0 };
}

static void item_deinit(struct recovery_item *item)
{
    event_deinit(&item->told);
    delivery_deinit(&item->as);
}

void recovery_page_deinit(struct recovery_page *page)
{
    for (size_t i = 0; i < page->n; i++) {
        item_deinit(&page->v[i]);
    }
    free(page->v);
    *page = (struct recovery_page){ 0 };
}

void recovery_page_drop(struct recovery_page *page, size_t index)
{
    item_deinit(&page->v[index]);
    page->n--;
    memmove(&page->v[index], &page->v[index + 1], (page->n - index) * sizeof(*page->v));
}
