#include "config/scalar.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/cron.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/base/units.h"
#include "bridge/expr/expr.h"

const char *scalar_shown(struct scalar scalar, char ret[SCALAR_SHOWN_SIZE])
{
    if (scalar.foreign) {
        return "what ${…} stands for";
    }
    size_t len = strlen(scalar.text);
    size_t shown = str_cut(scalar.text, len, SCALAR_SHOWN_SIZE - 16);
    (void)snprintf(ret, SCALAR_SHOWN_SIZE, "\"%.*s%s\"", (int)shown, scalar.text,
                   shown < len ? "…" : "");
    return ret;
}

static int wrong_type(const struct option *option, struct scalar scalar, const char *wanted,
                      struct problem **reterr)
{
    char shown[SCALAR_SHOWN_SIZE];
    return problem_set(reterr, -EINVAL, "wrong_type", "\"%s\" must be %s, but it is %s",
                       option->key, wanted, scalar_shown(scalar, shown));
}

static bool has_bounds(const struct option *option)
{
    return option->least != 0 || option->most != 0;
}

static bool within(const struct option *option, int64_t value)
{
    return !has_bounds(option) || (value >= option->least && value <= option->most);
}

static int out_of_bounds(const struct option *option, struct scalar scalar, const char *least,
                         const char *most, struct problem **reterr)
{
    char shown[SCALAR_SHOWN_SIZE];
    return problem_set(reterr, -EINVAL, "out_of_bounds",
                       "\"%s\" must be from %s to %s, but it is %s", option->key, least, most,
                       scalar_shown(scalar, shown));
}

static int parse_bool(const struct option *option, struct scalar scalar, void *field,
                      struct problem **reterr)
{
    bool is_true = str_eq(scalar.text, "true");
    if (!is_true && !str_eq(scalar.text, "false")) {
        return wrong_type(option, scalar, "true or false", reterr);
    }
    *(bool *)field = is_true;
    return 0;
}

static int parse_int(const struct option *option, struct scalar scalar, void *field,
                     struct problem **reterr)
{
    int64_t value = 0;
    if (!str_to_i64(scalar.text, &value)) {
        return wrong_type(option, scalar, "a whole number", reterr);
    }
    if (!within(option, value)) {
        char least[32];
        char most[32];
        (void)snprintf(least, sizeof(least), "%" PRId64, option->least);
        (void)snprintf(most, sizeof(most), "%" PRId64, option->most);
        return out_of_bounds(option, scalar, least, most, reterr);
    }
    *(int64_t *)field = value;
    return 0;
}

int scalar_parse_duration(const struct option *option, struct scalar scalar, int64_t *ret_ms,
                          struct problem **reterr)
{
    int64_t value_ms = 0;
    if (!duration_parse(scalar.text, &value_ms)) {
        return wrong_type(option, scalar, "a duration such as 250ms, 30s, 5m or 1h30m", reterr);
    }
    if (!within(option, value_ms)) {
        char least[32];
        char most[32];
        duration_format(option->least, least, sizeof(least));
        duration_format(option->most, most, sizeof(most));
        return out_of_bounds(option, scalar, least, most, reterr);
    }
    *ret_ms = value_ms;
    return 0;
}

static int parse_duration(const struct option *option, struct scalar scalar, void *field,
                          struct problem **reterr)
{
    return scalar_parse_duration(option, scalar, field, reterr);
}

static int parse_size(const struct option *option, struct scalar scalar, void *field,
                      struct problem **reterr)
{
    uint64_t value_bytes = 0;
    if (!size_parse(scalar.text, &value_bytes)) {
        return wrong_type(option, scalar, "a size such as 4096, 512KiB or 10MiB", reterr);
    }
    if (value_bytes > INT64_MAX || !within(option, (int64_t)value_bytes)) {
        char least[32];
        char most[32];
        size_format((uint64_t)option->least, least, sizeof(least));
        size_format(has_bounds(option) ? (uint64_t)option->most : INT64_MAX, most, sizeof(most));
        return out_of_bounds(option, scalar, least, most, reterr);
    }
    *(uint64_t *)field = value_bytes;
    return 0;
}

static int parse_percent(const struct option *option, struct scalar scalar, void *field,
                         struct problem **reterr)
{
    char *end = NULL;
    double percent = isdigit((unsigned char)*scalar.text) ? strtod(scalar.text, &end) : -1;
    if (!end || !str_eq(end, "%") || !isfinite(percent) || strpbrk(scalar.text, "xXpP")) {
        return wrong_type(option, scalar, "a percentage such as 50%", reterr);
    }
    if (percent > 100) {
        return out_of_bounds(option, scalar, "0%", "100%", reterr);
    }
    *(double *)field = percent / 100;
    return 0;
}

static int explain_enum(const struct option *option, struct scalar scalar, size_t count,
                        struct problem **reterr)
{
    struct buf AUTO_BUF names = { 0 };
    for (size_t i = 0; i < count; i++) {
        const char *joint = i == 0 ? "" : i + 1 == count ? " or " : ", ";
        int r = buf_printf(&names, "%s%s", joint, option->names[i]);
        if (r != 0) {
            return r;
        }
    }
    const char *nearest = scalar.foreign ? NULL : str_nearest(scalar.text, option->names, count);
    char shown[SCALAR_SHOWN_SIZE];
    return problem_set(reterr, -EINVAL, "wrong_type", "\"%s\" must be %s, but it is %s%s%s%s",
                       option->key, buf_str(&names), scalar_shown(scalar, shown),
                       nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                       nearest ? "\"?" : "");
}

static int parse_enum(const struct option *option, struct scalar scalar, void *field,
                      struct problem **reterr)
{
    size_t count = 0;
    for (; option->names[count]; count++) {
        if (str_eq(option->names[count], scalar.text)) {
            *(int *)field = (int)count;
            return 0;
        }
    }
    return explain_enum(option, scalar, count, reterr);
}

static int parse_string(const struct option *option, struct scalar scalar, void *field,
                        struct problem **reterr)
{
    if ((option->flags & OPTION_REQUIRED) && *scalar.text == 0) {
        return problem_set(reterr, -EINVAL, "missing_key", "\"%s\" must not be empty", option->key);
    }
    char *copy = strdup(scalar.text);
    *(char **)field = copy;
    return copy ? 0 : -ENOMEM;
}

static int parse_url(const struct option *option, struct scalar scalar, void *field,
                     struct problem **reterr)
{
    int r = scalar_check_url(option, scalar, reterr);
    return r != 0 ? r : parse_string(option, scalar, field, reterr);
}

static int parse_file(const struct option *option, struct scalar scalar, void *field,
                      struct problem **reterr)
{
    if (*scalar.text == 0) {
        return problem_set(reterr, -EINVAL, "wrong_type",
                           "\"%s\" must be the path of a file, but it is empty", option->key);
    }
    return parse_string(option, scalar, field, reterr);
}

static int parse_expr(const struct option *option, struct scalar scalar, void *field,
                      struct problem **reterr)
{
    struct problem CLEANUP(problem_freep) *why = NULL;
    int r = expr_new(field, scalar.text, &why);
    if (r < 0) {
        return r;
    }
    if (r > 0) {
        return problem_set(reterr, -EINVAL, "bad_expression", "\"%s\" cannot be used: %s",
                           option->key,
                           why && !scalar.foreign ? why->message : "it is not an expression");
    }
    return 0;
}

static int parse_template(const struct option *option, struct scalar scalar, void *field,
                          struct problem **reterr)
{
    struct problem CLEANUP(problem_freep) *why = NULL;
    int r = template_new(field, scalar.text, &why);
    if (r <= 0) {
        return r;
    }
    return problem_set(reterr, -EINVAL, "bad_template", "\"%s\" cannot be used: %s", option->key,
                       why && !scalar.foreign ? why->message : "it is not a template");
}

static int parse_cron(const struct option *option, struct scalar scalar, void *field,
                      struct problem **reterr)
{
    struct problem CLEANUP(problem_freep) *why = NULL;
    int r = cron_parse(field, scalar.text, &why);
    if (r <= 0) {
        return r;
    }
    return problem_set(reterr, -EINVAL, "bad_schedule", "\"%s\": %s", option->key,
                       why && !scalar.foreign ? why->message : "it is no schedule");
}

typedef int (*scalar_fn)(const struct option *option, struct scalar scalar, void *field,
                         struct problem **reterr);

static scalar_fn parser_of(enum option_type type)
{
    switch (type) {
    case OPTION_BOOL: return parse_bool;
    case OPTION_INT: return parse_int;
    case OPTION_DURATION: return parse_duration;
    case OPTION_SIZE: return parse_size;
    case OPTION_PERCENT: return parse_percent;
    case OPTION_ENUM: return parse_enum;
    case OPTION_STRING:
    case OPTION_AUTH: return parse_string;
    case OPTION_URL: return parse_url;
    case OPTION_FILE: return parse_file;
    case OPTION_TEMPLATE: return parse_template;
    case OPTION_EXPR: return parse_expr;
    case OPTION_CRON: return parse_cron;
    case OPTION_SECRET:
    case OPTION_STRINGS:
    case OPTION_PAIRS:
    case OPTION_TEMPLATES:
    case OPTION_FILTER:
    case OPTION_JSON:
    case OPTION_EXPRS:
    case OPTION_PATTERNS:
    case OPTION_NORMALIZE:
    case OPTION_DEADBAND:
    case OPTION_STATUSES:
    case OPTION_DURATIONS:
    case OPTION_ZONE:
    case OPTION_WINDOWS:
    case OPTION_TABLE: break; // made of more than one scalar, or handled by the binder
    }
    return NULL;
}

int scalar_parse(const struct option *option, struct scalar scalar, void *field,
                 struct problem **reterr)
{
    return parser_of(option->type)(option, scalar, field, reterr);
}

static bool three_digits(const char *text)
{
    return isdigit((unsigned char)text[0]) && isdigit((unsigned char)text[1]) &&
           isdigit((unsigned char)text[2]);
}

static int number_of(const char *text)
{
    return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

// 200, 2xx, 200-299.
static bool read_statuses(const char *text, struct status_range *ret)
{
    size_t len = strlen(text);
    if (len == 3 && isdigit((unsigned char)text[0]) && str_eq_nocase(text + 1, "xx")) {
        ret->first = (text[0] - '0') * 100;
        ret->last = ret->first + 99;
    } else if (len == 3 && three_digits(text)) {
        ret->first = number_of(text);
        ret->last = ret->first;
    } else if (len == 7 && three_digits(text) && text[3] == '-' && three_digits(text + 4)) {
        ret->first = number_of(text);
        ret->last = number_of(text + 4);
    } else {
        return false;
    }
    return ret->first >= 100 && ret->first <= ret->last && ret->last <= 599;
}

int scalar_parse_status(const struct option *option, struct scalar scalar, struct status_range *ret,
                        struct problem **reterr)
{
    if (!read_statuses(scalar.text, ret)) {
        return wrong_type(option, scalar,
                          "made of HTTP statuses from 100 to 599 such as 200, 2xx or 200-299",
                          reterr);
    }
    return 0;
}
