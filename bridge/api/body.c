#include "bridge/api/body.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"

void body_deinit(struct api_body *body)
{
    for (size_t i = 0; i < BODY_MEMBERS_MAX; i++) {
        free(body->values[i].text);
        string_list_deinit(&body->texts[i]);
    }
}

static size_t find(const struct api_body *body, const char *name)
{
    size_t i = 0;
    while (i < body->n && !str_eq(body->members[i].name, name)) {
        i++;
    }
    return i;
}

static int refuse_unknown(const struct api_body *body, const char *name, struct problem **reterr)
{
    const char *names[BODY_MEMBERS_MAX];
    for (size_t i = 0; i < body->n; i++) {
        names[i] = body->members[i].name;
    }
    const char *nearest = str_nearest(name, names, body->n);
    return problem_set(reterr, -EINVAL, "unknown_member", "there is no member \"%.64s\" here%s%s%s",
                       name, nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                       nearest ? "\"?" : "");
}

static int add_text(struct string_list *list, const char *name, struct json_object *value,
                    struct problem **reterr)
{
    if (!json_object_is_type(value, json_type_string)) {
        return problem_set(reterr, -EINVAL, "bad_member", "%s is a list of texts", name);
    }
    return string_list_add(list, json_object_get_string(value));
}

static int read_texts(struct string_list *list, const char *name, struct json_object *value,
                      struct problem **reterr)
{
    if (!json_object_is_type(value, json_type_array)) {
        return add_text(list, name, value, reterr);
    }
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_object_array_length(value); i++) {
        r = add_text(list, name, json_object_array_get_idx(value, i), reterr);
    }
    return r;
}

static int read_member(struct api_body *body, const char *name, struct json_object *value,
                       int64_t now_ms, struct problem **reterr)
{
    size_t i = find(body, name);
    if (i == body->n) {
        return refuse_unknown(body, name, reterr);
    }
    if (!value) {
        return 0; // null: as if it were absent
    }
    if (body->members[i].type == API_TEXTS) {
        return read_texts(&body->texts[i], name, value, reterr);
    }
    if (json_object_is_type(value, json_type_object) ||
        json_object_is_type(value, json_type_array)) {
        return problem_set(reterr, -EINVAL, "bad_member", "%s is a single value", name);
    }
    body->values[i].text = strdup(json_object_get_string(value));
    return body->values[i].text
               ? question_read_value(&body->members[i], &body->values[i], now_ms, reterr)
               : -ENOMEM;
}

int body_read(struct api_body *body, struct json_object *object, int64_t now_ms,
              struct problem **reterr)
{
    assert(body->n <= BODY_MEMBERS_MAX);
    if (!object) {
        return 0;
    }
    if (!json_object_is_type(object, json_type_object)) {
        return problem_set(reterr, -EINVAL, "bad_body", "the body must be a JSON object");
    }
    int r = 0;
    json_object_object_foreach(object, name, value)
    {
        r = r ? r : read_member(body, name, value, now_ms, reterr);
    }
    return r;
}

static size_t get(const struct api_body *body, const char *name)
{
    size_t i = find(body, name);
    assert(i < body->n);
    return i;
}

bool body_has(const struct api_body *body, const char *name)
{
    return body->values[get(body, name)].text != NULL;
}

const char *body_text(const struct api_body *body, const char *name)
{
    return body->values[get(body, name)].text;
}

int64_t body_number(const struct api_body *body, const char *name, int64_t absent)
{
    return body_has(body, name) ? body->values[get(body, name)].number : absent;
}

const struct string_list *body_texts(const struct api_body *body, const char *name)
{
    return &body->texts[get(body, name)];
}
