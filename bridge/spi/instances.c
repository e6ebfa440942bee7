#include "bridge/spi/instances.h"

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/expr/expr.h"
#include "bridge/model/http.h"
#include "bridge/model/instance.h"
#include "bridge/model/json.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/source.h"

#define VALUE_MEMBER "value" // what a scalar element is called

void instance_list_deinit(struct instance_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        (void)instance_unref(list->v[i]);
    }
    free(list->v);
    *list = (struct instance_list){ 0 };
}

static int compare_name(const void *key, const void *element)
{
    return strcmp(key, (*(struct instance *const *)element)->name);
}

struct instance *instance_list_find(const struct instance_list *list, const char *name)
{
    struct instance **found =
        list->n > 0 ? bsearch(name, list->v, list->n, sizeof(struct instance *), compare_name)
                    : NULL;
    return found ? *found : NULL;
}

// ---- the maker ----

int instance_maker_init(struct instance_maker *maker, const struct source_settings *source,
                        struct problem **reterr)
{
    const struct headers *members = &source->for_each.members;
    *maker = (struct instance_maker){ .source = source };
    maker->members = calloc(members->n + 1, sizeof(struct expr *));
    int r = maker->members ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < members->n; i++) {
        r = expr_new(&maker->members[i], members->v[i].value, reterr);
        if (r == 0 && !expr_is_path(maker->members[i])) {
            r = problem_set(reterr, INSTANCES_E_UNFIT, "bad_path",
                            "the member \"%.64s\" needs a path such as .name", members->v[i].name);
        }
    }
    if (r != 0) {
        instance_maker_deinit(maker);
    }
    return r > 0 ? INSTANCES_E_UNFIT : r;
}

void instance_maker_deinit(struct instance_maker *maker)
{
    for (size_t i = 0; maker->members && i < maker->source->for_each.members.n; i++) {
        (void)expr_free(maker->members[i]);
    }
    for (size_t i = 0; i < maker->n; i++) {
        (void)instance_unref(maker->v[i].instance);
    }
    free(maker->members);
    free(maker->v);
    *maker = (struct instance_maker){ 0 };
}

// Takes `value`, also on failure.
static int add_member(struct json_object *members, const char *name, struct json_object *value)
{
    if (json_object_object_add(members, name, value) != 0) {
        (void)json_object_put(value);
        return -ENOMEM;
    }
    return 0;
}

static int pick_member(const struct instance_maker *maker, size_t i, struct json_object *element,
                       struct json_object *members, struct problem **reterr)
{
    const char *name = maker->source->for_each.members.v[i].name;
    struct json_object *value = NULL;
    CLEANUP(problem_freep) struct problem *why = NULL;
    int r = expr_eval(maker->members[i], NULL, element, &value, &why);
    if (r > 0) {
        return problem_set(reterr, INSTANCES_E_UNFIT, "missing_member",
                           "the member \"%.64s\" is not there: %s", name, why->message);
    }
    return r ? r : add_member(members, name, value);
}

static int pick_members(const struct instance_maker *maker, struct json_object *element,
                        struct json_object **ret, struct problem **reterr)
{
    size_t n = maker->source->for_each.members.n;
    if (n == 0 && json_object_is_type(element, json_type_object)) {
        *ret = json_object_get(element);
        return 0;
    }
    AUTO_JSON struct json_object *members = json_object_new_object();
    int r = members ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < n; i++) {
        r = pick_member(maker, i, element, members, reterr);
    }
    if (r == 0 && n == 0) {
        r = add_member(members, VALUE_MEMBER, json_object_get(element));
    }
    if (r == 0) {
        *ret = STEAL(members);
    }
    return r;
}

// Every place must be filled by them, and what comes of it be a request.
static int try_request(const struct source_settings *source, struct json_object *members,
                       struct problem **reterr)
{
    CLEANUP(http_request_deinit) struct http_request request = { 0 };
    if (!source->driver->request) {
        return 0;
    }
    int r = source->driver->request(source->driver_settings, members, &request, reterr);
    return r > 0 ? INSTANCES_E_UNFIT : r;
}

static int reserve(struct instance_maker *maker)
{
    if (maker->n < maker->cap) {
        return 0;
    }
    size_t cap = maker->cap ? maker->cap * 2 : 16;
    struct made_instance *v = reallocarray(maker->v, cap, sizeof(*v));
    if (!v) {
        return -ENOMEM;
    }
    maker->v = v;
    maker->cap = cap;
    return 0;
}

int instance_maker_add(struct instance_maker *maker, struct json_object *element,
                       struct problem **reterr)
{
    const struct source_settings *source = maker->source;
    AUTO_JSON struct json_object *members = NULL;
    struct instance *instance = NULL;
    uint32_t order = maker->elements++;
    if (maker->n >= (size_t)source->for_each.max) {
        return problem_set(reterr, INSTANCES_E_TOO_MANY, "too_many_instances",
                           "source \"%s\" has more than %lld instances; raise \"max\" of its "
                           "for_each, or list fewer",
                           source->name, (long long)source->for_each.max);
    }
    int r = reserve(maker);
    r = r ? r : pick_members(maker, element, &members, reterr);
    r = r ? r : instance_new(&instance, source->name, members, reterr);
    r = r ? r : try_request(source, members, reterr);
    if (r != 0) {
        (void)instance_unref(instance);
        return r > 0 ? INSTANCES_E_UNFIT : r;
    }
    maker->v[maker->n++] = (struct made_instance){ .instance = instance, .order = order };
    return 0;
}

static int add_item(struct instance_maker *maker, struct json_object *item, size_t *unfit,
                    struct problem **why)
{
    CLEANUP(problem_freep) struct problem *words = NULL;
    int r = instance_maker_add(maker, item, &words);
    if (r > 0 && (!*why || r == INSTANCES_E_TOO_MANY)) {
        (void)problem_free(*why);
        *why = STEAL(words);
    }
    *unfit += r == INSTANCES_E_UNFIT;
    return r == INSTANCES_E_UNFIT ? 0 : r;
}

int instance_maker_add_document(struct instance_maker *maker, const struct bytes *document,
                                size_t *unfit, struct problem **why)
{
    AUTO_JSON struct json_object *value = NULL;
    if (json_read(&value, document->data, document->len, NULL, NULL) != 0) {
        return -EINVAL;
    }
    if (!json_object_is_type(value, json_type_array)) {
        return add_item(maker, value, unfit, why);
    }
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_object_array_length(value); i++) {
        r = add_item(maker, json_object_array_get_idx(value, i), unfit, why);
    }
    return r;
}

static int by_name_and_order(const void *left, const void *right)
{
    const struct made_instance *a = left;
    const struct made_instance *b = right;
    int order = strcmp(a->instance->name, b->instance->name);
    return order ? order : (a->order > b->order) - (a->order < b->order);
}

int instance_maker_finish(struct instance_maker *maker, struct instance_list *ret,
                          instance_repeated_fn repeated, void *userdata)
{
    struct instance_list list = { .v = calloc(maker->n + 1, sizeof(struct instance *)) };
    uint32_t first = 0;
    if (!list.v) {
        return -ENOMEM;
    }
    if (maker->n > 1) {
        qsort(maker->v, maker->n, sizeof(*maker->v), by_name_and_order);
    }
    for (size_t i = 0; i < maker->n; i++) {
        struct made_instance *made = &maker->v[i];
        if (list.n > 0 && strcmp(list.v[list.n - 1]->name, made->instance->name) == 0) {
            if (repeated) {
                repeated(made->instance, first, made->order, userdata);
            }
            continue;
        }
        first = made->order;
        list.v[list.n++] = STEAL(made->instance);
    }
    *ret = list;
    return 0;
}
