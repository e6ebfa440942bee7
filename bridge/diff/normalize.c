#include "bridge/diff/normalize.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/diff/normalize-steps.h"
#include "bridge/diff/rewrite.h"
#include "bridge/expr/pattern.h"

#define STEPS_MAX 8

enum step_kind { STEP_ROUND, STEP_TRIM, STEP_LOWERCASE, STEP_SORT, STEP_SET, STEP_DATE };

struct step {
    enum step_kind kind;
    int decimals; // STEP_ROUND
};

struct rule {
    struct patterns *place;
    struct step steps[STEPS_MAX];
    size_t n;
};

struct normalize {
    struct rule *v;
    size_t n;
};

int normalize_new(struct normalize **ret)
{
    *ret = calloc(1, sizeof(**ret));
    return *ret ? 0 : -ENOMEM;
}

struct normalize *normalize_free(struct normalize *normalize)
{
    if (normalize) {
        for (size_t i = 0; i < normalize->n; i++) {
            (void)patterns_free(normalize->v[i].place);
        }
        free(normalize->v);
        free(normalize);
    }
    return NULL;
}

// ---- reading ----

static bool parse_round(struct step *step, const char *text)
{
    static const char head[] = "round(";
    size_t len = strlen(text);
    int64_t decimals = 0;
    char inner[8];
    if (str_eq(text, "round")) {
        *step = (struct step){ .kind = STEP_ROUND };
        return true;
    }
    if (strncmp(text, head, sizeof(head) - 1) != 0 || text[len - 1] != ')' ||
        len - sizeof(head) >= sizeof(inner)) {
        return false;
    }
    (void)snprintf(inner, sizeof(inner), "%.*s", (int)(len - sizeof(head)),
                   text + sizeof(head) - 1);
    if (!str_to_i64(inner, &decimals) || decimals > NORMALIZE_DECIMALS_MAX ||
        decimals < -NORMALIZE_DECIMALS_MAX) {
        return false;
    }
    *step = (struct step){ .kind = STEP_ROUND, .decimals = (int)decimals };
    return true;
}

static bool parse_step(struct step *step, const char *text)
{
    static const struct {
        const char *name;
        enum step_kind kind;
    } names[] = {
        { "trim", STEP_TRIM }, { "lowercase", STEP_LOWERCASE }, { "sort", STEP_SORT },
        { "set", STEP_SET },   { "date", STEP_DATE },
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eq(text, names[i].name)) {
            *step = (struct step){ .kind = names[i].kind };
            return true;
        }
    }
    return parse_round(step, text);
}

static int refuse(struct problem **reterr)
{
    return problem_set(
        reterr, NORMALIZE_E_SYNTAX, "bad_normalize",
        "a normalization is round(n), trim, lowercase, sort, set or date, or several "
        "of them joined by |");
}

static int parse_steps(struct rule *rule, const char *text, struct problem **reterr)
{
    for (const char *end = text; end; text = end + 1) {
        char word[32];
        end = strchr(text, '|');
        size_t len = end ? (size_t)(end - text) : strlen(text);
        for (; len > 0 && *text == ' '; text++) {
            len--;
        }
        for (; len > 0 && text[len - 1] == ' '; len--) {
        }
        if (len == 0 || len >= sizeof(word) || rule->n == STEPS_MAX) {
            return refuse(reterr);
        }
        (void)snprintf(word, sizeof(word), "%.*s", (int)len, text);
        if (!parse_step(&rule->steps[rule->n++], word)) {
            return refuse(reterr);
        }
        if (!end) {
            break;
        }
    }
    return 0;
}

int normalize_add(struct normalize *normalize, const char *path, const char *steps,
                  struct problem **reterr)
{
    struct rule rule = { 0 };
    int r = parse_steps(&rule, steps, reterr);
    if (r != 0) {
        return r;
    }
    struct rule *v = reallocarray(normalize->v, normalize->n + 1, sizeof(*v));
    if (!v) {
        return -ENOMEM;
    }
    normalize->v = v;
    r = patterns_new(&rule.place, &path, 1, reterr);
    if (r != 0) {
        return r > 0 ? NORMALIZE_E_SYNTAX : r;
    }
    normalize->v[normalize->n++] = rule;
    return 0;
}

// ---- applying ----

static int run_step(const struct step *step, struct json_object *value, struct json_object **ret)
{
    switch (step->kind) {
    case STEP_ROUND: return normalize_round(value, step->decimals, ret);
    case STEP_TRIM: return normalize_trim(value, ret);
    case STEP_LOWERCASE: return normalize_lowercase(value, ret);
    case STEP_SORT: return normalize_sort(value, ret);
    case STEP_SET: return normalize_set(value, ret);
    case STEP_DATE: break;
    }
    return normalize_date(value, ret);
}

static int run_steps(struct json_object *value, bool has_beside, struct json_object *beside,
                     void *userdata, struct json_object **ret)
{
    const struct rule *rule = userdata;
    struct json_object *now = json_object_get(value);
    (void)has_beside;
    (void)beside;
    for (size_t i = 0; i < rule->n; i++) {
        struct json_object *next;
        int r = run_step(&rule->steps[i], now, &next);
        (void)json_object_put(now);
        if (r != 0) {
            return r;
        }
        now = next;
    }
    *ret = now;
    return 0;
}

int normalize_apply(const struct normalize *normalize, struct json_object *value,
                    struct json_object **ret)
{
    struct json_object *now = json_object_get(value);
    for (size_t i = 0; normalize && i < normalize->n; i++) {
        const struct rewrite rewrite = {
            .places = normalize->v[i].place,
            .at_place = run_steps,
            .userdata = &normalize->v[i],
        };
        struct json_object *next;
        int r = rewrite_value(&rewrite, now, NULL, &next);
        (void)json_object_put(now);
        if (r != 0) {
            return r;
        }
        now = next;
    }
    *ret = now;
    return 0;
}
