// Mappings of names to texts: parameters, header fields, templates. The order is kept.
#include <errno.h>
#include <string.h>

#include "bridge/base/problem.h"
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
    struct header header = { .name = strdup(name), .value = strdup(text) };
    headers->v[headers->n++] = header; // freed with the settings, complete or not
    return (header.name && header.value) || binder_no_memory(binder);
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

static bool add_pair(struct binder *binder, const struct option *option, struct entry *entry,
                     void *field)
{
    // The pair's own name is what a person looks for.
    struct option named = { .key = entry->key, .type = OPTION_STRING, .flags = option->flags };
    const char *text = value_text(binder, &named, &entry->value);
    if (!text || !check_field(binder, option, entry, text)) {
        return false;
    }
    return option->type == OPTION_PAIRS ? add_header(binder, field, entry->key, text)
                                        : add_template(binder, field, entry, text);
}

static bool make_room(struct binder *binder, const struct option *option, void *field, size_t n)
{
    void *v = NULL;
    if (option->type == OPTION_PAIRS) {
        v = calloc(n, sizeof(struct header));
        ((struct headers *)field)->v = v;
    } else {
        v = calloc(n, sizeof(struct template_pair));
        ((struct template_pairs *)field)->v = v;
    }
    return v || binder_no_memory(binder);
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
