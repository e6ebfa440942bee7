#include "config/bind.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/str.h"
#include "bridge/spi/settings.h"
#include "config/value.h"

#define FILE_SUFFIX    "_file"
#define KEYS_MAX       128
#define SECRET_KEY_MAX 64

const char *bind_words(const struct bind_target *target, char ret[BIND_WORDS_SIZE])
{
    char inner[64] = "";
    if (target->inner) {
        (void)snprintf(inner, sizeof(inner), "\"%.40s\" of ", target->inner);
    }
    if (target->name) {
        (void)snprintf(ret, BIND_WORDS_SIZE, "%s%s \"%.128s\"", inner, target->kind, target->name);
    } else {
        (void)snprintf(ret, BIND_WORDS_SIZE, "%s\"%s\"", inner, target->kind);
    }
    return ret;
}

// Which options of which part were written.
struct seen {
    uint64_t bits[2];
};

struct found {
    size_t part;
    const struct option *option;
    bool secret_file; // by its KEY_file form
};

static bool find_option(const struct bind_target *target, const char *key, struct found *ret)
{
    for (size_t part = 0; part < target->part_count; part++) {
        const struct option *option = option_table_find(target->parts[part].table, key);
        if (option) {
            *ret = (struct found){ .part = part, .option = option };
            return true;
        }
    }
    return false;
}

// What reaches into this machine, or takes as long as it likes.
static bool is_for_file_only(const struct option *option)
{
    return option->type == OPTION_FILE || option->type == OPTION_EXPR ||
           option->type == OPTION_EXPRS || option->type == OPTION_PATTERNS ||
           option->type == OPTION_AUTH || (option->flags & OPTION_FILE_ONLY) != 0;
}

static bool find_secret_file(const struct bind_target *target, const char *key, struct found *ret)
{
    char secret_key[SECRET_KEY_MAX];
    size_t len = strlen(key);
    if (!str_ends(key, FILE_SUFFIX) || len - strlen(FILE_SUFFIX) >= sizeof(secret_key)) {
        return false;
    }
    len -= strlen(FILE_SUFFIX);
    memcpy(secret_key, key, len);
    secret_key[len] = 0;
    ret->secret_file = find_option(target, secret_key, ret) && ret->option->type == OPTION_SECRET;
    return ret->secret_file;
}

static void report_unknown_key(struct binder *binder, const struct bind_target *target,
                               const struct entry *entry)
{
    const char *keys[KEYS_MAX + 2];
    size_t n = 0;
    for (size_t part = 0; part < target->part_count; part++) {
        const struct option_table *table = target->parts[part].table;
        for (size_t i = 0; i < table->n && n < KEYS_MAX; i++) {
            keys[n++] = table->options[i].key;
        }
    }
    if (target->has_type) {
        keys[n++] = "type";
    }
    const char *nearest = str_nearest(entry->key, keys, n);
    char words[BIND_WORDS_SIZE];
    problem_list_add(binder->problems, entry->key_place, "unknown_key",
                     "unknown key \"%s\" in %s%s%s%s", entry->key, bind_words(target, words),
                     nearest ? "; did you mean \"" : "; remove it", nearest ? nearest : "",
                     nearest ? "\"?" : "");
}

// A list in place of the mapping becomes the mapping that has it as its first option.
static bool wrap_list(struct binder *binder, const struct option *option, struct node *node)
{
    struct entry *entry = arena_alloc(binder->arena, sizeof(*entry));
    if (!entry) {
        return binder_no_memory(binder);
    }
    *entry = (struct entry){
        .key = option->table->options[0].key,
        .key_place = node->place,
        .value = *node,
    };
    node->kind = NODE_MAPPING;
    node->first = entry;
    return true;
}

static bool bind_table(struct binder *binder, const struct bind_target *outer,
                       const struct option *option, struct node *node, void *field)
{
    bool is_list = node && node->kind == NODE_SEQUENCE && option->flags & OPTION_LIST_ALONE;
    if (is_list && !wrap_list(binder, option, node)) {
        return false;
    }
    struct bind_target inner = {
        .kind = outer->kind,
        .name = outer->name,
        .inner = option->key,
        .parts = { { .table = option->table, .object = field } },
        .part_count = 1,
        .node = node,
        .place = node ? node->place : outer->place,
    };
    return bind_target(binder, &inner);
}

static bool bind_option(struct binder *binder, const struct bind_target *target,
                        const struct found *found, struct node *node)
{
    void *field = (char *)target->parts[found->part].object + found->option->offset;
    if (found->option->type == OPTION_TABLE) {
        return bind_table(binder, target, found->option, node, field);
    }
    return found->secret_file ? value_bind_secret_file(binder, found->option, node, field)
                              : value_bind(binder, found->option, node, field);
}

static bool bind_entry(struct binder *binder, const struct bind_target *target, struct entry *entry,
                       struct seen *seen)
{
    struct found found;
    if (target->has_type && str_eq(entry->key, "type")) {
        return true;
    }
    if (!find_option(target, entry->key, &found) &&
        (binder->is_untrusted || !find_secret_file(target, entry->key, &found))) {
        report_unknown_key(binder, target, entry);
        return true; // what is known may be complete all the same, and is then checked further
    }
    if (binder->is_untrusted && is_for_file_only(found.option)) {
        problem_list_add(binder->problems, entry->key_place, "file_only",
                         "\"%s\" may stand in the configuration file only; remove it",
                         found.option->key);
        return false;
    }
    size_t index = (size_t)(found.option - target->parts[found.part].table->options);
    uint64_t bit = UINT64_C(1) << index;
    if (seen->bits[found.part] & bit) { // only KEY and KEY_file can meet here
        problem_list_add(binder->problems, entry->key_place, "conflict",
                         "\"%s\" and \"%s_file\" exclude each other; keep one of them",
                         found.option->key, found.option->key);
        return false;
    }
    seen->bits[found.part] |= bit;
    return bind_option(binder, target, &found, &entry->value);
}

static struct node *scalar_node(struct node *storage, const char *text, struct place place)
{
    *storage = (struct node){
        .text = text, .weight = 1, .place = place, .kind = NODE_SCALAR, .height = 1, .plain = true
    };
    return storage;
}

static struct node *find_fallback(struct binder *binder, const struct bind_target *target,
                                  const struct option *option, struct node *storage)
{
    const char *preset = option->preset;
    const struct option *common =
        target->takes_defaults ? option_table_find(&default_options, option->key) : NULL;
    if (common) {
        struct entry *entry = binder->defaults ? node_find(binder->defaults, option->key) : NULL;
        if (entry) {
            return &entry->value;
        }
        preset = common->preset;
    }
    return preset ? scalar_node(storage, preset, target->place) : NULL;
}

struct node *bind_origin(struct binder *binder, const struct bind_target *target,
                         const struct option *option, struct node *storage)
{
    struct entry *entry = target->node ? node_find(target->node, option->key) : NULL;
    return entry ? &entry->value : find_fallback(binder, target, option, storage);
}

static bool bind_absent(struct binder *binder, const struct bind_target *target, size_t part,
                        const struct option *option)
{
    struct found found = { .part = part, .option = option };
    struct node storage;
    if (binder->is_untrusted && is_for_file_only(option)) {
        return true;
    }
    struct node *node = find_fallback(binder, target, option, &storage);
    if (node || option->type == OPTION_TABLE) {
        return bind_option(binder, target, &found, node);
    }
    if ((option->flags & OPTION_REQUIRED) == 0) {
        return true;
    }
    char words[BIND_WORDS_SIZE];
    problem_list_add(binder->problems, target->place, "missing_key", "%s has no \"%s\"; add it%s%s",
                     bind_words(target, words), option->key, option->example ? ", such as: " : "",
                     option->example ? option->example : "");
    return false;
}

static bool check_kind(struct binder *binder, const struct bind_target *target)
{
    const struct node *node = target->node;
    if (!node || node->kind == NODE_MAPPING || node_is_null(node)) {
        return true;
    }
    char words[BIND_WORDS_SIZE];
    problem_list_add(binder->problems, node->place, "wrong_type",
                     "%s must be a mapping of keys to values, but it is %s",
                     bind_words(target, words), node_kind_name(node));
    return false;
}

static bool bind_written(struct binder *binder, const struct bind_target *target, struct seen *seen)
{
    bool ok = true;
    if (!target->node || target->node->kind != NODE_MAPPING) {
        return true;
    }
    for (struct entry *entry = target->node->first; entry; entry = entry->next) {
        ok = bind_entry(binder, target, entry, seen) && ok;
    }
    return ok;
}

static bool bind_rest(struct binder *binder, const struct bind_target *target,
                      const struct seen *seen)
{
    bool ok = true;
    for (size_t part = 0; part < target->part_count; part++) {
        const struct option_table *table = target->parts[part].table;
        assert(table->n <= 64);
        for (size_t i = 0; i < table->n; i++) {
            if ((seen->bits[part] & (UINT64_C(1) << i)) == 0) {
                ok = bind_absent(binder, target, part, &table->options[i]) && ok;
            }
        }
    }
    return ok;
}

bool bind_target(struct binder *binder, const struct bind_target *target)
{
    struct seen seen = { { 0 } };
    if (!check_kind(binder, target)) {
        return false;
    }
    bool ok = bind_written(binder, target, &seen);
    return bind_rest(binder, target, &seen) && ok;
}
