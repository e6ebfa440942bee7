#include "config/value.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/problem.h"
#include "bridge/base/secret.h"
#include "bridge/base/str.h"
#include "bridge/base/time-zone.h"
#include "bridge/expr/filter.h"
#include "config/expand.h"
#include "config/scalar.h"
#include "config/secrets.h"

bool value_refuse_kind(struct binder *binder, const char *key, const char *wanted,
                       const struct node *node)
{
    problem_list_add(binder->problems, node->place, "wrong_type", "\"%s\" must be %s, but it is %s",
                     key, wanted, node_kind_name(node));
    return false;
}

const char *value_text(struct binder *binder, const struct option *option, struct node *node)
{
    if (node->kind != NODE_SCALAR) {
        (void)value_refuse_kind(binder, option->key, "a single value", node);
        return NULL;
    }
    if (node_is_null(node)) {
        problem_list_add(binder->problems, node->place, "missing_value",
                         "\"%s\" has no value here; write one, or remove the key", option->key);
        return NULL;
    }
    return expand_node(binder, node, (option->flags & OPTION_HIDDEN_VALUE) != 0);
}

static bool check_url_scheme(struct binder *binder, const struct option *option,
                             const struct node *node)
{
    if (!binder->is_untrusted || binder->allow_http || strncasecmp(node->text, "http:", 5) != 0) {
        return true;
    }
    problem_list_add(binder->problems, node->place, "http_refused",
                     "\"%s\" must begin with https://; `egress: { allow_http: true }` in the "
                     "configuration file lets it be http://",
                     option->key);
    return false;
}

static bool bind_scalar(struct binder *binder, const struct option *option, struct node *node,
                        void *field)
{
    const char *text = value_text(binder, option, node);
    if (text && *text && option->type == OPTION_FILE) {
        text = resolve_path(binder, text);
    }
    if (!text) {
        return false;
    }
    if (option->type == OPTION_URL && !check_url_scheme(binder, option, node)) {
        return false;
    }
    struct scalar scalar = { .text = text, .foreign = node->expansion == EXPANSION_DONE };
    struct problem *why = NULL;
    int r = scalar_parse(option, scalar, field, &why);
    if (r == -ENOMEM) {
        return binder_no_memory(binder);
    }
    if (r != 0) {
        problem_list_take(binder->problems, node->place, why);
    }
    return r == 0;
}

static bool set_secret(struct binder *binder, const struct option *option, struct place place,
                       const char *data, size_t len, struct secret *ret)
{
    if (len == 0) {
        problem_list_add(binder->problems, place, "missing_value",
                         "the secret \"%s\" is empty; give it a value", option->key);
        return false;
    }
    if (secret_init(ret, data, len) != 0) {
        return binder_no_memory(binder);
    }
    return register_secret(binder, data, len);
}

static bool bind_secret(struct binder *binder, const struct option *option, struct node *node,
                        void *field)
{
    const char *text = value_text(binder, option, node);
    return text && set_secret(binder, option, node->place, text, strlen(text), field);
}

bool value_bind_secret_file(struct binder *binder, const struct option *option, struct node *node,
                            void *field)
{
    const char *path = value_text(binder, option, node);
    struct bytes content = { 0 };
    if (!path || !read_secret_file(binder, node->place, path, &content)) {
        return false;
    }
    bool ok = set_secret(binder, option, node->place, content.data, content.len, field);
    wipe_bytes(&content);
    return ok;
}

// Thousands of sources name the same zone, one after the other: its file is read once.
static bool bind_zone(struct binder *binder, const struct option *option, struct node *node,
                      void *field)
{
    const char *name = value_text(binder, option, node);
    struct problem *why = NULL;
    struct time_zone **ret = field;
    if (!name) {
        return false;
    }
    if (!binder->zone || !str_eq(time_zone_name(binder->zone), name)) {
        struct time_zone *zone = NULL;
        int r = time_zone_load(&zone, name, &why);
        if (r < 0) {
            return binder_no_memory(binder);
        }
        if (r > 0) {
            problem_list_take(binder->problems, node->place, why);
            return false;
        }
        (void)time_zone_unref(binder->zone);
        binder->zone = zone;
    }
    *ret = time_zone_ref(binder->zone);
    return true;
}

static bool bind_filter(struct binder *binder, const struct option *option, struct node *node,
                        void *field)
{
    AUTO_FREE char *json = NULL;
    struct problem *why = NULL;
    if (!json_bind(binder, option, node, &json)) {
        return false;
    }
    int r = filter_new(field, json, &why);
    if (r == -ENOMEM) {
        return binder_no_memory(binder);
    }
    if (r != 0) {
        problem_list_take(binder->problems, node->place, why);
    }
    return r == 0;
}

bool value_bind(struct binder *binder, const struct option *option, struct node *node, void *field)
{
    switch (option->type) {
    case OPTION_SECRET: return bind_secret(binder, option, node, field);
    case OPTION_STRINGS:
    case OPTION_EXPRS:
    case OPTION_PATTERNS:
    case OPTION_STATUSES:
    case OPTION_DURATIONS: return list_bind(binder, option, node, field);
    case OPTION_NORMALIZE:
    case OPTION_DEADBAND:
    case OPTION_PAIRS:
    case OPTION_TEMPLATES: return pairs_bind(binder, option, node, field);
    case OPTION_ZONE: return bind_zone(binder, option, node, field);
    case OPTION_WINDOWS: return windows_bind(binder, option, node, field);
    case OPTION_JSON: return json_bind(binder, option, node, field);
    case OPTION_FILTER: return bind_filter(binder, option, node, field);
    case OPTION_AUTH: return node->kind == NODE_MAPPING || bind_scalar(binder, option, node, field);
    case OPTION_BOOL:
    case OPTION_INT:
    case OPTION_DURATION:
    case OPTION_SIZE:
    case OPTION_PERCENT:
    case OPTION_ENUM:
    case OPTION_STRING:
    case OPTION_URL:
    case OPTION_FILE:
    case OPTION_TEMPLATE:
    case OPTION_EXPR:
    case OPTION_CRON:
    case OPTION_TABLE: break; // tables never come here
    }
    return bind_scalar(binder, option, node, field);
}
