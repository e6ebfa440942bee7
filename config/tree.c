// libyaml's events to nodes. Every limit is checked while reading, before memory is spent.
#include "config/tree.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "bridge/base/str.h"
#include "config/mapping.h"
#include "config/yaml-error.h"

#define BYTES_PER_WEIGHT 32 // so that an alias of a long text counts for more than one of a short

struct anchor {
    const char *name;
    struct node node;
};

struct reader {
    yaml_parser_t parser;
    struct tree *tree;
    struct problem_list *problems;
    struct mapping_work work;
    const char *text;
    size_t len;
    struct anchor anchors[TREE_ANCHORS_MAX];
    size_t anchor_count;
    uint32_t nodes;
    uint32_t aliased;
};

#define AUTO_EVENT CLEANUP(yaml_event_delete)

static int refuse(struct reader *reader, yaml_mark_t mark, const char *code, const char *words)
{
    problem_list_add(reader->problems, place_of_mark(mark), code, "%s", words);
    return TREE_E_BROKEN;
}

static int next_event(struct reader *reader, yaml_event_t *event)
{
    if (!yaml_parser_parse(&reader->parser, event)) {
        memset(event, 0, sizeof(*event));
        return explain_parser_error(&reader->parser, reader->text, reader->len, reader->problems);
    }
    return 0;
}

static int count_node(struct reader *reader, yaml_mark_t mark)
{
    if (++reader->nodes > TREE_NODES_MAX) {
        return refuse(reader, mark, "limit",
                      "the file has more than 8 million values; split it into several processes");
    }
    return 0;
}

static int set_anchor(struct reader *reader, const yaml_char_t *name, const struct node *node)
{
    if (!name) {
        return 0;
    }
    if (reader->anchor_count == TREE_ANCHORS_MAX) {
        problem_list_add(reader->problems, node->place, "limit",
                         "the anchor &%s is one too many; a file may have %d of them",
                         (const char *)name, TREE_ANCHORS_MAX);
        return TREE_E_BROKEN;
    }
    char *copy = arena_copy(&reader->tree->arena, (const char *)name, strlen((const char *)name));
    if (!copy) {
        return -ENOMEM;
    }
    reader->anchors[reader->anchor_count++] = (struct anchor){ .name = copy, .node = *node };
    return 0;
}

// A name may be anchored again: the latest one before the alias counts.
static const struct node *find_anchor(const struct reader *reader, const char *name)
{
    for (size_t i = reader->anchor_count; i > 0; i--) {
        if (strcmp(reader->anchors[i - 1].name, name) == 0) {
            return &reader->anchors[i - 1].node;
        }
    }
    return NULL;
}

static int read_alias(struct reader *reader, const yaml_event_t *event, unsigned depth,
                      struct node *ret)
{
    const char *name = (const char *)event->data.alias.anchor;
    const struct node *node = find_anchor(reader, name);
    if (!node) {
        problem_list_add(reader->problems, place_of_mark(event->start_mark), "unknown_anchor",
                         "the alias *%s has no complete anchor &%s before it; define it further up",
                         name, name);
        return TREE_E_BROKEN;
    }
    if (depth + node->height > TREE_DEPTH_MAX) {
        return refuse(reader, event->start_mark, "limit",
                      "with this alias the file is nested deeper than 64 levels; flatten it");
    }
    if (node->weight > TREE_ALIASED_MAX - reader->aliased) {
        return refuse(reader, event->start_mark, "limit",
                      "with this alias the aliases of the file stand for more than 4 million "
                      "values; write out less, or alias less");
    }
    reader->aliased += node->weight;
    *ret = *node;
    return 0;
}

static int check_tag(struct reader *reader, const yaml_event_t *event, const yaml_char_t *tag)
{
    const char *text = (const char *)tag;
    if (!text || str_eq(text, "!") || str_starts(text, "tag:yaml.org,2002:")) {
        return 0;
    }
    problem_list_add(reader->problems, place_of_mark(event->start_mark), "unknown_tag",
                     "the YAML tag \"%s\" means nothing here; remove it", text);
    return TREE_E_BROKEN;
}

static int read_scalar(struct reader *reader, const yaml_event_t *event, struct node *ret)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    int r = check_tag(reader, event, event->data.scalar.tag);
    if (r != 0) {
        return r;
    }
    if (memchr(text, 0, len)) {
        return refuse(reader, event->start_mark, "bad_text",
                      "this text holds a NUL character (\\0); remove it");
    }
    *ret = (struct node){
        .text = arena_copy(&reader->tree->arena, text, len),
        .weight = 1 + (uint32_t)(len / BYTES_PER_WEIGHT),
        .place = place_of_mark(event->start_mark),
        .kind = NODE_SCALAR,
        .height = 1,
        .plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !event->data.scalar.tag,
    };
    if (!ret->text) {
        return -ENOMEM;
    }
    return set_anchor(reader, event->data.scalar.anchor, ret);
}

static int read_node(struct reader *reader, const yaml_event_t *event, unsigned depth,
                     struct node *ret);

static void adopt(struct node *parent, const struct node *child)
{
    parent->weight += child->weight;
    if (child->height >= parent->height) {
        parent->height = (uint8_t)(child->height + 1);
    }
}

static int read_sequence(struct reader *reader, const yaml_event_t *start, unsigned depth,
                         struct node *ret)
{
    struct node node = {
        .weight = 1, .place = place_of_mark(start->start_mark), .kind = NODE_SEQUENCE, .height = 1
    };
    struct entry **link = &node.first;
    int r = check_tag(reader, start, start->data.sequence_start.tag);
    while (r == 0) {
        AUTO_EVENT yaml_event_t event = { 0 };
        r = next_event(reader, &event);
        if (r != 0 || event.type == YAML_SEQUENCE_END_EVENT) {
            break;
        }
        struct entry *entry = arena_alloc(&reader->tree->arena, sizeof(*entry));
        r = entry ? read_node(reader, &event, depth + 1, &entry->value) : -ENOMEM;
        if (r == 0) {
            *link = entry;
            link = &entry->next;
            adopt(&node, &entry->value);
        }
    }
    if (r != 0) {
        return r;
    }
    *ret = node;
    return set_anchor(reader, start->data.sequence_start.anchor, ret);
}

static int read_key(struct reader *reader, const yaml_event_t *event, struct entry *entry)
{
    if (event->type != YAML_SCALAR_EVENT) {
        return refuse(reader, event->start_mark, "wrong_type",
                      "a key must be plain text; a list, a mapping or an alias cannot be a key");
    }
    struct node key;
    int r = read_scalar(reader, event, &key);
    if (r != 0) {
        return r;
    }
    entry->key = key.text;
    entry->key_place = key.place;
    return 0;
}

static int read_entry(struct reader *reader, const yaml_event_t *event, unsigned depth,
                      struct entry **ret)
{
    struct entry *entry = arena_alloc(&reader->tree->arena, sizeof(*entry));
    int r = entry ? read_key(reader, event, entry) : -ENOMEM;
    if (r != 0) {
        return r;
    }
    AUTO_EVENT yaml_event_t value = { 0 };
    r = next_event(reader, &value);
    if (r == 0) {
        r = read_node(reader, &value, depth + 1, &entry->value);
    }
    if (r == 0) {
        *ret = entry;
    }
    return r;
}

static int read_mapping(struct reader *reader, const yaml_event_t *start, unsigned depth,
                        struct node *ret)
{
    struct node node = {
        .weight = 1, .place = place_of_mark(start->start_mark), .kind = NODE_MAPPING, .height = 1
    };
    struct entry **link = &node.first;
    int r = check_tag(reader, start, start->data.mapping_start.tag);
    while (r == 0) {
        AUTO_EVENT yaml_event_t event = { 0 };
        r = next_event(reader, &event);
        if (r != 0 || event.type == YAML_MAPPING_END_EVENT) {
            break;
        }
        struct entry *entry = NULL;
        r = read_entry(reader, &event, depth, &entry);
        if (r == 0) {
            *link = entry;
            link = &entry->next;
            adopt(&node, &entry->value);
        }
    }
    if (r == 0) {
        r = mapping_finish(&reader->work, &node);
    }
    if (r != 0) {
        return r;
    }
    *ret = node;
    return set_anchor(reader, start->data.mapping_start.anchor, ret);
}

static int read_node(struct reader *reader, const yaml_event_t *event, unsigned depth,
                     struct node *ret)
{
    int r = count_node(reader, event->start_mark);
    if (r != 0) {
        return r;
    }
    if (depth > TREE_DEPTH_MAX) {
        return refuse(reader, event->start_mark, "limit",
                      "the file is nested deeper than 64 levels here; flatten it");
    }
    switch ((int)event->type) { // int: the other events cannot stand where a value begins
    case YAML_ALIAS_EVENT: return read_alias(reader, event, depth, ret);
    case YAML_SEQUENCE_START_EVENT: return read_sequence(reader, event, depth, ret);
    case YAML_MAPPING_START_EVENT: return read_mapping(reader, event, depth, ret);
    default: return read_scalar(reader, event, ret);
    }
}

// Up to the first value, skipping what opens the stream and the document.
static int read_root(struct reader *reader)
{
    for (;;) {
        AUTO_EVENT yaml_event_t event = { 0 };
        int r = next_event(reader, &event);
        if (r != 0) {
            return r;
        }
        if (event.type == YAML_STREAM_END_EVENT) {
            return refuse(reader, (yaml_mark_t){ 0 }, "empty",
                          "the file is empty; write at least one source under `sources:`");
        }
        if (event.type != YAML_STREAM_START_EVENT && event.type != YAML_DOCUMENT_START_EVENT) {
            return read_node(reader, &event, 1, &reader->tree->root);
        }
    }
}

static int read_end(struct reader *reader)
{
    for (;;) {
        AUTO_EVENT yaml_event_t event = { 0 };
        int r = next_event(reader, &event);
        if (r != 0 || event.type == YAML_STREAM_END_EVENT) {
            return r;
        }
        if (event.type == YAML_DOCUMENT_START_EVENT) {
            return refuse(reader, event.start_mark, "yaml_syntax",
                          "a second document begins here; a file holds one, remove the `---`");
        }
    }
}

int tree_read(struct tree *ret, const char *text, size_t len, struct problem_list *problems)
{
    *ret = (struct tree){ 0 };
    int r = check_text(text, len, problems);
    if (r != 0) {
        return r;
    }
    AUTO_FREE struct reader *reader = calloc(1, sizeof(*reader));
    if (!reader || !yaml_parser_initialize(&reader->parser)) {
        return -ENOMEM;
    }
    yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader->parser, (const unsigned char *)text, len);
    reader->tree = ret;
    reader->problems = problems;
    reader->work = (struct mapping_work){ .arena = &ret->arena, .problems = problems };
    reader->text = text;
    reader->len = len;
    r = read_root(reader);
    if (r == 0) {
        r = read_end(reader);
    }
    mapping_work_deinit(&reader->work);
    yaml_parser_delete(&reader->parser);
    if (r != 0) {
        tree_deinit(ret);
    }
    return r;
}

void tree_deinit(struct tree *tree)
{
    arena_deinit(&tree->arena);
    tree->root = (struct node){ 0 };
}

struct entry *node_find(const struct node *mapping, const char *key)
{
    if (mapping->kind != NODE_MAPPING) {
        return NULL;
    }
    for (struct entry *entry = mapping->first; entry; entry = entry->next) {
        if (strcmp(entry->key, key) == 0) {
            return entry;
        }
    }
    return NULL;
}

size_t node_count(const struct node *node)
{
    size_t n = 0;
    if (node->kind != NODE_SCALAR) {
        for (const struct entry *entry = node->first; entry; entry = entry->next) {
            n++;
        }
    }
    return n;
}

bool node_is_null(const struct node *node)
{
    return node->kind == NODE_SCALAR && node->plain &&
           (*node->text == 0 || str_eq(node->text, "~") || str_eq(node->text, "null"));
}

const char *node_kind_name(const struct node *node)
{
    switch ((enum node_kind)node->kind) {
    case NODE_MAPPING: return "a mapping";
    case NODE_SEQUENCE: return "a list";
    case NODE_SCALAR: break;
    }
    return "a single value";
}
