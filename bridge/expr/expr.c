#include <assert.h>
#include <errno.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/expr/context.h"
#include "bridge/expr/expr.h"
#include "bridge/expr/path.h"
#include "bridge/expr/program.h"

#define TEXT_BYTES_MAX ((size_t)16 << 10)

static_assert((int)EXPR_E_SYNTAX == (int)PATH_E_SYNTAX, "results are passed on");
static_assert((int)EXPR_E_NOTHING == (int)PATH_E_NOTHING, "results are passed on");
static_assert((int)EXPR_E_FAILED == (int)PATH_E_FAILED, "results are passed on");

struct expr {
    char *text;
    struct path path; // when is_path
    bool is_path;
};

static int check(struct expr *expr, struct problem **reterr)
{
    if (expr->text[strspn(expr->text, " \t\r\n")] == '\0') {
        return problem_set(reterr, EXPR_E_SYNTAX, "expr_syntax",
                           "an expression is empty; the whole document is \".\"");
    }
    if (strlen(expr->text) > TEXT_BYTES_MAX) {
        return problem_set(reterr, EXPR_E_SYNTAX, "expr_limit",
                           "an expression is longer than 16 KiB");
    }
    int r = path_parse(&expr->path, expr->text, PATH_PLAIN, NULL);
    expr->is_path = r == 0;
    if (r <= 0) {
        return r;
    }
    r = program_check(expr->text, reterr);
    return r > 0 ? EXPR_E_SYNTAX : r;
}

int expr_new(struct expr **ret, const char *text, struct problem **reterr)
{
    CLEANUP(expr_freep) struct expr *expr = calloc(1, sizeof(*expr));
    if (expr == NULL) {
        return -ENOMEM;
    }
    expr->text = strdup(text);
    int r = expr->text == NULL ? -ENOMEM : check(expr, reterr);
    if (r != 0) {
        return r;
    }
    *ret = STEAL(expr);
    return 0;
}

struct expr *expr_free(struct expr *expr)
{
    if (expr != NULL) {
        path_deinit(&expr->path);
        free(expr->text);
        free(expr);
    }
    return NULL;
}

const char *expr_text(const struct expr *expr)
{
    return expr->text;
}

bool expr_is_path(const struct expr *expr)
{
    return expr->is_path;
}

bool expr_is_identity(const struct expr *expr)
{
    return expr->is_path && expr->path.n == 0;
}

static int evaluate(const struct expr *expr, struct expr_context *context,
                    struct json_object *input, bool all, struct json_object **ret,
                    struct problem **reterr)
{
    if (context == NULL) {
        return problem_set(reterr, EXPR_E_FAILED, "expr_not_path",
                           "\"%s\" is a jq program; only a plain path can stand here", expr->text);
    }
    return context_run(context, expr->text, input, all, ret, reterr);
}

int expr_eval(const struct expr *expr, struct expr_context *context, struct json_object *input,
              struct json_object **ret, struct problem **reterr)
{
    return expr->is_path ? path_first(&expr->path, input, ret, reterr)
                         : evaluate(expr, context, input, false, ret, reterr);
}

int expr_eval_all(const struct expr *expr, struct expr_context *context, struct json_object *input,
                  struct json_object **ret, struct problem **reterr)
{
    return expr->is_path ? path_all(&expr->path, input, ret, reterr)
                         : evaluate(expr, context, input, true, ret, reterr);
}
