#include "bridge/expr/filter.h"

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/json-number.h"
#include "bridge/model/json.h"

enum operation {
    FILTER_EQ,
    FILTER_NE,
    FILTER_GT,
    FILTER_GTE,
    FILTER_LT,
    FILTER_LTE,
    FILTER_IN,
    FILTER_NIN,
    FILTER_STARTS_WITH,
    FILTER_EXIST,
    FILTER_AND,
    FILTER_OR,
    FILTER_NOT,
    FILTER_MEMBER, // of that name
};

static const char *const names[] = {
    [FILTER_EQ] = "$eq",       [FILTER_NE] = "$ne",   [FILTER_GT] = "$gt",
    [FILTER_GTE] = "$gte",     [FILTER_LT] = "$lt",   [FILTER_LTE] = "$lte",
    [FILTER_IN] = "$in",       [FILTER_NIN] = "$nin", [FILTER_STARTS_WITH] = "$startsWith",
    [FILTER_AND] = "$and",     [FILTER_OR] = "$or",   [FILTER_NOT] = "$not",
    [FILTER_EXIST] = "$exist",
};

enum constant_kind { CONSTANT_NULL, CONSTANT_FLAG, CONSTANT_NUMBER, CONSTANT_TEXT };

// Not a tree of json-c's, whose values are not safe to read from several threads.
struct constant {
    enum constant_kind kind;
    bool flag;
    char *text; // of a number or a text
    size_t len;
};

struct filter {
    enum operation operation;
    char *name;                 // FILTER_MEMBER
    struct constant *constants; // of comparisons, $in and $startsWith
    size_t constant_count;
    struct filter *parts; // $and, $or; one of $not and of a member
    size_t part_count;
};

struct parse {
    struct problem **reterr;
    size_t conditions;
};

// ---- life ----

static void deinit(struct filter *filter)
{
    for (size_t i = 0; i < filter->constant_count; i++) {
        free(filter->constants[i].text);
    }
    for (size_t i = 0; i < filter->part_count; i++) {
        deinit(&filter->parts[i]);
    }
    free(filter->constants);
    free(filter->parts);
    free(filter->name);
}

struct filter *filter_free(struct filter *filter)
{
    if (filter) {
        deinit(filter);
        free(filter);
    }
    return NULL;
}

// ---- reading ----

static int fail(const struct parse *parse, const char *name, const char *words)
{
    return problem_set(parse->reterr, FILTER_E_SYNTAX, "filter_syntax",
                       "\"%.64s\" of the filter %s", name, words);
}

static int parse_condition(struct parse *parse, struct json_object *value, unsigned depth,
                           struct filter *ret);

static int set_constant(const struct parse *parse, const char *name, struct json_object *value,
                        struct constant *ret)
{
    char own[32];
    const char *text = NULL;
    switch (json_object_get_type(value)) {
    case json_type_null: return 0; // CONSTANT_NULL
    case json_type_boolean:
        *ret = (struct constant){ .kind = CONSTANT_FLAG, .flag = json_object_get_boolean(value) };
        return 0;
    case json_type_int:
    case json_type_double:
        ret->kind = CONSTANT_NUMBER;
        text = number_text(value, own);
        ret->len = text ? strlen(text) : 0;
        break;
    case json_type_string:
        ret->kind = CONSTANT_TEXT;
        text = json_object_get_string(value);
        ret->len = (size_t)json_object_get_string_len(value);
        break;
    case json_type_object:
    case json_type_array: return fail(parse, name, "takes a text, a number, true, false or null");
    }
    ret->text = text ? malloc(ret->len + 1) : NULL;
    if (!ret->text) {
        return -ENOMEM;
    }
    memcpy(ret->text, text, ret->len);
    ret->text[ret->len] = '\0';
    return 0;
}

static int set_constants(const struct parse *parse, const char *name, struct json_object *value,
                         struct filter *ret)
{
    bool is_list = json_object_is_type(value, json_type_array);
    size_t n = is_list ? json_object_array_length(value) : 1;
    ret->constants = calloc(n + 1, sizeof(*ret->constants));
    if (!ret->constants) {
        return -ENOMEM;
    }
    int r = 0;
    for (size_t i = 0; r == 0 && i < n; i++) {
        struct json_object *one = is_list ? json_object_array_get_idx(value, i) : value;
        r = set_constant(parse, name, one, &ret->constants[ret->constant_count++]);
    }
    return r;
}

static int set_list(const struct parse *parse, const char *name, struct json_object *value,
                    struct filter *ret)
{
    if (ret->operation != FILTER_STARTS_WITH && !json_object_is_type(value, json_type_array)) {
        return fail(parse, name, "takes a list");
    }
    int r = set_constants(parse, name, value, ret);
    for (size_t i = 0; r == 0 && ret->operation == FILTER_STARTS_WITH && i < ret->constant_count;
         i++) {
        if (ret->constants[i].kind != CONSTANT_TEXT) {
            r = fail(parse, name, "takes a text, or a list of texts");
        }
    }
    return r;
}

static int make_parts(struct filter *ret, size_t n)
{
    ret->parts = calloc(n + 1, sizeof(*ret->parts));
    return ret->parts ? 0 : -ENOMEM;
}

static int set_parts(struct parse *parse, const char *name, struct json_object *value,
                     unsigned depth, struct filter *ret)
{
    if (!json_object_is_type(value, json_type_array)) {
        return fail(parse, name, "takes a list of conditions");
    }
    size_t n = json_object_array_length(value);
    int r = make_parts(ret, n);
    for (size_t i = 0; r == 0 && i < n; i++) {
        r = parse_condition(parse, json_object_array_get_idx(value, i), depth,
                            &ret->parts[ret->part_count++]);
    }
    return r;
}

static int set_one_part(struct parse *parse, struct json_object *value, unsigned depth,
                        struct filter *ret)
{
    int r = make_parts(ret, 1);
    return r ? r : parse_condition(parse, value, depth, &ret->parts[ret->part_count++]);
}

static int set_exist(const struct parse *parse, const char *name, struct json_object *value,
                     struct filter *ret)
{
    return json_object_is_type(value, json_type_boolean) ? set_constants(parse, name, value, ret)
                                                         : fail(parse, name, "takes true or false");
}

static int parse_operator(struct parse *parse, const char *name, struct json_object *value,
                          unsigned depth, struct filter *ret)
{
    size_t i = 0;
    while (i < ARRAY_LEN(names) && !str_eq(names[i], name)) {
        i++;
    }
    if (i == ARRAY_LEN(names)) {
        const char *nearest = str_nearest(name, names, ARRAY_LEN(names));
        return problem_set(parse->reterr, FILTER_E_SYNTAX, "filter_syntax",
                           "the filter knows no operator \"%.32s\"%s%s%s", name,
                           nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                           nearest ? "\"?" : "");
    }
    ret->operation = (enum operation)i;
    switch (ret->operation) {
    case FILTER_AND:
    case FILTER_OR: return set_parts(parse, name, value, depth, ret);
    case FILTER_NOT: return set_one_part(parse, value, depth, ret);
    case FILTER_EXIST: return set_exist(parse, name, value, ret);
    case FILTER_IN:
    case FILTER_NIN:
    case FILTER_STARTS_WITH: return set_list(parse, name, value, ret);
    case FILTER_EQ:
    case FILTER_NE:
    case FILTER_GT:
    case FILTER_GTE:
    case FILTER_LT:
    case FILTER_LTE:
    case FILTER_MEMBER: break;
    }
    ret->constants = calloc(1, sizeof(*ret->constants));
    ret->constant_count = ret->constants ? 1 : 0;
    return ret->constants ? set_constant(parse, name, value, ret->constants) : -ENOMEM;
}

static int parse_member(struct parse *parse, const char *name, struct json_object *value,
                        unsigned depth, struct filter *ret)
{
    if (*name == '$') {
        return parse_operator(parse, name, value, depth, ret);
    }
    ret->operation = FILTER_MEMBER;
    ret->name = strdup(name);
    return ret->name ? set_one_part(parse, value, depth, ret) : -ENOMEM;
}

// An object is the conjunction of its members.
static int parse_object(struct parse *parse, struct json_object *value, unsigned depth,
                        struct filter *ret)
{
    ret->operation = FILTER_AND;
    int r = make_parts(ret, (size_t)json_object_object_length(value));
    json_object_object_foreach(value, name, member)
    {
        r = r ? r : parse_member(parse, name, member, depth, &ret->parts[ret->part_count++]);
    }
    return r;
}

static int parse_condition(struct parse *parse, struct json_object *value, unsigned depth,
                           struct filter *ret)
{
    if (depth == FILTER_DEPTH_MAX || ++parse->conditions > FILTER_CONDITIONS_MAX) {
        return problem_set(parse->reterr, FILTER_E_SYNTAX, "filter_limit",
                           "the filter has more than %d conditions, or is deeper than %d",
                           FILTER_CONDITIONS_MAX, FILTER_DEPTH_MAX);
    }
    if (json_object_is_type(value, json_type_object)) {
        return parse_object(parse, value, depth + 1, ret);
    }
    if (json_object_is_type(value, json_type_array)) {
        return problem_set(
            parse->reterr, FILTER_E_SYNTAX, "filter_syntax",
            "a list in the filter says nothing by itself; write { $in: […] } for one "
            "of several values");
    }
    return parse_operator(parse, "$eq", value, depth, ret);
}

int filter_new(struct filter **ret, const char *json, struct problem **reterr)
{
    AUTO_JSON struct json_object *value = NULL;
    struct parse parse = { .reterr = reterr };
    int r = json_read(&value, json, strlen(json), NULL, reterr);
    if (r != 0) {
        return r < 0 ? r : FILTER_E_SYNTAX;
    }
    if (!json_object_is_type(value, json_type_object)) {
        return problem_set(reterr, FILTER_E_SYNTAX, "filter_syntax",
                           "a filter is a mapping of names to conditions, such as "
                           "{ data: { after: { status: paid } } }");
    }
    CLEANUP(filter_freep) struct filter *filter = calloc(1, sizeof(*filter));
    r = filter ? parse_condition(&parse, value, 0, filter) : -ENOMEM;
    if (r == 0) {
        *ret = STEAL(filter);
    }
    return r;
}

// ---- asking ----

static bool equals(const struct constant *constant, struct json_object *value)
{
    struct number a;
    struct number b;
    switch (constant->kind) {
    case CONSTANT_NULL: return !value;
    case CONSTANT_FLAG:
        return json_object_is_type(value, json_type_boolean) &&
               (json_object_get_boolean(value) != 0) == constant->flag;
    case CONSTANT_NUMBER:
        return number_get(&a, value) && number_parse(&b, constant->text, constant->len) &&
               number_eq(&a, &b);
    case CONSTANT_TEXT: break;
    }
    return json_object_is_type(value, json_type_string) &&
           (size_t)json_object_get_string_len(value) == constant->len &&
           memcmp(json_object_get_string(value), constant->text, constant->len) == 0;
}

static int sign_of_texts(struct json_object *value, const struct constant *constant)
{
    size_t len = (size_t)json_object_get_string_len(value);
    size_t shorter = len < constant->len ? len : constant->len;
    int order = memcmp(json_object_get_string(value), constant->text, shorter);
    return order ? order : (len > constant->len) - (len < constant->len);
}

// False: they are not of one kind.
static bool compare(struct json_object *value, const struct constant *constant, int *ret)
{
    struct number a;
    struct number b;
    if (constant->kind == CONSTANT_NUMBER && number_get(&a, value) &&
        number_parse(&b, constant->text, constant->len)) {
        *ret = number_compare(&a, &b);
        return true;
    }
    if (constant->kind == CONSTANT_TEXT && json_object_is_type(value, json_type_string)) {
        *ret = sign_of_texts(value, constant);
        return true;
    }
    return false;
}

static bool starts_with(const struct constant *constant, struct json_object *value)
{
    return json_object_is_type(value, json_type_string) &&
           (size_t)json_object_get_string_len(value) >= constant->len &&
           memcmp(json_object_get_string(value), constant->text, constant->len) == 0;
}

static bool any_constant(const struct filter *filter, struct json_object *value,
                         bool (*fits)(const struct constant *, struct json_object *))
{
    for (size_t i = 0; i < filter->constant_count; i++) {
        if (fits(&filter->constants[i], value)) {
            return true;
        }
    }
    return false;
}

static bool fits_one(const struct filter *filter, struct json_object *value)
{
    int order = 0;
    bool comparable = filter->constant_count > 0 && compare(value, filter->constants, &order);
    switch (filter->operation) {
    case FILTER_GT: return comparable && order > 0;
    case FILTER_GTE: return comparable && order >= 0;
    case FILTER_LT: return comparable && order < 0;
    case FILTER_LTE: return comparable && order <= 0;
    case FILTER_STARTS_WITH: return any_constant(filter, value, starts_with);
    case FILTER_EQ:
    case FILTER_NE:
    case FILTER_IN:
    case FILTER_NIN:
    case FILTER_EXIST:
    case FILTER_AND:
    case FILTER_OR:
    case FILTER_NOT:
    case FILTER_MEMBER: break;
    }
    return any_constant(filter, value, equals);
}

static bool fits(const struct filter *filter, struct json_object *value, bool exists);

static bool member_fits(const struct filter *filter, struct json_object *value)
{
    struct json_object *member = NULL;
    bool exists = json_object_is_type(value, json_type_object) &&
                  json_object_object_get_ex(value, filter->name, &member);
    return fits(filter->parts, member, exists);
}

// Of a list any element may fit.
static bool fits_any(const struct filter *filter, struct json_object *value,
                     bool (*one)(const struct filter *, struct json_object *))
{
    if (!json_object_is_type(value, json_type_array)) {
        return one(filter, value);
    }
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        if (one(filter, json_object_array_get_idx(value, i))) {
            return true;
        }
    }
    return false;
}

static bool parts_fit(const struct filter *filter, struct json_object *value, bool exists, bool any)
{
    for (size_t i = 0; i < filter->part_count; i++) {
        if (fits(&filter->parts[i], value, exists) == any) {
            return any;
        }
    }
    return !any;
}

static bool fits(const struct filter *filter, struct json_object *value, bool exists)
{
    switch (filter->operation) {
    case FILTER_AND: return parts_fit(filter, value, exists, false);
    case FILTER_OR: return parts_fit(filter, value, exists, true);
    case FILTER_NOT: return !fits(filter->parts, value, exists);
    case FILTER_EXIST: return exists == filter->constants[0].flag;
    case FILTER_MEMBER: return fits_any(filter, value, member_fits);
    case FILTER_NE:
    case FILTER_NIN: return !exists || !fits_any(filter, value, fits_one);
    case FILTER_EQ:
    case FILTER_GT:
    case FILTER_GTE:
    case FILTER_LT:
    case FILTER_LTE:
    case FILTER_IN:
    case FILTER_STARTS_WITH: break;
    }
    return exists && fits_any(filter, value, fits_one);
}

bool filter_fits(const struct filter *filter, struct json_object *value)
{
    return fits(filter, value, true);
}
