#include "bridge/poll/digest/answer-guard.h"

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/expr/expr.h"
#include "bridge/model/json.h"
#include "bridge/spi/settings.h"

#define SHOWN_BYTES 200 // of what error_when found

static int check_required(const struct guard_settings *guard, struct expr_context *context,
                          struct json_object *page, struct problem **reterr)
{
    for (size_t i = 0; i < guard->require.n; i++) {
        AUTO_JSON struct json_object *found = NULL;
        int r = expr_eval(guard->require.v[i], context, page, &found, NULL);
        if (r < 0) {
            return r;
        }
        if (r > 0 || !found) {
            return problem_set(reterr, ANSWER_GUARD_E_BAD, "required_missing",
                               "the answer has no %s, which `guard.require` asks for",
                               expr_text(guard->require.v[i]));
        }
    }
    return 0;
}

static int refuse(const struct expr *error_when, struct json_object *found, struct problem **reterr)
{
    AUTO_BUF struct buf shown = { 0 };
    int r = json_write(&shown, found);
    return r ? r
             : problem_set(reterr, ANSWER_GUARD_E_BAD, "error_answer",
                           "the answer is an error: `guard.error_when` (%s) gives %.*s",
                           expr_text(error_when), SHOWN_BYTES, buf_str(&shown));
}

// A path that is not there is no error; an expression that cannot be answered is no good answer.
static int check_error(const struct guard_settings *guard, struct expr_context *context,
                       struct json_object *page, struct problem **reterr)
{
    AUTO_JSON struct json_object *found = NULL;
    CLEANUP(problem_freep) struct problem *why = NULL;
    if (!guard->error_when) {
        return 0;
    }
    int r = expr_eval(guard->error_when, context, page, &found, &why);
    if (r == EXPR_E_FAILED) {
        return problem_set(reterr, ANSWER_GUARD_E_BAD, "error_when_failed",
                           "`guard.error_when` (%s) failed on the answer: %s",
                           expr_text(guard->error_when), why ? why->message : "no reason given");
    }
    if (r != 0 || !json_is_true(found)) {
        return r < 0 ? r : 0;
    }
    return refuse(guard->error_when, found, reterr);
}

int answer_guard(const struct guard_settings *guard, struct expr_context *context,
                 struct json_object *pages, struct problem **reterr)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_object_array_length(pages); i++) {
        struct json_object *page = json_object_array_get_idx(pages, i);
        r = check_error(guard, context, page, reterr); // says more than what is missing
        r = r ? r : check_required(guard, context, page, reterr);
    }
    return r;
}
