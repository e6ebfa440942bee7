#include "bridge/model/instance.h"

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/json.h"

static const char safe[] = "-._~:@/+0123456789"
                           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

static int create(struct instance **ret, const char *name, size_t source_len, const char *members)
{
    size_t name_size = strlen(name) + 1;
    size_t members_size = members ? strlen(members) + 1 : 0;
    struct instance *instance = malloc(sizeof(*instance) + name_size + members_size);
    if (!instance) {
        return -ENOMEM;
    }
    *instance = (struct instance){ .refs = 1, .source_len = (uint32_t)source_len };
    (void)memcpy(instance->name, name, name_size);
    if (members) {
        instance->members = instance->name + name_size;
        (void)memcpy(instance->name + name_size, members, members_size);
    }
    *ret = instance;
    return 0;
}

// Would the text, bare, be taken for a number or a literal?
static bool is_ambiguous(const char *text)
{
    return strchr("-0123456789", text[0]) || str_eq(text, "true") || str_eq(text, "false");
}

// Bare where that cannot be mistaken for anything else, else as JSON: so names are as distinct as
// the members they stand for.
static int append_text(struct buf *name, const char *text, size_t len)
{
    bool bare = len > 0 && strlen(text) == len && strspn(text, safe) == len && !is_ambiguous(text);
    return bare ? buf_append(name, text, len) : json_write_string(name, text, len);
}

static int append_value(struct buf *name, struct json_object *value)
{
    if (json_object_is_type(value, json_type_string)) {
        return append_text(name, json_object_get_string(value),
                           (size_t)json_object_get_string_len(value));
    }
    return json_write_canonical(name, value);
}

// `members` is sorted: it was read from canonical text.
static int append_members(struct buf *name, struct json_object *members)
{
    char joint = '{';
    int r = 0;
    json_object_object_foreach(members, key, value)
    {
        r = r ? r : buf_append_char(name, joint);
        r = r ? r : append_text(name, key, strlen(key));
        r = r ? r : buf_append_char(name, '=');
        r = r ? r : append_value(name, value);
        joint = ',';
    }
    return r ? r : buf_append_char(name, '}');
}

static int refuse(struct problem **reterr, const char *key, const char *words)
{
    return problem_set(reterr, INSTANCE_E_UNFIT, "instance_members", "the member \"%.64s\" %s", key,
                       words);
}

static int check_members(struct json_object *members, struct problem **reterr)
{
    if (json_object_object_length(members) == 0) {
        return problem_set(reterr, INSTANCE_E_UNFIT, "instance_members",
                           "an instance needs at least one member; name it, such as "
                           "{ region: eu }");
    }
    json_object_object_foreach(members, key, value)
    {
        switch (json_object_get_type(value)) {
        case json_type_null:
            return refuse(reterr, key, "is null; give it a value or leave the instance out");
        case json_type_array:
        case json_type_object:
            return refuse(reterr, key,
                          "is a list or an object; only a text, a number, true or "
                          "false can tell instances apart");
        case json_type_boolean:
        case json_type_double:
        case json_type_int:
        case json_type_string: break;
        }
    }
    return 0;
}

static int write_members(struct json_object *members, struct buf *ret, struct problem **reterr)
{
    int r = check_members(members, reterr);
    r = r ? r : json_write_canonical(ret, members);
    if (r == 0 && ret->len > INSTANCE_MEMBERS_BYTES_MAX) {
        return problem_set(reterr, INSTANCE_E_UNFIT, "instance_members",
                           "the members of an instance are longer than %d bytes as JSON; keep "
                           "those that tell instances apart",
                           INSTANCE_MEMBERS_BYTES_MAX);
    }
    return r;
}

int instance_new(struct instance **ret, const char *source, struct json_object *members,
                 struct problem **reterr)
{
    AUTO_BUF struct buf text = { 0 };
    AUTO_BUF struct buf name = { 0 };
    AUTO_JSON struct json_object *sorted = NULL;
    size_t source_len = strlen(source);
    if (!members) {
        return create(ret, source, source_len, NULL);
    }
    int r = write_members(members, &text, reterr);
    if (r == 0 && json_read(&sorted, text.data, text.len, NULL, NULL) != 0) {
        r = -ENOMEM;
    }
    r = r ? r : buf_append(&name, source, source_len);
    r = r ? r : append_members(&name, sorted);
    return r ? r : create(ret, buf_str(&name), source_len, buf_str(&text));
}

int instance_of_name(struct instance **ret, const char *name)
{
    return create(ret, name, strcspn(name, "{"), NULL);
}

struct instance *instance_ref(struct instance *instance)
{
    (void)__atomic_add_fetch(&instance->refs, 1, __ATOMIC_RELAXED);
    return instance;
}

struct instance *instance_unref(struct instance *instance)
{
    if (instance && __atomic_sub_fetch(&instance->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        free(instance);
    }
    return NULL;
}
