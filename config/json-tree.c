#include "config/json-tree.h"

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "config/expand.h"

// Deeper than JSON_DEPTH_MAX no value of ours is.
static int make(struct arena *arena, struct json_object *value, struct node *ret);

static int make_scalar(struct arena *arena, struct json_object *value, struct node *ret)
{
    const char *text = value ? json_object_get_string(value) : "";
    ret->kind = NODE_SCALAR;
    ret->plain = !json_object_is_type(value, json_type_string);
    ret->expansion = EXPANSION_NONE;
    ret->text = text ? arena_copy(arena, text, strlen(text)) : NULL;
    return ret->text ? 0 : -ENOMEM;
}

// *ret_next is where the next entry goes.
static int add_entry(struct arena *arena, const char *key, struct json_object *value,
                     struct entry ***next)
{
    struct entry *entry = arena_alloc(arena, sizeof(*entry));
    if (!entry) {
        return -ENOMEM;
    }
    if (key) {
        entry->key = arena_copy(arena, key, strlen(key));
        if (!entry->key) {
            return -ENOMEM;
        }
    }
    **next = entry;
    *next = &entry->next;
    return make(arena, value, &entry->value);
}

static int make_mapping(struct arena *arena, struct json_object *value, struct node *ret)
{
    struct entry **next = &ret->first;
    int r = 0;
    ret->kind = NODE_MAPPING;
    json_object_object_foreach(value, key, member)
    {
        r = r ? r : add_entry(arena, key, member, &next);
    }
    return r;
}

static int make_sequence(struct arena *arena, struct json_object *value, struct node *ret)
{
    struct entry **next = &ret->first;
    int r = 0;
    ret->kind = NODE_SEQUENCE;
    for (size_t i = 0; r == 0 && i < json_object_array_length(value); i++) {
        r = add_entry(arena, NULL, json_object_array_get_idx(value, i), &next);
    }
    return r;
}

static int make(struct arena *arena, struct json_object *value, struct node *ret)
{
    *ret = (struct node){ .weight = 1, .height = 1 };
    switch (json_object_get_type(value)) {
    case json_type_object: return make_mapping(arena, value, ret);
    case json_type_array: return make_sequence(arena, value, ret);
    case json_type_null:
    case json_type_boolean:
    case json_type_double:
    case json_type_int:
    case json_type_string: break;
    }
    return make_scalar(arena, value, ret);
}

int json_tree_make(struct arena *arena, struct json_object *value, struct node *ret)
{
    return make(arena, value, ret);
}
