#include "bridge/diff/deadband.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/diff/rewrite.h"
#include "bridge/expr/pattern.h"
#include "bridge/model/json-number.h"

// What a difference of two decimal texts may lose in binary: 4.3 is 0.3 away from 4.
#define SLACK 1e-18L

struct band {
    struct patterns *place;
    long double width; // as a share of the told value when `relative`
    bool relative;
};

struct deadband {
    struct band *v;
    size_t n;
};

int deadband_new(struct deadband **ret)
{
    *ret = calloc(1, sizeof(**ret));
    return *ret ? 0 : -ENOMEM;
}

struct deadband *deadband_free(struct deadband *deadband)
{
    if (deadband) {
        for (size_t i = 0; i < deadband->n; i++) {
            (void)patterns_free(deadband->v[i].place);
        }
        free(deadband->v);
        free(deadband);
    }
    return NULL;
}

static int parse_width(struct band *band, const char *text, struct problem **reterr)
{
    size_t len = strlen(text);
    struct number number;
    band->relative = len > 0 && text[len - 1] == '%';
    len -= band->relative ? 1 : 0;
    while (len > 0 && text[len - 1] == ' ') {
        len--;
    }
    if (!number_parse(&number, text, len) || number.negative) {
        return problem_set(reterr, DEADBAND_E_SYNTAX, "bad_deadband",
                           "a deadband is a number such as 0.5, or a share of the value such as "
                           "2%%, but not negative");
    }
    band->width = strtold(text, NULL) / (band->relative ? 100 : 1);
    return 0;
}

int deadband_add(struct deadband *deadband, const char *path, const char *width,
                 struct problem **reterr)
{
    struct band band = { 0 };
    int r = parse_width(&band, width, reterr);
    if (r != 0) {
        return r;
    }
    struct band *v = reallocarray(deadband->v, deadband->n + 1, sizeof(*v));
    if (!v) {
        return -ENOMEM;
    }
    deadband->v = v;
    r = patterns_new(&band.place, &path, 1, reterr);
    if (r != 0) {
        return r > 0 ? DEADBAND_E_SYNTAX : r;
    }
    deadband->v[deadband->n++] = band;
    return 0;
}

static bool is_number(struct json_object *value)
{
    return json_object_is_type(value, json_type_int) ||
           json_object_is_type(value, json_type_double);
}

// A number, or one in a string.
static bool number_of(struct json_object *value, long double *ret)
{
    char own[32];
    struct number number;
    bool is_string = json_object_is_type(value, json_type_string);
    const char *text = is_string          ? json_object_get_string(value)
                       : is_number(value) ? number_text(value, own)
                                          : NULL;
    size_t len = is_string ? (size_t)json_object_get_string_len(value) : text ? strlen(text) : 0;
    if (!text || !number_parse(&number, text, len)) {
        return false;
    }
    *ret = strtold(text, NULL);
    return isfinite(*ret);
}

static bool is_quiet(const struct band *band, struct json_object *told, struct json_object *value)
{
    long double now;
    long double then;
    if (is_number(told) != is_number(value) || !number_of(told, &then) || !number_of(value, &now)) {
        return false;
    }
    long double width = band->relative ? band->width * fabsl(then) : band->width;
    long double slack = SLACK * fmaxl(fabsl(now), fabsl(then));
    return fabsl(now - then) < width - slack;
}

static int keep_told(struct json_object *value, bool has_told, struct json_object *told,
                     void *userdata, struct json_object **ret)
{
    *ret = json_object_get(has_told && is_quiet(userdata, told, value) ? told : value);
    return 0;
}

int deadband_apply(const struct deadband *deadband, struct json_object *told,
                   struct json_object *after, struct json_object **ret)
{
    struct json_object *now = json_object_get(after);
    for (size_t i = 0; deadband && i < deadband->n; i++) {
        const struct rewrite rewrite = {
            .places = deadband->v[i].place,
            .at_place = keep_told,
            .userdata = &deadband->v[i],
        };
        struct json_object *next;
        int r = rewrite_value(&rewrite, now, told, &next);
        (void)json_object_put(now);
        if (r != 0) {
            return r;
        }
        now = next;
    }
    *ret = now;
    return 0;
}
