#include <errno.h>
#include <string.h>

#include "bridge/base/hash.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/expr/context.h"
#include "bridge/expr/convert.h"
#include "bridge/expr/expr.h"
#include "bridge/expr/program.h"
#include "bridge/expr/watchdog.h"

struct slot {
    struct program *program; // NULL: free
    uint64_t hash;           // of its text
    uint64_t used;           // when, in runs
};

struct expr_context {
    struct slot slots[CONTEXT_PROGRAMS];
    struct watchdog *watchdog; // NULL until jq is needed
    int64_t limit_ms;
    uint64_t runs;
    uint64_t compiled;
};

int expr_context_new(struct expr_context **ret)
{
    struct expr_context *context = calloc(1, sizeof(*context));
    if (context == NULL) {
        return -ENOMEM;
    }
    context->limit_ms = CONTEXT_LIMIT_MS;
    *ret = context;
    return 0;
}

struct expr_context *expr_context_free(struct expr_context *context)
{
    if (context != NULL) {
        for (size_t i = 0; i < CONTEXT_PROGRAMS; i++) {
            program_free(context->slots[i].program);
        }
        watchdog_free(context->watchdog);
        free(context);
    }
    return NULL;
}

void context_set_limit(struct expr_context *context, int64_t limit_ms)
{
    context->limit_ms = limit_ms;
}

uint64_t context_compiled(const struct expr_context *context)
{
    return context->compiled;
}

// The slot that holds this text, or the one that is to hold it.
static struct slot *find_slot(struct expr_context *context, const char *text, uint64_t hash)
{
    struct slot *oldest = &context->slots[0];
    for (size_t i = 0; i < CONTEXT_PROGRAMS; i++) {
        struct slot *slot = &context->slots[i];
        if (slot->program != NULL && slot->hash == hash &&
            str_eq(program_text(slot->program), text)) {
            return slot;
        }
        // A free slot was never used, so it counts as the oldest.
        if (slot->used < oldest->used) {
            oldest = slot;
        }
    }
    oldest->program = program_free(oldest->program);
    oldest->hash = hash;
    oldest->used = 0;
    return oldest;
}

static int intern(struct expr_context *context, const char *text, struct slot **ret,
                  struct problem **reterr)
{
    int r = context->watchdog == NULL ? watchdog_new(&context->watchdog, context->limit_ms) : 0;
    if (r != 0) {
        return r;
    }
    struct slot *slot = find_slot(context, text, hash64_of_str(text));
    if (slot->program == NULL) {
        r = program_new(&slot->program, text, reterr);
        if (r != 0) {
            return r < 0 ? r : EXPR_E_FAILED;
        }
        context->compiled++;
    }
    slot->used = ++context->runs;
    *ret = slot;
    return 0;
}

// One run over the nearest doubles, or over the stand-ins.
static int run(struct expr_context *context, const struct slot *slot, struct json_object *input,
               const struct inexact_numbers *stand_ins, bool all, jv *ret, struct problem **reterr)
{
    jv value;
    int r = convert_to_jv(&value, input, stand_ins);
    if (r == 0) {
        r = program_run(slot->program, context->watchdog, value, all ? 0 : 1, ret, reterr);
    } else if (r > 0) {
        (void)problem_set(reterr, r, "expr_limit", "the document is too large for an expression");
    }
    return r;
}

static int deliver(jv results, const jv *others, bool all, const struct inexact_numbers *numbers,
                   struct json_object **ret, struct problem **reterr)
{
    if (all) {
        return convert_from_jv(ret, results, others, numbers, reterr);
    }
    jv first = jv_array_get(jv_copy(results), 0);
    jv other = others == NULL ? jv_invalid() : jv_array_get(jv_copy(*others), 0);
    int r = 0;
    if (!jv_is_valid(first) && (others == NULL || !jv_is_valid(other))) {
        r = problem_set(reterr, EXPR_E_NOTHING, "expr_nothing", "the expression gave no result");
    } else {
        int error = convert_from_jv(ret, first, others == NULL ? NULL : &other, numbers, reterr);
        r = error > 0 ? EXPR_E_FAILED : error;
    }
    jv_free(first);
    jv_free(other);
    return r;
}

static int run_exactly(struct expr_context *context, const struct slot *slot,
                       struct json_object *input, bool all, struct json_object **ret,
                       struct problem **reterr)
{
    struct inexact_numbers numbers = { 0 };
    jv results = jv_invalid();
    jv others = jv_invalid();
    int r = inexact_numbers_find(&numbers, input);
    if (r == 0) {
        r = run(context, slot, input, NULL, all, &results, reterr);
    }
    if (r == 0 && numbers.n > 0) {
        r = run(context, slot, input, &numbers, all, &others, reterr);
    }
    if (r > 0) {
        r = EXPR_E_FAILED;
    } else if (r == 0) {
        r = deliver(results, numbers.n > 0 ? &others : NULL, all, &numbers, ret, reterr);
        r = all && r > 0 ? EXPR_E_FAILED : r;
    }
    jv_free(results);
    jv_free(others);
    inexact_numbers_deinit(&numbers);
    return r;
}

int context_run(struct expr_context *context, const char *text, struct json_object *input, bool all,
                struct json_object **ret, struct problem **reterr)
{
    struct slot *slot;
    int r = intern(context, text, &slot, reterr);
    if (r != 0) {
        return r;
    }
    r = run_exactly(context, slot, input, all, ret, reterr);
    if (program_is_spent(slot->program)) {
        slot->program = program_free(slot->program);
        slot->used = 0;
    }
    return r;
}
