#include "bridge/diff/key-guess.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include <json-c/json.h>

#include "bridge/base/str.h"
#include "bridge/diff/table.h"
#include "bridge/model/json.h"

#define RANK_ENDING 7 // the names before it are told apart by their place in `names`
#define RANK_NONE   SIZE_MAX

// By how much they promise; NULL stands for the endings.
static const char *const names[] = {
    "id",     "_id", "@id",  "uuid",  "guid", "uid",  "key", NULL,   "version", "platform", "slug",
    "symbol", "ref", "name", "title", "time", "date", "dt",  "hour", "period",  "url",      "link",
};

static bool ends_in(const char *name, const char *ending)
{
    size_t len = strlen(name);
    size_t n = strlen(ending);
    return len > n && strcasecmp(name + len - n, ending) == 0;
}

static size_t rank_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (names[i] && strcasecmp(name, names[i]) == 0) {
            return i;
        }
    }
    bool ending = ends_in(name, "id") || ends_in(name, "number") || ends_in(name, "no") ||
                  ends_in(name, "code");
    return ending ? RANK_ENDING : RANK_NONE;
}

struct place { // .outer.inner, or .inner
    const char *outer;
    const char *inner;
    size_t rank;
};

static struct json_object *look(struct json_object *item, const struct place *place)
{
    struct json_object *value = item;
    if (place->outer && !(json_object_is_type(value, json_type_object) &&
                          json_object_object_get_ex(value, place->outer, &value))) {
        return NULL;
    }
    bool found = json_object_is_type(value, json_type_object) &&
                 json_object_object_get_ex(value, place->inner, &value);
    bool fits = found && (json_object_is_type(value, json_type_string) ||
                          json_object_is_type(value, json_type_int));
    return fits ? value : NULL;
}

struct seen {
    char *text;
    bool lost;
    UT_hash_handle hh;
};

static void drop_all(struct seen **all)
{
    struct seen *one;
    struct seen *next;
    HASH_ITER(hh, *all, one, next)
    {
        HASH_DEL(*all, one);
        free(one->text);
        free(one);
    }
}

enum { NEW, SEEN_BEFORE };

// Consumes text. NEW, SEEN_BEFORE or -ENOMEM.
static int enter(struct seen **all, char *text)
{
    struct seen *one;
    size_t len = strlen(text);
    HASH_FIND(hh, *all, text, len, one);
    if (one) {
        free(text);
        return SEEN_BEFORE;
    }
    one = calloc(1, sizeof(*one));
    if (!one) {
        free(text);
        return -ENOMEM;
    }
    one->text = text;
    HASH_ADD_KEYPTR(hh, *all, one->text, len, one);
    if (one->lost) {
        free(text);
        free(one);
        return -ENOMEM;
    }
    return NEW;
}

// 1 when every item has it and no two the same; 0 or -ENOMEM.
static int is_unique(struct json_object *items, const struct place *place)
{
    struct seen *all = NULL;
    size_t n = items ? json_object_array_length(items) : 0;
    int r = NEW;
    for (size_t i = 0; r == NEW && i < n; i++) {
        AUTO_BUF struct buf text = { 0 };
        struct json_object *value = look(json_object_array_get_idx(items, i), place);
        r = value ? json_write_canonical(&text, value) : SEEN_BEFORE;
        r = r ? r : enter(&all, buf_take(&text).data);
    }
    drop_all(&all);
    return r < 0 ? r : r == NEW;
}

struct search {
    struct json_object *before;
    struct json_object *after;
    struct place best;
};

static int consider(struct search *search, const struct place *place)
{
    if (place->rank >= search->best.rank) {
        return 0;
    }
    int r = is_unique(search->after, place);
    r = r == 1 ? is_unique(search->before, place) : r;
    if (r == 1) {
        search->best = *place;
    }
    return r < 0 ? r : 0;
}

static int consider_members(struct search *search, const char *outer, struct json_object *object)
{
    int r = 0;
    json_object_object_foreach(object, name, value)
    {
        struct place place = { .outer = outer, .inner = name, .rank = rank_of(name) };
        (void)value;
        r = r ? r : consider(search, &place);
    }
    return r;
}

static int append_member(struct buf *ret, const char *name)
{
    int r = buf_append_str(ret, ".[");
    r = r ? r : json_write_string(ret, name, strlen(name));
    return r ? r : buf_append_char(ret, ']');
}

// A plain name as people write it.
static int append_step(struct buf *ret, const char *name)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    bool is_plain = strspn(name, plain) == strlen(name) && !(*name >= '0' && *name <= '9');
    return is_plain ? buf_printf(ret, ".%s", name) : append_member(ret, name);
}

int key_guess(struct json_object *before, struct json_object *after, struct buf *ret)
{
    struct search search = { .before = before, .after = after, .best.rank = RANK_NONE };
    struct json_object *list = json_object_array_length(after) > 0 ? after : before;
    struct json_object *first =
        list && json_object_array_length(list) > 0 ? json_object_array_get_idx(list, 0) : NULL;
    if (!json_object_is_type(first, json_type_object)) {
        return 0;
    }
    int r = consider_members(&search, NULL, first);
    json_object_object_foreach(first, name, value)
    {
        if (r == 0 && json_object_is_type(value, json_type_object)) {
            r = consider_members(&search, name, value);
        }
    }
    if (r != 0 || search.best.rank == RANK_NONE) {
        return r;
    }
    r = search.best.outer ? append_step(ret, search.best.outer) : 0;
    return r ? r : append_step(ret, search.best.inner);
}
