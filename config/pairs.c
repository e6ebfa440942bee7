// Mappings of names to texts: parameters, header fields, templates; of paths to what is done with
// the places. The order is kept.
#include <errno.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/diff/deadband.h"
#include "bridge/diff/normalize.h"
#include "bridge/expr/expr.h"
#include "bridge/model/http.h"
#include "config/expand.h"
#include "config/value.h"

// RFC 9110 section 5.6.2.
static bool is_token(const char *text)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    return *text && text[strspn(text, token)] == 0;
}

static bool check_field(struct binder *binder, const struct option *option,
                        const struct entry *entry, const char *text)
{
    if ((option->flags & OPTION_FIELDS) == 0) {
        return true;
    }
    if (!is_token(entry->key)) {
        problem_list_add(binder->problems, entry->key_place, "bad_name",
                         "\"%s\" in \"%s\" is no name of an HTTP header field; use letters, digits "
                         "and dashes",
                         entry->key, option->key);
        return false;
    }
    if (strpbrk(text, "\r\n")) {
        problem_list_add(binder->problems, entry->value.place, "bad_text",
                         "the header field \"%s\" holds a line end; write it as one line",
                         entry->key);
        return false;
    }
    return true;
}

static bool add_header(struct binder *binder, struct headers *headers, const char *name,
                       const char *text)
{
    return headers_put(headers, name, text) == 0 || binder_no_memory(binder);
}

static bool add_template(struct binder *binder, struct template_pairs *pairs,
                         const struct entry *entry, const char *text)
{
    struct template_pair *pair = &pairs->v[pairs->n];
    struct problem *why = NULL;
    int r = template_new(&pair->value, text, &why);
    if (r == -ENOMEM) {
        return binder_no_memory(binder);
    }
    if (r != 0) {
        problem_list_take(binder->problems, entry->value.place, why);
        return false;
    }
    pairs->n++;
    pair->name = strdup(entry->key);
    return pair->name || binder_no_memory(binder);
}

// The path or what stands behind it is refused: the words say which.
static bool settle(struct binder *binder, const struct option *option, const struct entry *entry,
                   int result, struct problem *take)
{
    struct problem CLEANUP(problem_freep) *why = take;
    if (result == -ENOMEM) {
        return binder_no_memory(binder);
    }
    if (result != 0) {
        problem_list_add(binder->problems, entry->value.place, "bad_rule",
                         "\"%s\" cannot be used for %.160s: %s", option->key, entry->key,
                         why ? why->message : "it is not a path");
    }
    return result == 0;
}

static bool add_rule(struct binder *binder, const struct option *option, const struct entry *entry,
                     const char *text, void *field)
{
    struct problem *why = NULL;
    int r = option->type == OPTION_NORMALIZE
                ? normalize_add(*(struct normalize **)field, entry->key, text, &why)
                : deadband_add(*(struct deadband **)field, entry->key, text, &why);
    return settle(binder, option, entry, r, why);
}

static bool add_pair(struct binder *binder, const struct option *option, struct entry *entry,
                     void *field)
{
    // The pair's own name is what a person looks for.
    struct option named = { .key = entry->key, .type = OPTION_STRING, .flags = option->flags };
    const char *text = value_text(binder, &named, &entry->value);
    if (!text || !check_field(binder, option, entry, text)) {
        return false;
    }
    switch ((int)option->type) { // int: no other types come here
    case OPTION_PAIRS: return add_header(binder, field, entry->key, text);
    case OPTION_TEMPLATES: return add_template(binder, field, entry, text);
    default: return add_rule(binder, option, entry, text, field);
    }
}

// Before anything is added.
static bool make_room(struct binder *binder, const struct option *option, void *field, size_t n)
{
    int r = 0;
    if (option->type == OPTION_PAIRS) {
        r = headers_reserve(field, n, 0);
    } else if (option->type == OPTION_TEMPLATES) {
        struct template_pairs *pairs = field;
        pairs->v = calloc(n, sizeof(*pairs->v));
        r = pairs->v ? 0 : -ENOMEM;
    } else if (option->type == OPTION_NORMALIZE) {
        r = normalize_new(field);
    } else {
        r = deadband_new(field);
    }
    return r == 0 || binder_no_memory(binder);
}

bool pairs_bind(struct binder *binder, const struct option *option, struct node *node, void *field)
{
    if (node->kind != NODE_MAPPING) {
        return value_refuse_kind(binder, option->key, "a mapping of names to values", node);
    }
    size_t n = node_count(node);
    if (n == 0) {
        return true;
    }
    bool ok = make_room(binder, option, field, n);
    if (!ok) {
        return false;
    }
    for (struct entry *entry = node->first; entry; entry = entry->next) {
        ok = add_pair(binder, option, entry, field) && ok;
    }
    return ok;
}
