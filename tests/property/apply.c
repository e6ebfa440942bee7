#include <assert.h>
#include <ctype.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/model/json.h"
#include "tests/property/apply.h"

// Where a pointer leads: the container and the last token in it. The whole document has no parent.
struct place {
    struct json_object *parent;
    char *token; // NULL for the whole document
};

struct json_object *deep_copy(struct json_object *value)
{
    struct json_object *copy = NULL;
    if (json_object_is_type(value, json_type_array)) {
        copy = json_object_new_array();
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            (void)json_object_array_add(copy, deep_copy(json_object_array_get_idx(value, i)));
        }
    } else if (json_object_is_type(value, json_type_object)) {
        copy = json_object_new_object();
        json_object_object_foreach(value, name, member)
        {
            (void)json_object_object_add(copy, name, deep_copy(member));
        }
    } else if (value != NULL) {
        int r = json_object_deep_copy(value, &copy, NULL);
        assert(r == 0);
    }
    return copy;
}

static bool unescape(char *token)
{
    char *out = token;
    for (const char *in = token; *in != '\0'; in++) {
        if (*in == '~') {
            in++;
            if (*in != '0' && *in != '1') {
                return false;
            }
            *out++ = *in == '0' ? '~' : '/';
        } else {
            *out++ = *in;
        }
    }
    *out = '\0';
    return true;
}

// RFC 6901 section 4: no leading zeros. "-" is past the end where that is allowed.
static bool to_index(const char *token, size_t length, bool past_end, size_t *ret)
{
    if (past_end && strcmp(token, "-") == 0) {
        *ret = length;
        return true;
    }
    if (!isdigit((unsigned char)token[0]) || (token[0] == '0' && token[1] != '\0')) {
        return false;
    }
    size_t index = 0;
    for (const char *c = token; *c != '\0'; c++) {
        if (!isdigit((unsigned char)*c) || index > 100000000) {
            return false;
        }
        index = index * 10 + (size_t)(*c - '0');
    }
    *ret = index;
    return past_end ? index <= length : index < length;
}

static bool child(struct json_object *parent, const char *token, struct json_object **ret)
{
    if (json_object_is_type(parent, json_type_object)) {
        return json_object_object_get_ex(parent, token, ret);
    }
    size_t index;
    if (!json_object_is_type(parent, json_type_array) ||
        !to_index(token, json_object_array_length(parent), false, &index)) {
        return false;
    }
    *ret = json_object_array_get_idx(parent, index);
    return true;
}

static bool find(struct json_object *document, const char *pointer, struct place *ret)
{
    *ret = (struct place){ 0 };
    if (*pointer == '\0') {
        return true;
    }
    struct json_object *at = document;
    while (*pointer == '/') {
        size_t len = strcspn(pointer + 1, "/");
        free(ret->token);
        ret->token = strndup(pointer + 1, len);
        ret->parent = at;
        pointer += 1 + len;
        if (!unescape(ret->token)) {
            break;
        }
        if (*pointer == '\0') {
            return true;
        }
        if (!child(at, ret->token, &at)) {
            break;
        }
    }
    free(ret->token);
    *ret = (struct place){ 0 };
    return false;
}

static bool get(struct json_object *document, const char *pointer, struct json_object **ret)
{
    struct place place;
    if (!find(document, pointer, &place)) {
        return false;
    }
    if (place.token == NULL) {
        *ret = document;
        return true;
    }
    bool found = child(place.parent, place.token, ret);
    free(place.token);
    return found;
}

static bool insert(struct json_object *array, size_t index, struct json_object *value)
{
    size_t n = json_object_array_length(array);
    (void)json_object_array_add(array, NULL);
    for (size_t i = n; i > index; i--) {
        struct json_object *moved = json_object_get(json_object_array_get_idx(array, i - 1));
        (void)json_object_array_put_idx(array, i, moved);
    }
    return json_object_array_put_idx(array, index, value) == 0;
}

// Consumes value.
static bool add(struct json_object **document, const char *pointer, struct json_object *value)
{
    struct place place;
    if (!find(*document, pointer, &place)) {
        json_object_put(value);
        return false;
    }
    if (place.token == NULL) {
        json_object_put(*document);
        *document = value;
        return true;
    }
    bool done = false;
    size_t index;
    if (json_object_is_type(place.parent, json_type_object)) {
        done = json_object_object_add(place.parent, place.token, value) == 0;
    } else if (json_object_is_type(place.parent, json_type_array) &&
               to_index(place.token, json_object_array_length(place.parent), true, &index)) {
        done = insert(place.parent, index, value);
    }
    if (!done) {
        json_object_put(value);
    }
    free(place.token);
    return done;
}

static bool take_out(struct json_object **document, const char *pointer)
{
    struct place place;
    struct json_object *value;
    if (!find(*document, pointer, &place)) {
        return false;
    }
    if (place.token == NULL) {
        json_object_put(*document);
        *document = NULL;
        return true;
    }
    bool done = child(place.parent, place.token, &value);
    if (done && json_object_is_type(place.parent, json_type_object)) {
        json_object_object_del(place.parent, place.token);
    } else if (done) {
        done = json_object_array_del_idx(place.parent, strtoul(place.token, NULL, 10), 1) == 0;
    }
    free(place.token);
    return done;
}

static bool replace(struct json_object **document, const char *pointer, struct json_object *value)
{
    struct json_object *old;
    if (!get(*document, pointer, &old)) {
        json_object_put(value);
        return false;
    }
    if (*pointer != '\0' && !take_out(document, pointer)) {
        json_object_put(value);
        return false;
    }
    return add(document, pointer, value);
}

static bool copy_or_move(struct json_object **document, const char *pointer, const char *from,
                         bool move)
{
    struct json_object *value;
    if (!get(*document, from, &value)) {
        return false;
    }
    size_t len = strlen(from);
    if (move && strncmp(pointer, from, len) == 0 && pointer[len] == '/') {
        return false; // into itself
    }
    struct json_object *copied = deep_copy(value);
    if (move && !take_out(document, from)) {
        json_object_put(copied);
        return false;
    }
    return add(document, pointer, copied);
}

static const char *text_of(struct json_object *operation, const char *name)
{
    struct json_object *value;
    return json_object_object_get_ex(operation, name, &value) &&
                   json_object_is_type(value, json_type_string)
               ? json_object_get_string(value)
               : NULL;
}

static bool apply_one(struct json_object **document, struct json_object *operation)
{
    const char *op = text_of(operation, "op");
    const char *path = text_of(operation, "path");
    const char *from = text_of(operation, "from");
    struct json_object *value = NULL;
    bool has_value = json_object_object_get_ex(operation, "value", &value);
    if (op == NULL || path == NULL) {
        return false;
    }
    if (strcmp(op, "remove") == 0) {
        return take_out(document, path);
    }
    if (strcmp(op, "copy") == 0 || strcmp(op, "move") == 0) {
        return from != NULL && copy_or_move(document, path, from, *op == 'm');
    }
    if (!has_value) {
        return false;
    }
    if (strcmp(op, "add") == 0) {
        return add(document, path, deep_copy(value));
    }
    if (strcmp(op, "replace") == 0) {
        return replace(document, path, deep_copy(value));
    }
    struct json_object *found;
    return strcmp(op, "test") == 0 && get(*document, path, &found) && json_equal(found, value);
}

bool apply_patch(struct json_object **document, struct json_object *patch)
{
    if (!json_object_is_type(patch, json_type_array)) {
        return false;
    }
    for (size_t i = 0; i < json_object_array_length(patch); i++) {
        if (!apply_one(document, json_object_array_get_idx(patch, i))) {
            return false;
        }
    }
    return true;
}
