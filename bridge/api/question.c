#include "bridge/api/question.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "bridge/api/route.h"
#include "bridge/base/clock.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/base/units.h"

// ---- the path ----

// Names hold nothing that would have to be encoded, but clients may do it.
static bool decode_place(const char *path, size_t len, char ret[QUESTION_NAME_SIZE])
{
    if (len == 0 || len >= QUESTION_NAME_SIZE) {
        return false;
    }
    (void)memcpy(ret, path, len);
    ret[len] = '\0';
    size_t decoded_len = 0;
    AUTO_FREE char *decoded = evhttp_uridecode(ret, 0, &decoded_len);
    if (!decoded || strlen(decoded) != decoded_len) {
        return false; // a NUL in it
    }
    (void)memcpy(ret, decoded, decoded_len + 1);
    return true;
}

bool question_fits(const char *pattern, const char *path,
                   char ret[QUESTION_PLACES_MAX][QUESTION_NAME_SIZE])
{
    size_t places = 0;
    while (*pattern) {
        if (*pattern != '{') {
            if (*pattern++ != *path++) {
                return false;
            }
            continue;
        }
        size_t len = strcspn(path, "/");
        assert(places < QUESTION_PLACES_MAX);
        if (!decode_place(path, len, ret[places++])) {
            return false;
        }
        pattern += strcspn(pattern, "}") + 1;
        path += len;
    }
    return *path == '\0';
}

const char *question_place(const struct api_question *question, const char *name)
{
    size_t len = strlen(name);
    size_t place = 0;
    for (const char *at = strchr(question->route->path, '{'); at; at = strchr(at, '{')) {
        at++;
        if (strncmp(at, name, len) == 0 && at[len] == '}') {
            return question->places[place];
        }
        place++;
    }
    assert(false && "the route's path has no such place");
    return "";
}

// ---- the query ----

static int refuse(struct problem **reterr, const char *name, const char *what)
{
    return problem_set(reterr, -EINVAL, "bad_parameter", "%s %s", name, what);
}

static int read_time(const char *text, int64_t now_ms, int64_t *ret)
{
    int64_t ago_ms;
    if (duration_parse(text, &ago_ms)) {
        *ret = now_ms - ago_ms;
        return 0;
    }
    return clock_parse_rfc3339(text, ret) ? 0 : -EINVAL;
}

static bool read_choice(const char *const *choices, const char *text, int64_t *ret)
{
    for (int64_t i = 0; choices[i]; i++) {
        if (str_eq(choices[i], text)) {
            *ret = i;
            return true;
        }
    }
    return false;
}

static int refuse_choice(const struct api_parameter *parameter, struct problem **reterr)
{
    char words[256] = "is one of";
    for (size_t i = 0; parameter->choices[i]; i++) {
        size_t len = strlen(words);
        (void)snprintf(words + len, sizeof(words) - len, "%s %s", i ? "," : "",
                       parameter->choices[i]);
    }
    return refuse(reterr, parameter->name, words);
}

int question_read_value(const struct api_parameter *parameter, struct api_value *value,
                        int64_t now_ms, struct problem **reterr)
{
    switch (parameter->type) {
    case API_TEXTS:
    case API_TEXT: return 0;
    case API_NUMBER:
        return str_to_i64(value->text, &value->number) && value->number >= 0
                   ? 0
                   : refuse(reterr, parameter->name, "is a whole number, from 0");
    case API_TIME:
        return read_time(value->text, now_ms, &value->number) == 0
                   ? 0
                   : refuse(reterr, parameter->name,
                            "is a time such as 2026-01-31T12:00:00Z, or how long ago such as 1h");
    case API_FLAG:
        value->number = str_eq(value->text, "true");
        return value->number || str_eq(value->text, "false")
                   ? 0
                   : refuse(reterr, parameter->name, "is true or false");
    case API_CHOICE:
        return read_choice(parameter->choices, value->text, &value->number)
                   ? 0
                   : refuse_choice(parameter, reterr);
    }
    return -EINVAL;
}

// -1: there is none.
static int find_parameter(const struct api_route *route, const char *name)
{
    for (size_t i = 0; i < route->query_count; i++) {
        if (str_eq(route->query[i].name, name)) {
            return (int)i;
        }
    }
    return -1;
}

static int refuse_unknown(const struct api_route *route, const char *name, struct problem **reterr)
{
    const char *names[QUESTION_QUERY_MAX];
    for (size_t i = 0; i < route->query_count; i++) {
        names[i] = route->query[i].name;
    }
    const char *nearest = str_nearest(name, names, route->query_count);
    return problem_set(
        reterr, -EINVAL, "unknown_parameter", "there is no parameter \"%.64s\" here%s%s%s", name,
        nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
}

static int read_pair(struct api_question *question, const struct evkeyval *pair, int64_t now_ms,
                     struct problem **reterr)
{
    int place = find_parameter(question->route, pair->key);
    if (place < 0) {
        return refuse_unknown(question->route, pair->key, reterr);
    }
    struct api_value *value = &question->values[place];
    if (value->text) {
        return refuse(reterr, pair->key, "stands twice in the query");
    }
    value->text = strdup(pair->value);
    return value->text ? question_read_value(&question->route->query[place], value, now_ms, reterr)
                       : -ENOMEM;
}

static int check_limit(const struct api_question *question, struct problem **reterr)
{
    int place = find_parameter(question->route, "limit");
    const struct api_value *value = place < 0 ? NULL : &question->values[place];
    if (value && value->text && (value->number < 1 || value->number > PAGE_LIMIT_MOST)) {
        return refuse(reterr, "limit", "is a number from 1 to 250");
    }
    return 0;
}

int question_read_query(struct api_question *question, const char *query, int64_t now_ms,
                        struct problem **reterr)
{
    assert(question->route->query_count <= QUESTION_QUERY_MAX);
    if (str_is_empty(query)) {
        return 0;
    }
    struct evkeyvalq pairs;
    if (evhttp_parse_query_str(query, &pairs) != 0) {
        return problem_set(reterr, -EINVAL, "bad_query", "the query of the URL cannot be read");
    }
    int r = 0;
    for (struct evkeyval *pair = pairs.tqh_first; pair && r == 0; pair = pair->next.tqe_next) {
        r = read_pair(question, pair, now_ms, reterr);
    }
    evhttp_clear_headers(&pairs);
    return r ? r : check_limit(question, reterr);
}

void question_deinit(struct api_question *question)
{
    for (size_t i = 0; i < QUESTION_QUERY_MAX; i++) {
        free(question->values[i].text);
    }
    *question = (struct api_question){ 0 };
}

static const struct api_value *value_of(const struct api_question *question, const char *name)
{
    int place = find_parameter(question->route, name);
    assert(place >= 0);
    return &question->values[place];
}

bool question_has(const struct api_question *question, const char *name)
{
    return value_of(question, name)->text != NULL;
}

const char *question_text(const struct api_question *question, const char *name)
{
    return value_of(question, name)->text;
}

int64_t question_number(const struct api_question *question, const char *name, int64_t absent)
{
    const struct api_value *value = value_of(question, name);
    return value->text ? value->number : absent;
}

size_t question_limit(const struct api_question *question)
{
    return (size_t)question_number(question, "limit", PAGE_LIMIT_USUAL);
}
