// A path gives natively what jq gives for the same text. Every step carries `?`, because without it
// ours is stricter on purpose. The way into jq and back is tried by the same documents: numbers
// that a double does not hold must come through.

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/expr/context.h"
#include "bridge/expr/expr.h"
#include "bridge/model/json.h"
#include "tests/property/random-json.h"

#define USUAL_ROUNDS 400 // times the paths below

static const char *const paths[] = {
    ".",          ".a?",         ".a?.b?",      ".a?[]?",         ".[]?",
    ".[]?.id?",   ".[]?[]?",     ".[0]?",       ".[-1]?",         ".[2]?[0]?",
    ".b?[-2]?",   ".[\"a/b\"]?", ".[\"m~n\"]?", ".[\"x y\"]?.a?", ".[\"\"]?",
    ".\"~1\"?",   ".[]?[1]?.a?", ".a?|.[]?",    ".[-7]?",         ".[7]?.a?",
    ".name?.id?", ".[]?[]?[]?",  ".[\"0\"]?",   ".[\"-\"]?[0]?",  ".c?.d?",
};

static void paths_agree_with_jq(void **state)
{
    struct random random = { *(uint64_t *)*state };
    CLEANUP(expr_context_freep) struct expr_context *context = NULL;
    assert_int_equal(expr_context_new(&context), 0);
    uint64_t rounds = random_rounds(USUAL_ROUNDS);
    for (uint64_t i = 0; i < rounds * ARRAY_LEN(paths); i++) {
        const char *path = paths[i % ARRAY_LEN(paths)];
        AUTO_JSON struct json_object *input = random_value(&random, 5);
        AUTO_JSON struct json_object *native = NULL;
        AUTO_JSON struct json_object *jq = NULL;
        CLEANUP(expr_freep) struct expr *expr = NULL;
        CLEANUP(problem_freep) struct problem *problem = NULL;
        assert_int_equal(expr_new(&expr, path, NULL), 0);
        assert_true(expr_is_path(expr));
        assert_int_equal(expr_eval_all(expr, NULL, input, &native, NULL), 0);
        if (context_run(context, path, input, true, &jq, &problem) != 0) {
            fail_msg("%s: %s", path, problem == NULL ? "?" : problem->message);
        }
        if (!json_equal(native, jq)) {
            fail_msg("%s of %s: ours %s", path, json_object_to_json_string(input),
                     json_object_to_json_string(native));
        }
    }
}

int main(void)
{
    static uint64_t seed;
    seed = random_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(paths_agree_with_jq, &seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
