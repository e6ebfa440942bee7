// What a source's rules and request are, as a hash: so that a reload or restart sees which edits
// matter. The values are taken as written, after ${…}; a list of one equals the bare value.
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/encode.h"
#include "bridge/base/secret.h"
#include "config/bind.h"
#include "config/expand.h"

struct identity {
    struct binder *binder;
    struct buf text;
};

static bool append(struct identity *identity, const char *text)
{
    // With its NUL: no text can run into the next one.
    return buf_append(&identity->text, text, strlen(text) + 1) == 0 ||
           binder_no_memory(identity->binder);
}

static bool append_node(struct identity *identity, struct node *node, bool exact)
{
    if (node->kind == NODE_SCALAR) {
        const char *text = expand_node(identity->binder, node, false);
        return text && (!exact || append(identity, node->plain ? "plain" : "quoted")) &&
               append(identity, text);
    }
    bool ok = append(identity, node->kind == NODE_MAPPING ? "{" : "[");
    for (struct entry *entry = node->first; ok && entry; entry = entry->next) {
        ok = (!entry->key || append(identity, entry->key)) &&
             append_node(identity, &entry->value, exact);
    }
    return ok && append(identity, node->kind == NODE_MAPPING ? "}" : "]");
}

static bool append_value(struct identity *identity, const struct option *option, struct node *node)
{
    bool exact = option->type == OPTION_JSON; // there "1" and 1 are two values
    if (!exact && node->kind == NODE_SEQUENCE && node->first && !node->first->next) {
        node = &node->first->value;
    }
    return append(identity, option->key) && append_node(identity, node, exact);
}

static bool append_target(struct identity *identity, const struct bind_target *target,
                          unsigned flag);

// A secret never goes into a hash that is stored and is not made for secrets.
static bool append_secret(struct identity *identity, const struct option *option,
                          const struct secret *secret, unsigned flag)
{
    unsigned char digest[SECRET_DIGEST_SIZE];
    char text[2 * SECRET_DIGEST_SIZE + 1];
    if (flag != 0) {
        return true;
    }
    secret_digest(secret, digest);
    hex_encode(digest, sizeof(digest), text);
    return append(identity, option->key) && append(identity, text);
}

static bool append_table(struct identity *identity, const struct bind_target *outer,
                         const struct option *option, struct node *node, void *field, unsigned flag)
{
    struct bind_target inner = {
        .parts = { { .table = option->table, .object = field } },
        .part_count = 1,
        .node = node,
        .place = outer->place,
    };
    // A flag on the table stands for all that is in it.
    return append(identity, option->key) &&
           append_target(identity, &inner, option->flags & flag ? 0 : flag);
}

static bool append_option(struct identity *identity, const struct bind_target *target, size_t part,
                          const struct option *option, unsigned flag)
{
    struct node storage;
    void *field = (char *)target->parts[part].object + option->offset;
    struct node *node = bind_origin(identity->binder, target, option, &storage);
    if (option->type == OPTION_TABLE) {
        return append_table(identity, target, option, node, field, flag);
    }
    if (option->type == OPTION_SECRET) {
        return append_secret(identity, option, field, flag);
    }
    if ((option->flags & flag) != flag || !node) {
        return true;
    }
    return append_value(identity, option, node);
}

static bool append_target(struct identity *identity, const struct bind_target *target,
                          unsigned flag)
{
    bool ok = true;
    for (size_t part = 0; part < target->part_count; part++) {
        const struct option_table *table = target->parts[part].table;
        for (size_t i = 0; ok && i < table->n; i++) {
            ok = append_option(identity, target, part, &table->options[i], flag);
        }
    }
    return ok;
}

bool bind_identity(struct binder *binder, const struct bind_target *target, unsigned flag,
                   const char *extra, struct hash128 *ret)
{
    struct identity identity = { .binder = binder };
    bool ok = append(&identity, extra ? extra : "") && append_target(&identity, target, flag);
    *ret = hash128_of(buf_str(&identity.text), identity.text.len);
    struct bytes text = buf_take(&identity.text);
    bytes_deinit(&text);
    return ok;
}
