#include "config/kind.h"

#include <errno.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/spi/auth.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/sink.h"
#include "bridge/spi/source.h"
#include "config/value.h"

#define TYPES_MAX 64

#define DEFINE_GET_DRIVER(function, list)                                                          \
    static bool function(const struct drivers *drivers, size_t index, struct kind_driver *ret)     \
    {                                                                                              \
        if (!drivers->list || !drivers->list[index]) {                                             \
            return false;                                                                          \
        }                                                                                          \
        ret->name = drivers->list[index]->name;                                                    \
        ret->doc = drivers->list[index]->doc;                                                      \
        ret->options = drivers->list[index]->options;                                              \
        ret->check = drivers->list[index]->check;                                                  \
        ret->driver = drivers->list[index];                                                        \
        return true;                                                                               \
    }

DEFINE_GET_DRIVER(get_source, sources)
DEFINE_GET_DRIVER(get_sink, sinks)
DEFINE_GET_DRIVER(get_auth, auths)

const struct kind kind_source = { .name = "source",
                                  .section = "sources",
                                  .options = &source_options,
                                  .takes_defaults = true,
                                  .get_driver = get_source };
const struct kind kind_sink = {
    .name = "sink", .section = "sinks", .options = &sink_options, .get_driver = get_sink
};
const struct kind kind_auth = { .name = "auth", .section = "auth", .get_driver = get_auth };

static bool find_driver(const struct drivers *drivers, const struct kind *kind, const char *type,
                        struct kind_driver *ret)
{
    for (size_t i = 0; kind->get_driver(drivers, i, ret); i++) {
        if (str_eq(ret->name, type)) {
            return true;
        }
    }
    return false;
}

static void report_unknown_type(struct binder *binder, const struct drivers *drivers,
                                const struct kind *kind, const char *type, struct place place)
{
    const char *types[TYPES_MAX];
    size_t n = 0;
    struct kind_driver driver;
    AUTO_BUF struct buf all = { 0 };
    int r = 0;
    while (r == 0 && n < TYPES_MAX && kind->get_driver(drivers, n, &driver)) {
        types[n++] = driver.name;
        r = buf_printf(&all, "%s%s", n > 1 ? ", " : "", driver.name);
    }
    const char *nearest = str_nearest(type, types, n);
    problem_list_add(binder->problems, place, "unknown_type",
                     "there is no type \"%s\" of %s; there is: %s%s%s%s", type, kind->name,
                     buf_str(&all), nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                     nearest ? "\"?" : "");
}

static bool pick_driver(struct binder *binder, const struct drivers *drivers,
                        const struct kind_item *item, struct kind_driver *ret)
{
    static const struct option type_option = { .key = "type", .type = OPTION_STRING };
    struct entry *entry = node_find(item->node, "type");
    if (!entry && item->kind->get_driver(drivers, 0, ret)) {
        return true;
    }
    if (!entry) {
        problem_list_add(binder->problems, item->place, "unknown_type",
                         "this build knows no type of %s; remove it", item->kind->name);
        return false;
    }
    const char *type = value_text(binder, &type_option, &entry->value);
    if (!type) {
        return false;
    }
    if (!find_driver(drivers, item->kind, type, ret)) {
        report_unknown_type(binder, drivers, item->kind, type, entry->value.place);
        return false;
    }
    return true;
}

static struct place place_of_key(const struct kind_item *item, const char *key)
{
    const struct entry *entry = key ? node_find(item->node, key) : NULL;
    if (key && !entry) {
        AUTO_FREE char *secret_key = str_printf("%s_file", key);
        entry = secret_key ? node_find(item->node, secret_key) : NULL;
    }
    return entry ? entry->key_place : item->place;
}

// The driver's own rules, asked only about settings that are complete.
static bool check(struct binder *binder, const struct kind_item *item,
                  const struct kind_driver *driver, const void *driver_settings)
{
    const char *key = NULL;
    struct problem *why = NULL;
    int r = driver->check ? driver->check(driver_settings, &key, &why) : 0;
    if (r == -ENOMEM) {
        (void)problem_free(why);
        return binder_no_memory(binder);
    }
    if (!why) {
        return r == 0 || binder_no_memory(binder); // refused without words: there was no memory
    }
    bool is_warning = str_starts(why->code, "warning_");
    problem_list_take(binder->problems, place_of_key(item, key), why);
    return is_warning;
}

struct bind_target kind_target(const struct kind_item *item, const struct kind_driver *driver,
                               void *driver_settings)
{
    struct bind_target target = {
        .kind = item->kind->name,
        .name = item->name,
        .node = item->node,
        .place = item->place,
        .has_type = true,
        .takes_defaults = item->kind->takes_defaults,
    };
    if (item->kind->options) {
        target.parts[target.part_count++] =
            (struct bind_part){ .table = item->kind->options, .object = item->common };
    }
    target.parts[target.part_count++] =
        (struct bind_part){ .table = driver->options, .object = driver_settings };
    return target;
}

bool kind_bind(struct binder *binder, const struct drivers *drivers, const struct kind_item *item,
               struct kind_driver *ret_driver, void **ret_settings)
{
    struct kind_driver driver;
    if (!pick_driver(binder, drivers, item, &driver)) {
        return false;
    }
    void *driver_settings = calloc(1, driver.options->size ? driver.options->size : 1);
    if (!driver_settings) {
        return binder_no_memory(binder);
    }
    *ret_driver = driver;
    *ret_settings = driver_settings;
    struct bind_target target = kind_target(item, &driver, driver_settings);
    return bind_target(binder, &target) && check(binder, item, &driver, driver_settings);
}
