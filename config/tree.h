#pragma once
// A YAML document as a tree whose every node knows its place. Aliases are copies that share their
// children, merge keys (`<<`) are merged, duplicate keys are reported and dropped.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "config/arena.h"
#include "config/problems.h"

#define TREE_TEXT_MAX    ((size_t)64 * 1024 * 1024)
#define TREE_DEPTH_MAX   64
#define TREE_NODES_MAX   8000000 // written in the file
#define TREE_ALIASED_MAX 4000000 // added by expanding aliases
#define TREE_ANCHORS_MAX 256

enum { TREE_E_BROKEN = 1 }; // no tree; the reason is in the list of problems

enum node_kind { NODE_SCALAR, NODE_MAPPING, NODE_SEQUENCE };

struct entry;

struct node {
    union {
        const char *text;    // NODE_SCALAR; in the arena
        struct entry *first; // otherwise; NULL when empty
    };
    uint32_t weight; // about the nodes in here, aliases expanded, long texts counting for several
    struct place place;
    uint8_t kind;      // enum node_kind
    uint8_t height;    // 1 for a scalar
    bool plain;        // a scalar without quotes or tag
    uint8_t expansion; // enum expansion (expand.h)
};

struct entry { // of a mapping or a sequence
    struct entry *next;
    const char *key; // NULL in a sequence
    struct place key_place;
    struct node value;
};

struct tree {
    struct arena arena;
    struct node root;
};

// 0, TREE_E_BROKEN, -ENOMEM. Problems that leave a usable tree (duplicate keys) are listed with 0.
int tree_read(struct tree *ret, const char *text, size_t len,
              struct problem_list *problems) MUST_CHECK;
void tree_deinit(struct tree *tree);

// The value of that key; NULL when the mapping has none. Linear.
struct entry *node_find(const struct node *mapping, const char *key);
size_t node_count(const struct node *node); // entries of a mapping or a sequence; 0 for a scalar
// Written as nothing: empty, `~` or `null` without quotes.
bool node_is_null(const struct node *node);
const char *node_kind_name(const struct node *node); // "a mapping", "a list", "a single value"
