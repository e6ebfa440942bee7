#include "config/sections.h"

#include <string.h>

#include "bridge/base/str.h"
#include "bridge/spi/settings.h"
#include "config/bind.h"
#include "config/map.h"

const struct section sections[] = {
    { .key = "server", .table = &server_options, .doc = "The daemon's own HTTP listener." },
    { .key = "store", .table = &store_options, .doc = "Where everything is kept." },
    { .key = "egress", .table = &egress_options, .doc = "Where untrusted targets may be." },
    { .key = "defaults",
      .table = &default_options,
      .doc = "What a source takes where it says nothing itself." },
    { .key = "tokens",
      .is_map = true,
      .table = &token_options,
      .doc = "Who may use the HTTP API, by name." },
    { .key = "limits", .is_map = true, .table = &limit_options, .doc = "Budgets per host." },
    { .key = "auth",
      .is_map = true,
      .doc = "Credentials and logins by name, shared by the sources that name them." },
    { .key = "sources", .is_map = true, .doc = "What is polled, by name." },
    { .key = "sinks", .is_map = true, .doc = "Where events go, by name." },
};
const size_t section_count = ARRAY_LEN(sections);

#define ANCHORS_PREFIX "x-" // sections that only hold anchors

static void report_unknown_sections(struct binder *binder, const struct node *root)
{
    const char *keys[ARRAY_LEN(sections)];
    for (size_t i = 0; i < section_count; i++) {
        keys[i] = sections[i].key;
    }
    for (const struct entry *entry = root->first; entry; entry = entry->next) {
        bool known = str_starts(entry->key, ANCHORS_PREFIX);
        for (size_t i = 0; !known && i < section_count; i++) {
            known = str_eq(keys[i], entry->key);
        }
        if (!known) {
            const char *nearest = str_nearest(entry->key, keys, section_count);
            problem_list_add(binder->problems, entry->key_place, "unknown_key",
                             "unknown section \"%s\"%s%s%s", entry->key,
                             nearest ? "; did you mean \"" : "; remove it", nearest ? nearest : "",
                             nearest ? "\"?" : "");
        }
    }
}

// A section that is one struct.
static bool bind_plain(struct binder *binder, const struct node *root, const char *key,
                       const struct option_table *table, void *object)
{
    struct entry *entry = node_find(root, key);
    struct bind_target target = {
        .kind = key,
        .parts = { { .table = table, .object = object } },
        .part_count = 1,
        .node = entry ? &entry->value : NULL,
        .place = entry ? entry->key_place : (struct place){ .line = 1, .column = 1 },
    };
    return bind_target(binder, &target);
}

static void bind_tokens(struct binder *binder, const struct node *root)
{
    struct settings *settings = binder->settings;
    struct entry *entry = map_entries(binder, root, "tokens");
    settings->tokens = map_allocate(binder, map_count(entry), sizeof(*settings->tokens));
    for (; settings->tokens && entry; entry = entry->next) {
        struct token_settings *token = &settings->tokens[settings->token_count];
        if (!check_name(binder, "token", entry) ||
            !map_set_name(binder, &token->name, entry->key)) {
            continue;
        }
        settings->token_count++;
        struct bind_target target = {
            .kind = "tokens",
            .name = entry->key,
            .parts = { { .table = &token_options, .object = token } },
            .part_count = 1,
            .node = &entry->value,
            .place = entry->key_place,
        };
        if (bind_target(binder, &target)) {
            check_token(binder, &token->token, entry->key_place);
        }
    }
}

static void bind_limits(struct binder *binder, const struct node *root)
{
    struct settings *settings = binder->settings;
    struct entry *entry = map_entries(binder, root, "limits");
    settings->limits = map_allocate(binder, map_count(entry), sizeof(*settings->limits));
    for (; settings->limits && entry; entry = entry->next) {
        struct limit_settings *limit = &settings->limits[settings->limit_count];
        if (!check_host(binder, entry) || !map_set_name(binder, &limit->host, entry->key)) {
            continue;
        }
        settings->limit_count++;
        struct bind_target target = {
            .kind = "limits",
            .name = entry->key,
            .parts = { { .table = &limit_options, .object = limit } },
            .part_count = 1,
            .node = &entry->value,
            .place = entry->key_place,
        };
        (void)bind_target(binder, &target); // reported
    }
}

void sections_bind(struct binder *binder, const struct drivers *drivers, struct node *root)
{
    struct settings *settings = binder->settings;
    if (root->kind != NODE_MAPPING) {
        problem_list_add(binder->problems, root->place, "wrong_type",
                         "the file must be a mapping with `sources:` in it, but it is %s",
                         node_kind_name(root));
        return;
    }
    report_unknown_sections(binder, root);
    struct entry *defaults = node_find(root, "defaults");
    binder->defaults = defaults ? &defaults->value : NULL;
    bind_tokens(binder, root);
    if (bind_plain(binder, root, "server", &server_options, &settings->server)) {
        check_listen(binder, root);
    }
    (void)bind_plain(binder, root, "store", &store_options, &settings->store);
    if (bind_plain(binder, root, "egress", &egress_options, &settings->egress)) {
        check_egress(binder, root);
    }
    (void)bind_plain(binder, root, "defaults", &default_options, &settings->defaults);
    bind_limits(binder, root);
    named_bind(binder, drivers, root);
}
