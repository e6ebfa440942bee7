// Auths, sources and sinks: the sections whose things are done by drivers.
#include <string.h>

#include "bridge/base/str.h"
#include "bridge/spi/settings.h"
#include "config/for-each.h"
#include "config/kind.h"
#include "config/map.h"
#include "config/sections.h"

struct source_context {
    struct binder *binder;
    const struct drivers *drivers;
    size_t named_auths; // settings->auths up to here are sorted; the anonymous ones follow
};

// Takes the next place in settings->auths; `name` is consumed.
static bool bind_auth(struct binder *binder, const struct drivers *drivers, char *take_name,
                      struct entry *entry)
{
    struct settings *settings = binder->settings;
    struct auth_settings *auth = &settings->auths[settings->auth_count++];
    auth->name = take_name;
    struct kind_item item = {
        .kind = &kind_auth,
        .name = auth->name,
        .node = &entry->value,
        .place = entry->key_place,
    };
    struct kind_driver driver = { 0 };
    bool ok = kind_bind(binder, drivers, &item, &driver, &auth->driver_settings);
    auth->driver = driver.driver;
    if (ok) {
        struct bind_target target = kind_target(&item, &driver, auth->driver_settings);
        ok = bind_identity(binder, &target, 0, driver.name, &auth->identity);
    }
    return ok;
}

static size_t count_inline_auths(const struct entry *source)
{
    size_t n = 0;
    for (; source; source = source->next) {
        const struct entry *auth = node_find(&source->value, "auth");
        n += auth && auth->value.kind == NODE_MAPPING;
    }
    return n;
}

// Room for the anonymous ones too: sources point into the array, so it must not move.
static bool bind_auths(struct binder *binder, const struct drivers *drivers,
                       const struct node *root, const struct entry *sources)
{
    struct settings *settings = binder->settings;
    struct entry *entry = map_entries(binder, root, "auth");
    size_t n = map_count(entry) + count_inline_auths(sources);
    settings->auths = map_allocate(binder, n, sizeof(*settings->auths));
    if (n > 0 && !settings->auths) {
        return false;
    }
    for (; entry; entry = entry->next) {
        char *name = NULL;
        if (check_name(binder, "auth", entry) && map_set_name(binder, &name, entry->key)) {
            (void)bind_auth(binder, drivers, name, entry); // reported
        }
    }
    map_sort(settings->auths, settings->auth_count, sizeof(*settings->auths));
    return true;
}

static void report_unknown_auth(struct binder *binder, size_t named, const char *name,
                                struct place place)
{
    const char *names[256];
    size_t n = 0;
    for (; n < named && n < ARRAY_LEN(names); n++) {
        names[n] = binder->settings->auths[n].name;
    }
    const char *nearest = str_nearest(name, names, n);
    problem_list_add(binder->problems, place, "unknown_auth", "there is no auth \"%s\"%s%s%s", name,
                     nearest ? "; did you mean \"" : "; add it under `auth`",
                     nearest ? nearest : "", nearest ? "\"?" : "");
}

static bool link_auth(const struct source_context *context, struct source_settings *source,
                      struct entry *entry)
{
    struct settings *settings = context->binder->settings;
    struct entry *auth = node_find(&entry->value, "auth");
    if (!auth) {
        return true;
    }
    if (auth->value.kind == NODE_MAPPING) {
        char *name = str_printf("%s/%s", kind_source.name, source->name);
        if (!name || !map_set_name(context->binder, &source->auth_name, name)) {
            free(name);
            return binder_no_memory(context->binder);
        }
        source->auth = &settings->auths[settings->auth_count];
        return bind_auth(context->binder, context->drivers, name, auth);
    }
    if (!source->auth_name) {
        return false; // reported when it was bound
    }
    if (context->named_auths > 0) {
        source->auth = bsearch(&source->auth_name, settings->auths, context->named_auths,
                               sizeof(*settings->auths), map_compare);
    }
    if (!source->auth) {
        report_unknown_auth(context->binder, context->named_auths, source->auth_name,
                            auth->value.place);
    }
    return source->auth;
}

static bool set_identities(struct binder *binder, const struct kind_item *item,
                           const struct kind_driver *driver, struct source_settings *source)
{
    struct bind_target target = kind_target(item, driver, source->driver_settings);
    AUTO_FREE char *request =
        str_printf("%s %s", driver->name, source->auth_name ? source->auth_name : "");
    if (!request) {
        return binder_no_memory(binder);
    }
    struct hash128 noise;
    if (!bind_identity(binder, &target, OPTION_RULES, driver->name, &source->document_hash) ||
        !bind_identity(binder, &target, OPTION_NOISE, NULL, &noise)) {
        return false;
    }
    source->rules_hash = hash128_mix(source->document_hash, noise);
    return bind_identity(binder, &target, OPTION_REQUEST, request, &source->request_hash);
}

static void bind_source(const struct source_context *context, struct source_settings *source,
                        struct entry *entry)
{
    struct binder *binder = context->binder;
    struct kind_item item = {
        .kind = &kind_source,
        .name = source->name,
        .node = &entry->value,
        .place = entry->key_place,
        .common = source,
    };
    struct kind_driver driver = { 0 };
    bool ok = kind_bind(binder, context->drivers, &item, &driver, &source->driver_settings);
    source->driver = driver.driver;
    ok = link_auth(context, source, entry) && ok;
    check_source(binder, source, entry);
    check_schedule(binder, source, entry);
    if (ok) {
        for_each_bind(binder, source, entry);
        (void)set_identities(binder, &item, &driver, source);
    }
}

static void bind_sources(struct source_context *context, const struct node *root,
                         struct entry *first)
{
    struct binder *binder = context->binder;
    struct settings *settings = binder->settings;
    struct entry *entry = first;
    const struct entry *section = node_find(root, "sources");
    if (!entry &&
        (!section || section->value.kind == NODE_MAPPING || node_is_null(&section->value))) {
        problem_list_add(binder->problems, section ? section->key_place : (struct place){ 1, 1 },
                         "no_source",
                         "there is no source; write at least one under `sources:`, such as "
                         "`my-api: { url: https://api.example.com/v1/status }`");
    }
    settings->sources = map_allocate(binder, map_count(entry), sizeof(*settings->sources));
    for (; settings->sources && entry; entry = entry->next) {
        struct source_settings *source = &settings->sources[settings->source_count];
        if (check_name(binder, "source", entry) &&
            map_set_name(binder, &source->name, entry->key)) {
            settings->source_count++;
            bind_source(context, source, entry);
        }
    }
    map_sort(settings->sources, settings->source_count, sizeof(*settings->sources));
    for_each_link(binder, first);
}

void named_bind_sink(struct binder *binder, const struct drivers *drivers,
                     struct sink_settings *sink, struct entry *entry)
{
    struct kind_item item = {
        .kind = &kind_sink,
        .name = sink->name,
        .node = &entry->value,
        .place = entry->key_place,
        .common = sink,
    };
    struct kind_driver driver = { 0 };
    (void)kind_bind(binder, drivers, &item, &driver, &sink->driver_settings); // reported
    sink->driver = driver.driver;
    check_sink(binder, sink, entry);
}

static void bind_sinks(struct binder *binder, const struct drivers *drivers,
                       const struct node *root)
{
    struct settings *settings = binder->settings;
    struct entry *entry = map_entries(binder, root, "sinks");
    if (!node_find(root, "sinks")) {
        problem_list_add(binder->problems, (struct place){ 1, 1 }, "warning_no_sink",
                         "there is no sink, so nobody is told about changes; add one under "
                         "`sinks:`");
    }
    settings->sinks = map_allocate(binder, map_count(entry), sizeof(*settings->sinks));
    for (; settings->sinks && entry; entry = entry->next) {
        struct sink_settings *sink = &settings->sinks[settings->sink_count];
        if (check_name(binder, "sink", entry) && map_set_name(binder, &sink->name, entry->key)) {
            settings->sink_count++;
            named_bind_sink(binder, drivers, sink, entry);
        }
    }
    map_sort(settings->sinks, settings->sink_count, sizeof(*settings->sinks));
}

void named_bind(struct binder *binder, const struct drivers *drivers, const struct node *root)
{
    struct entry *sources = map_entries(binder, root, "sources");
    if (!bind_auths(binder, drivers, root, sources)) {
        return;
    }
    struct source_context context = { .binder = binder,
                                      .drivers = drivers,
                                      .named_auths = binder->settings->auth_count };
    bind_sources(&context, root, sources);
    bind_sinks(binder, drivers, root);
}
