// Instances are made while the file is read: a row that makes no request is told with its place,
// and what runs later has only sound ones.
#include "config/for-each.h"

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/expr/expr.h"
#include "bridge/model/http.h"
#include "bridge/model/instance.h"
#include "bridge/model/json.h"
#include "bridge/model/places.h"
#include "bridge/spi/instances.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/source.h"
#include "config/sections.h"
#include "config/tree.h"
#include "config/value.h"

#define BAD_MAX 10 // rows of one source that are told; the others are most likely the same mistake

// ---- elements ----

static bool keep_place(struct for_each_rows *rows, struct place place)
{
    size_t n = rows->maker->elements;
    if (n == rows->cap) {
        size_t cap = rows->cap ? rows->cap * 2 : 64;
        struct place *places = reallocarray(rows->places, cap, sizeof(*places));
        if (!places) {
            return binder_no_memory(rows->binder);
        }
        rows->places = places;
        rows->cap = cap;
    }
    rows->places[n] = place;
    return true;
}

bool for_each_add(struct for_each_rows *rows, struct place place, struct json_object *element)
{
    struct problem *why = NULL;
    if (!keep_place(rows, place)) {
        return false;
    }
    int r = instance_maker_add(rows->maker, element, &why);
    if (r > 0) {
        problem_list_take(rows->binder->problems, place, why);
        rows->bad++;
    } else {
        (void)problem_free(why);
    }
    if (r < 0) {
        (void)binder_no_memory(rows->binder);
    }
    rows->full = r < 0 || r == INSTANCES_E_TOO_MANY || rows->bad >= BAD_MAX;
    return !rows->full;
}

static bool read_node(struct for_each_rows *rows, struct node *node, struct json_object **ret)
{
    static const struct option option = { .key = "for_each", .type = OPTION_JSON };
    AUTO_FREE char *text = NULL;
    if (!json_bind(rows->binder, &option, node, &text)) {
        return false;
    }
    struct problem *why = NULL;
    int r = json_read(ret, text, strlen(text), NULL, &why);
    if (r > 0) {
        problem_list_take(rows->binder->problems, node->place, why);
    }
    return r == 0 || (r < 0 && binder_no_memory(rows->binder));
}

void for_each_add_nodes(struct for_each_rows *rows, struct node *list)
{
    if (list->kind != NODE_SEQUENCE) {
        (void)value_refuse_kind(rows->binder, "list", "a list of values or of mappings", list);
        return;
    }
    for (struct entry *entry = list->first; entry && !rows->full; entry = entry->next) {
        AUTO_JSON struct json_object *element = NULL;
        if (read_node(rows, &entry->value, &element)) {
            (void)for_each_add(rows, entry->value.place, element);
        }
    }
}

static void report_repeated(const struct instance *instance, uint32_t first, uint32_t again,
                            void *userdata)
{
    struct for_each_rows *rows = userdata;
    problem_list_add(rows->binder->problems, rows->places[again], "duplicate_instance",
                     "the instance %s stands here a second time; it was first written in line %u, "
                     "remove one of the two",
                     instance->name, rows->places[first].line);
}

void for_each_finish(struct for_each_rows *rows)
{
    struct instance_list *list = &rows->source->instances;
    if (instance_maker_finish(rows->maker, list, report_repeated, rows) != 0) {
        (void)binder_no_memory(rows->binder);
    }
}

// ---- one source ----

// A place in a URL without for_each would be sent as it stands; one that chooses the host may not
// be filled by what another API says.
static void check_places(struct binder *binder, const struct source_settings *source,
                         const struct entry *entry)
{
    const struct option_table *table = source->driver->options;
    for (size_t i = 0; i < table->n; i++) {
        const struct option *option = &table->options[i];
        const void *field = (const char *)source->driver_settings + option->offset;
        bool is_url = option->type == OPTION_URL && option->flags & OPTION_PLACES;
        const char *text = is_url ? *(char *const *)field : NULL;
        if (!text || !places_in(text)) {
            continue;
        }
        const struct entry *written = node_find(&entry->value, option->key);
        struct place place = written ? written->value.place : entry->key_place;
        if (!source->fans_out) {
            problem_list_add(binder->problems, place, "place_without_for_each",
                             "\"%s\" holds a {{ }} place, but the source \"%s\" has no "
                             "\"for_each\" to fill it; add one, such as: "
                             "for_each: [{ region: eu }]",
                             option->key, source->name);
        } else if (source->for_each.source && places_in_origin(text)) {
            problem_list_add(binder->problems, place, "place_in_host",
                             "\"%s\" would let the items of another source choose the host that "
                             "is asked; write scheme and host out and keep {{ }} places behind "
                             "them",
                             option->key);
        }
    }
}

static void report_origins(struct binder *binder, const struct source_settings *source,
                           const struct entry *for_each, bool none)
{
    problem_list_add(binder->problems, for_each->key_place, none ? "missing_key" : "conflict",
                     none ? "\"for_each\" of source \"%s\" needs one of \"list\", \"file\" and "
                            "\"source\", or a list itself"
                          : "\"list\", \"file\" and \"source\" of \"for_each\" exclude each other "
                            "in source \"%s\"; keep one of them",
                     source->name);
}

static bool check_origin(struct binder *binder, const struct source_settings *source,
                         const struct entry *for_each)
{
    const struct for_each_settings *settings = &source->for_each;
    int origins = (settings->list != NULL) + (settings->file != NULL) + (settings->source != NULL);
    if (origins != 1) {
        report_origins(binder, source, for_each, origins == 0);
    }
    return origins == 1;
}

static bool start(struct for_each_rows *rows, const struct entry *for_each)
{
    struct problem *why = NULL;
    const struct entry *members = node_find(&for_each->value, "members");
    int r = instance_maker_init(rows->maker, rows->source, &why);
    if (r > 0) {
        problem_list_take(rows->binder->problems, members->key_place, why);
    }
    return r == 0 || (r < 0 && binder_no_memory(rows->binder));
}

static void make_instances(struct binder *binder, struct source_settings *source,
                           const struct entry *for_each)
{
    CLEANUP(instance_maker_deinit) struct instance_maker maker = { 0 };
    struct for_each_rows rows = { .binder = binder, .source = source, .maker = &maker };
    if (!start(&rows, for_each)) {
        return;
    }
    if (source->for_each.list) {
        for_each_add_nodes(&rows, &node_find(&for_each->value, "list")->value);
        for_each_finish(&rows);
        free(STEAL(source->for_each.list)); // the instances say it
    } else if (source->for_each.file) {
        const struct entry *file = node_find(&for_each->value, "file");
        for_each_read_file(&rows, file->value.place);
    }
    free(rows.places);
}

void for_each_bind(struct binder *binder, struct source_settings *source, struct entry *entry)
{
    const struct entry *for_each = node_find(&entry->value, "for_each");
    source->fans_out = for_each != NULL;
    check_places(binder, source, entry);
    if (for_each && check_origin(binder, source, for_each)) {
        make_instances(binder, source, for_each);
    }
}

// ---- the items of another source ----

static struct source_settings *find_source(struct binder *binder, const char *name)
{
    struct settings *settings = binder->settings;
    const struct source_settings *found = settings_find_source(settings, name);
    return found ? &settings->sources[found - settings->sources] : NULL;
}

// Does following the sources from here on come back to `start`?
static bool is_circle(struct binder *binder, const struct source_settings *start)
{
    const struct source_settings *at = start;
    for (size_t i = 0; at && at->for_each.source && i < binder->settings->source_count; i++) {
        at = find_source(binder, at->for_each.source);
        if (at == start) {
            return true;
        }
    }
    return false;
}

// `.id` names the member "id", `.owner.login` "login".
static const char *name_of_path(const char *path)
{
    const char *dot = strrchr(path, '.');
    const char *name = dot ? dot + 1 : "";
    return *name && !strpbrk(name, "[]\"?| ") ? name : NULL;
}

// Without `members`, items are told apart by their key here as there.
static bool take_key(struct binder *binder, struct source_settings *source,
                     const struct source_settings *from, const struct entry *for_each)
{
    struct headers *members = &source->for_each.members;
    for (size_t i = 0; i < from->rules.key.n; i++) {
        const char *path = expr_text(from->rules.key.v[i]);
        const char *name = name_of_path(path);
        if (!name || headers_get(members, name)) {
            problem_list_add(binder->problems, for_each->key_place, "missing_key",
                             "\"for_each\" of source \"%s\" cannot name the key %s of \"%s\"; "
                             "add \"members\", such as: members: { id: %s }",
                             source->name, path, from->name, path);
            return false;
        }
        if (headers_add(members, name, path) != 0) {
            return binder_no_memory(binder);
        }
    }
    return true;
}

static void link_source(struct binder *binder, struct source_settings *source,
                        const struct entry *entry)
{
    const struct entry *for_each = node_find(&entry->value, "for_each");
    const struct entry *named = node_find(&for_each->value, "source");
    const struct source_settings *from = find_source(binder, source->for_each.source);
    if (!from) {
        report_unknown_source(binder, &named->value);
        return;
    }
    if (is_circle(binder, source)) {
        problem_list_add(binder->problems, named->value.place, "circle",
                         "source \"%s\" would follow its own items by way of \"%s\"; break the "
                         "circle",
                         source->name, from->name);
        return;
    }
    if (source->for_each.members.n == 0) {
        (void)take_key(binder, source, from, for_each); // reported
    }
}

void for_each_link(struct binder *binder, struct entry *sources)
{
    for (struct entry *entry = sources; entry; entry = entry->next) {
        struct source_settings *source = find_source(binder, entry->key);
        if (source && source->for_each.source && !source->for_each.list && !source->for_each.file) {
            link_source(binder, source, entry);
        }
    }
}
