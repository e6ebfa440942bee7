// Rules between values that no option table can say.
#include <ctype.h>
#include <string.h>

#include "bridge/base/secret.h"
#include "bridge/base/str.h"
#include "bridge/model/event.h"
#include "bridge/spi/settings.h"
#include "config/expand.h"
#include "config/scalar.h"
#include "config/sections.h"

#define NAME_BYTES_MAX  128
#define TOKEN_BYTES_MIN 16
#define NEAREST_OF_MAX  2000 // names; looking for the nearest of more takes too long
#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

static const char *const event_types[] = {
    EVENT_DOCUMENT_CHANGED, EVENT_ITEM_CREATED,   EVENT_ITEM_UPDATED,
    EVENT_ITEM_DELETED,     EVENT_SOURCE_FAILING, EVENT_SOURCE_RECOVERED,
    EVENT_SOURCE_HELD,      EVENT_SOURCE_STALE,   EVENT_BATCH,
};

bool check_name(struct binder *binder, const char *kind, const struct entry *entry)
{
    size_t len = strlen(entry->key);
    if (len > 0 && len <= NAME_BYTES_MAX && strspn(entry->key, NAME_CHARACTERS) == len) {
        return true;
    }
    problem_list_add(binder->problems, entry->key_place, "bad_name",
                     "\"%.160s\" cannot be the name of a%s %s; use 1 to 128 letters, digits, dots, "
                     "dashes and underscores",
                     entry->key, strchr("aeiou", *kind) ? "n" : "", kind);
    return false;
}

// A port of 1 to 65535 (with `zero`: also 0) up to the end of the text.
static bool is_port(const char *text, bool zero)
{
    int64_t port = 0;
    return isdigit((unsigned char)*text) && strlen(text) <= 5 && str_to_i64(text, &port) &&
           port >= (zero ? 0 : 1) && port <= 65535;
}

// `host`, `host:port`, `[address]`, `[address]:port`, as far as the form goes.
static bool is_host(const char *text, bool needs_port, bool zero)
{
    size_t len = *text == '[' ? strcspn(text, "]") : strcspn(text, ":");
    if (*text == '[') {
        if (len < 3 || text[len] != ']' || strspn(text + 1, "0123456789abcdef:.") != len - 1) {
            return false;
        }
        len++;
    } else if (strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-_") != len) {
        return false;
    }
    if (text[len] == ':') {
        return is_port(text + len + 1, zero);
    }
    return len > 0 && text[len] == 0 && !needs_port;
}

bool check_host(struct binder *binder, const struct entry *entry)
{
    if (*entry->key && *entry->key != ':' && is_host(entry->key, false, false)) {
        return true;
    }
    problem_list_add(binder->problems, entry->key_place, "bad_name",
                     "\"%.160s\" is no host; write it in small letters as in the URL, such as "
                     "api.example.com or api.example.com:8443",
                     entry->key);
    return false;
}

// What only processes of this machine reach.
static bool is_loopback(const char *listen)
{
    return str_starts(listen, "127.") || str_starts(listen, "[::1]:") ||
           str_starts(listen, "localhost:");
}

void check_token(struct binder *binder, const struct secret *token, struct place place)
{
    if (token->len > 0 && token->len < TOKEN_BYTES_MIN) {
        problem_list_add(binder->problems, place, "weak_token",
                         "a token of %zu characters can be guessed; take at least %d, such as "
                         "those of: openssl rand -hex 24",
                         token->len, TOKEN_BYTES_MIN);
    }
}

void check_listen(struct binder *binder, const struct node *root)
{
    const struct server_settings *settings = &binder->settings->server;
    const struct entry *server = node_find(root, "server");
    const struct entry *listen = server ? node_find(&server->value, "listen") : NULL;
    const struct entry *token = server ? node_find(&server->value, "token") : NULL;
    struct place place = listen ? listen->value.place : (struct place){ 0 };
    check_token(binder, &settings->token, token ? token->key_place : (struct place){ 0 });
    if (str_eq(settings->listen, "off")) {
        return;
    }
    if (!is_host(settings->listen, true, true)) {
        problem_list_add(binder->problems, place, "bad_address",
                         "\"listen\" must be an address and a port such as 127.0.0.1:8080 or "
                         "\"[::1]:8080\", or off");
    } else if (!is_loopback(settings->listen) && !settings_has_token(binder->settings)) {
        problem_list_add(binder->problems, place, "missing_token",
                         "\"listen\" is open to other machines, so the API needs a token: set "
                         "server.token (or tokens), or listen on 127.0.0.1");
    }
}

void check_source(struct binder *binder, const struct source_settings *source,
                  const struct entry *entry)
{
    const struct entry *select = node_find(&entry->value, "select");
    const struct entry *items = node_find(&entry->value, "items");
    const struct entry *key = node_find(&entry->value, "key");
    bool no_key = !key || (key->value.kind == NODE_SEQUENCE && !key->value.first);
    if (select && items) {
        problem_list_add(binder->problems, select->key_place, "conflict",
                         "\"select\" and \"items\" exclude each other in source \"%s\"; the whole "
                         "path to the items belongs into \"items\"",
                         source->name);
    }
    if (items && no_key) {
        problem_list_add(binder->problems, items->key_place, "missing_key",
                         "\"items\" needs a \"key\" in source \"%s\" to tell one item from "
                         "another; add it, such as: key: .id",
                         source->name);
    }
    if (key && !items) {
        problem_list_add(binder->problems, key->key_place, "missing_key",
                         "\"key\" needs \"items\" in source \"%s\"; add it, such as: "
                         "items: .data[]",
                         source->name);
    }
}

static bool is_glob(const char *text)
{
    return strpbrk(text, "*?");
}

static struct scalar scalar_of(const struct node *node)
{
    return (struct scalar){ .text = node->text, .foreign = node->expansion == EXPANSION_DONE };
}

void report_unknown_source(struct binder *binder, const struct node *node)
{
    const struct settings *settings = binder->is_untrusted ? binder->sources : binder->settings;
    const char *nearest = NULL;
    if (settings->source_count <= NEAREST_OF_MAX) {
        const char *names[NEAREST_OF_MAX];
        for (size_t i = 0; i < settings->source_count; i++) {
            names[i] = settings->sources[i].name;
        }
        nearest = str_nearest(node->text, names, settings->source_count);
    }
    char shown[SCALAR_SHOWN_SIZE];
    problem_list_add(binder->problems, node->place, "unknown_source", "there is no source %s%s%s%s",
                     scalar_shown(scalar_of(node), shown),
                     nearest ? "; did you mean \"" : "; correct the name or add the source",
                     nearest ? nearest : "", nearest ? "\"?" : "");
}

static void check_source_name(struct binder *binder, const struct node *node)
{
    const struct settings *known = binder->is_untrusted ? binder->sources : binder->settings;
    if (known && !is_glob(node->text) && !settings_find_source(known, node->text)) {
        report_unknown_source(binder, node);
    }
}

static void check_event_type(struct binder *binder, const struct node *node)
{
    for (size_t i = 0; i < ARRAY_LEN(event_types); i++) {
        if (str_glob(node->text, event_types[i])) {
            return;
        }
    }
    const char *nearest = str_nearest(node->text, event_types, ARRAY_LEN(event_types));
    char shown[SCALAR_SHOWN_SIZE];
    problem_list_add(
        binder->problems, node->place, "unknown_event_type", "no event is of the type %s%s%s%s",
        scalar_shown(scalar_of(node), shown),
        nearest
            ? "; did you mean \""
            : "; there are document.changed, item.created, item.updated, "
              "item.deleted, batch, source.failing, source.recovered, source.held and source.stale",
        nearest ? nearest : "", nearest ? "\"?" : "");
}

typedef void (*check_fn)(struct binder *binder, const struct node *node);

// Only what was bound: the others are unexpanded or already reported.
static void check_text(struct binder *binder, const struct node *node, check_fn check)
{
    if (node->kind == NODE_SCALAR &&
        (node->expansion == EXPANSION_NONE || node->expansion == EXPANSION_DONE)) {
        check(binder, node);
    }
}

static void check_each(struct binder *binder, const struct entry *sink, const char *key,
                       check_fn check)
{
    const struct entry *entry = node_find(&sink->value, key);
    if (!entry) {
        return;
    }
    check_text(binder, &entry->value, check);
    if (entry->value.kind == NODE_SEQUENCE) {
        for (const struct entry *item = entry->value.first; item; item = item->next) {
            check_text(binder, &item->value, check);
        }
    }
}

static void read_range(struct binder *binder, const struct node *node)
{
    struct address_ranges *open = &binder->settings->egress.open;
    if (address_range_parse(node->text, &open->v[open->n])) {
        open->n++;
        return;
    }
    char shown[SCALAR_SHOWN_SIZE];
    problem_list_add(binder->problems, node->place, "bad_range",
                     "%s is no range of addresses; write it as 10.20.0.0/16 or fd12::/48, with "
                     "zeros behind the prefix",
                     scalar_shown(scalar_of(node), shown));
}

void check_egress(struct binder *binder, const struct node *root)
{
    struct egress_settings *egress = &binder->settings->egress;
    const struct entry *entry = node_find(root, "egress");
    if (egress->allow_cidrs.n == 0) {
        return;
    }
    egress->open.v = calloc(egress->allow_cidrs.n, sizeof(*egress->open.v));
    if (egress->open.v) {
        check_each(binder, entry, "allow_cidrs", read_range);
    } else {
        (void)binder_no_memory(binder);
    }
}

// Without lanes of items nothing says which updates follow each other.
static void check_coalesce(struct binder *binder, const struct sink_settings *sink,
                           const struct entry *entry)
{
    const struct entry *value = node_find(&entry->value, "coalesce");
    if (value && sink->coalesce != SINK_COALESCE_NONE && sink->ordering != SINK_ORDERING_KEY) {
        problem_list_add(binder->problems, value->value.place, "bad_value",
                         "`coalesce` needs `ordering: key`: only the updates of one item that wait "
                         "for each other become one");
    }
}

void check_sink(struct binder *binder, const struct sink_settings *sink, const struct entry *entry)
{
    check_each(binder, entry, "sources", check_source_name);
    check_each(binder, entry, "types", check_event_type);
    check_coalesce(binder, sink, entry);
}
