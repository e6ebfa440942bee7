#include "bridge/poll/digest/pages.h"

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/diff/keyed.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"
#include "bridge/poll/digest/document.h"
#include "bridge/spi/pages.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/source.h"

void page_list_deinit(struct page_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        http_response_deinit(&list->v[i]);
    }
    free(list->v);
    *list = (struct page_list){ 0 };
}

int page_list_add(struct page_list *list, struct http_response *take)
{
    struct http_response *v = reallocarray(list->v, list->n + 1, sizeof(*v));
    if (!v) {
        return -ENOMEM;
    }
    list->v = v;
    list->v[list->n++] = *take;
    *take = (struct http_response){ 0 };
    return 0;
}

struct hash128 page_list_hash(const struct page_list *list)
{
    struct hash128 all = { 0 };
    for (size_t i = 0; i < list->n; i++) {
        struct hash128 one = hash128_of(list->v[i].body.data, list->v[i].body.len);
        all = i == 0 ? one : hash128_mix(all, one);
    }
    return all;
}

bool pages_get_limits(const struct source_settings *source, struct page_limits *ret)
{
    struct page_limits unused;
    const struct source_driver *driver = source->driver;
    return driver->pages && driver->pages(source->driver_settings, ret ? ret : &unused);
}

// Consumes the value, also on failure.
static int append(struct json_object *list, struct json_object *take)
{
    if (json_object_array_add(list, take) != 0) {
        (void)json_object_put(take);
        return -ENOMEM;
    }
    return 0;
}

static int name_page(size_t page, int error, const struct problem *why, struct problem **reterr)
{
    return problem_set(reterr, error, why->code, "page %zu: %s", page + 1, why->message);
}

int pages_decode(const struct source_settings *source, const struct http_response *answers,
                 size_t n, struct json_object **ret, struct problem **reterr)
{
    AUTO_JSON struct json_object *pages = json_object_new_array();
    int r = pages ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < n; i++) {
        struct json_object *page = NULL;
        r = source->driver->decode(source->driver_settings, &answers[i], &page, reterr);
        r = r ? r : append(pages, page);
    }
    if (r == 0) {
        *ret = STEAL(pages);
    }
    return r;
}

// What the rules find on each page, as an array.
static int select_each(const struct change_rules *rules, struct expr_context *context,
                       struct json_object *pages, struct json_object *ret, struct problem **reterr)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_object_array_length(pages); i++) {
        CLEANUP(problem_freep) struct problem *why = NULL;
        struct json_object *found = NULL;
        r = document_select(rules, context, json_object_array_get_idx(pages, i), &found, &why);
        r = r > 0 ? name_page(i, r, why, reterr) : r;
        r = r ? r : append(ret, found);
    }
    return r;
}

// [[1,2],[3],4] -> [1,2,3,4]
static int flatten(struct json_object *lists, struct json_object **ret)
{
    AUTO_JSON struct json_object *flat = json_object_new_array();
    int r = flat ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < json_object_array_length(lists); i++) {
        struct json_object *part = json_object_array_get_idx(lists, i);
        bool is_list = json_object_is_type(part, json_type_array);
        size_t n = is_list ? json_object_array_length(part) : 1;
        for (size_t k = 0; r == 0 && k < n; k++) {
            r = append(flat, json_object_get(is_list ? json_object_array_get_idx(part, k) : part));
        }
    }
    if (r == 0) {
        *ret = STEAL(flat);
    }
    return r;
}

// Items in the form in which they are compared.
static int normalize_each(const struct change_rules *rules, struct json_object *lists,
                          struct json_object *ret)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_object_array_length(lists); i++) {
        struct json_object *normal = NULL;
        r = document_normalize(rules, json_object_array_get_idx(lists, i), &normal);
        r = r ? r : append(ret, normal);
    }
    return r;
}

static int join(const struct change_rules *rules, struct json_object *lists,
                struct json_object **ret, struct problem **reterr)
{
    const struct keyed_rules keyed = document_keyed_rules(rules);
    if (!rules->items || keyed.key_count == 0) { // without a key the document is refused later
        return flatten(lists, ret);
    }
    AUTO_JSON struct json_object *normal = json_object_new_array();
    int r = normal ? normalize_each(rules, lists, normal) : -ENOMEM;
    r = r ? r : keyed_join(lists, normal, &keyed, ret, reterr);
    return r > 0 ? DOCUMENT_E_BAD : r;
}

int pages_document(const struct source_settings *source, struct expr_context *context,
                   struct json_object *pages, struct json_object **ret, struct problem **reterr)
{
    size_t n = json_object_array_length(pages);
    if (pages_get_limits(source, NULL)) {
        AUTO_JSON struct json_object *found = json_object_new_array();
        int r = found ? select_each(&source->rules, context, pages, found, reterr) : -ENOMEM;
        return r ? r : join(&source->rules, found, ret, reterr);
    }
    if (n != 1) { // stored when the source still asked page by page
        return problem_set(reterr, DOCUMENT_E_BAD, "no_snapshot",
                           "what is stored has %zu pages, and the source no `pagination`", n);
    }
    return document_select(&source->rules, context, json_object_array_get_idx(pages, 0), ret,
                           reterr);
}

int pages_write(const struct source_settings *source, struct json_object *pages, struct bytes *ret)
{
    AUTO_BUF struct buf text = { 0 };
    bool is_paged = pages_get_limits(source, NULL);
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_object_array_length(pages); i++) {
        r = json_write(&text, json_object_array_get_idx(pages, i));
        r = r || !is_paged ? r : buf_append_char(&text, '\n');
    }
    if (r == 0) {
        *ret = buf_take(&text);
    }
    return r;
}

int pages_read(const struct bytes *raw, struct json_object **ret, struct problem **reterr)
{
    AUTO_JSON struct json_object *pages = json_object_new_array();
    const char *end = raw->data + raw->len;
    const char *at = raw->data;
    int r = pages ? 0 : -ENOMEM;
    do {
        struct json_object *page = NULL;
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((line_end ? line_end : end) - at);
        r = r ? r : json_read(&page, at, len, NULL, reterr);
        r = r ? r : append(pages, page);
        at += len + (line_end != NULL);
    } while (r == 0 && at < end);
    if (r == 0) {
        *ret = STEAL(pages);
    }
    return r;
}
