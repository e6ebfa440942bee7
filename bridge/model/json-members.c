#include "bridge/model/json-members.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json_object.h>
#include <json-c/linkhash.h>

#include "bridge/base/buf.h"
#include "bridge/model/json-names.h"
#include "bridge/model/json-reader.h"
#include "bridge/model/json-string.h"
#include "bridge/model/json.h"

struct member {
    struct json_raw name;
    struct json_object *value; // owned
};

void members_deinit(struct members *members)
{
    members_drop(members, 0);
    free(members->at);
}

static int grow(struct members *members)
{
    size_t max = members->max > 0 ? members->max * 2 : 16;
    struct member *at = reallocarray(members->at, max, sizeof(*at));
    if (!at) {
        return -ENOMEM;
    }
    members->at = at;
    members->max = max;
    return 0;
}

int members_add(struct members *members, const struct json_raw *name, struct json_object *take)
{
    int r = members->n < members->max ? 0 : grow(members);
    if (r != 0) {
        (void)json_object_put(take);
        return r;
    }
    members->at[members->n++] = (struct member){ .name = *name, .value = take };
    return 0;
}

void members_drop(struct members *members, size_t from)
{
    while (members->n > from) {
        (void)json_object_put(members->at[--members->n].value);
    }
}

// json-c gives each object a table of 16 places of 40 bytes, which is most of a tree of small
// objects. One with as many as the members need takes its place: the fewest that json-c does not
// enlarge on the way, which it does when 0.66 of them are taken. (lh_table_resize does the same
// with two more allocations each, between which the values of the next object come to lie.)
static void fit_table(struct lh_table *table, size_t n)
{
    size_t places = n < 2 ? n + 1 : (n - 1) * 50 / 33 + 1;
    struct lh_entry *entries =
        places < INT_MAX ? reallocarray(NULL, places, sizeof(*entries)) : NULL;
    if (!entries) {
        return; // it grows with the members then
    }
    for (size_t i = 0; i < places; i++) {
        entries[i] = (struct lh_entry){ .k = LH_EMPTY };
    }
    free(table->table);
    table->table = entries;
    table->size = (int)places;
}

static struct json_object *new_object(size_t n)
{
    struct json_object *object = json_object_new_object();
    if (object) {
        fit_table(json_object_get_object(object), n);
    }
    return object;
}

static int name_fault(struct reader *reader, const struct place *place, int error, const char *code,
                      const char *what)
{
    const struct fault fault = { error, code, what, place->name->text };
    return report_fault(reader, place, &fault);
}

// The name of the member at `place`; borrowed from the reader, or *ret_stays.
static int member_name(struct reader *reader, const struct place *place, const char **ret,
                       bool *ret_stays)
{
    const struct json_raw *raw = place->name;
    *ret = raw->escaped ? NULL : name_keep(raw->text, raw->len);
    *ret_stays = *ret != NULL;
    if (*ret) {
        return 0;
    }
    buf_clear(&reader->scratch);
    int r = json_string_decode(&reader->scratch, raw);
    if (r != 0) {
        return r;
    }
    *ret = buf_str(&reader->scratch);
    if (raw->escaped && strlen(*ret) != reader->scratch.len) {
        return name_fault(reader, place, JSON_E_SYNTAX, "json_member_name",
                          "a member name holds the character U+0000, which is not kept");
    }
    return 0;
}

static int put_member(struct reader *reader, const struct place *place, struct member *member,
                      struct json_object *object)
{
    const char *name;
    bool stays;
    int r = member_name(reader, place, &name, &stays);
    if (r != 0) {
        return r;
    }
    // An added name makes the object larger; a known one would have its value replaced.
    int before = json_object_object_length(object);
    if (json_object_object_add_ex(object, name, member->value,
                                  stays ? JSON_C_OBJECT_ADD_CONSTANT_KEY : 0) < 0) {
        return -ENOMEM;
    }
    member->value = NULL; // is the object's
    if (json_object_object_length(object) == before) {
        return name_fault(reader, place, JSON_E_DUPLICATE, "json_duplicate",
                          "a member name stands twice in one object");
    }
    return 0;
}

int members_make(struct reader *reader, const struct place *place, size_t from,
                 struct json_object **ret)
{
    const struct members *members = &reader->members;
    AUTO_JSON struct json_object *object = new_object(members->n - from);
    if (!object) {
        return -ENOMEM;
    }
    for (size_t i = from; i < members->n; i++) {
        const struct place at = { .up = place, .name = &members->at[i].name };
        int r = put_member(reader, &at, &members->at[i], object);
        if (r != 0) {
            return r;
        }
    }
    *ret = STEAL(object);
    return 0;
}
