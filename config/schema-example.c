#include "config/schema-example.h"

#include <string.h>

#include "bridge/base/str.h"
#include "config/json-out.h"
#include "config/tree.h"
#include "config/value.h"

// As an editor sees it that reads YAML 1.2.
static void write_scalar(struct json_out *out, const char *key, const struct node *node)
{
    const char *text = node->text;
    if (node_is_null(node)) {
        json_out_bare(out, key, "null");
    } else if (node->plain &&
               (str_eq(text, "true") || str_eq(text, "false") || json_is_number(text))) {
        json_out_bare(out, key, text);
    } else {
        json_out_string(out, key, text);
    }
}

static void write_node(struct json_out *out, const char *key, const struct node *node)
{
    if (node->kind == NODE_SCALAR) {
        write_scalar(out, key, node);
        return;
    }
    bool is_mapping = node->kind == NODE_MAPPING;
    json_out_open(out, key, is_mapping ? '{' : '[');
    for (const struct entry *entry = node->first; entry; entry = entry->next) {
        write_node(out, entry->key, &entry->value);
    }
    json_out_close(out, is_mapping ? '}' : ']');
}

void schema_write_example(struct json_out *out, const char *example)
{
    struct tree tree = { 0 };
    struct problem_list problems = { 0 };
    int r = tree_read(&tree, example, strlen(example), &problems);
    if (r == 0 && problems.n == 0) {
        json_out_open(out, "examples", '[');
        write_node(out, NULL, &tree.root);
        json_out_close(out, ']');
    }
    if (r < 0 && out->error == 0) {
        out->error = r;
    }
    tree_deinit(&tree);
    problem_list_deinit(&problems);
}
