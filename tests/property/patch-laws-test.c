// The laws of patches and changes, on random pairs of documents.

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/diff/fingerprint.h"
#include "bridge/diff/merge.h"
#include "bridge/diff/patch.h"
#include "bridge/diff/size.h"
#include "bridge/expr/pattern.h"
#include "bridge/model/json.h"
#include "tests/property/apply.h"
#include "tests/property/random-json.h"
#include "tests/unit/diff/merge-applier.h"

#define USUAL_PAIRS 20000

static size_t written(struct json_object *value, struct buf *buf)
{
    buf_clear(buf);
    assert_int_equal(json_write(buf, value), 0);
    return buf->len;
}

// Prints what failed; the seed stands at the top of the output.
static void check(bool law, const char *words, uint64_t round, struct json_object *a,
                  struct json_object *b)
{
    if (!law) {
        AUTO_BUF struct buf before = { 0 };
        AUTO_BUF struct buf after = { 0 };
        (void)written(a, &before);
        (void)written(b, &after);
        fail_msg("round %" PRIu64 ": %s\nbefore: %s\nafter: %s", round, words, buf_str(&before),
                 buf_str(&after));
    }
}

struct pair {
    struct json_object *a;
    struct json_object *b;
};

static struct pair next_pair(struct random *random)
{
    struct pair pair = { .a = random_value(random, 5) };
    pair.b = random_below(random, 8) == 0 ? random_value(random, 5) : random_edit(random, pair.a);
    return pair;
}

static void pair_deinit(struct pair *pair)
{
    json_object_put(pair->a);
    json_object_put(pair->b);
}

static void check_patch(struct pair pair, uint64_t round)
{
    AUTO_JSON struct json_object *patch = NULL;
    AUTO_JSON struct json_object *applied = deep_copy(pair.a);
    AUTO_BUF struct buf before = { 0 };
    AUTO_BUF struct buf after = { 0 };
    AUTO_BUF struct buf text = { 0 };
    (void)written(pair.a, &before);
    size_t whole = written(pair.b, &after) + strlen("[{'op':'replace','path':'','value':}]");
    assert_int_equal(diff_patch(pair.a, pair.b, &patch), 0);
    size_t spent = written(patch, &text);
    check(apply_patch(&applied, patch), "the patch does not apply", round, pair.a, pair.b);
    check(json_equal(applied, pair.b), "the patch gives something else", round, pair.a, pair.b);
    check(spent <= whole, "the patch is longer than the document", round, pair.a, pair.b);
    bool empty = json_object_array_length(patch) == 0;
    check(empty == json_equal(pair.a, pair.b), "empty exactly when equal", round, pair.a, pair.b);
    AUTO_BUF struct buf again = { 0 };
    (void)written(pair.a, &again);
    check(strcmp(buf_str(&again), buf_str(&before)) == 0, "an input was changed", round, pair.a,
          pair.b);
}

static bool is_removal(struct json_object *operation)
{
    const char *op = json_object_get_string(json_object_object_get(operation, "op"));
    return strcmp(op, "add") != 0;
}

// Every operation that takes something away stands behind a test, which holds for `before` alone.
static void a_tested_patch_applies_to_before_alone(void **state)
{
    struct random random = { *(uint64_t *)*state + 5 };
    uint64_t rounds = random_rounds(USUAL_PAIRS / 4);
    uint64_t refused = 0;
    for (uint64_t round = 0; round < rounds; round++) {
        CLEANUP(pair_deinit) struct pair pair = next_pair(&random);
        AUTO_JSON struct json_object *patch = NULL;
        AUTO_JSON struct json_object *tested = NULL;
        AUTO_JSON struct json_object *applied = deep_copy(pair.a);
        AUTO_JSON struct json_object *other = random_edit(&random, pair.a);
        assert_int_equal(diff_patch(pair.a, pair.b, &patch), 0);
        assert_int_equal(diff_patch_tested(pair.a, pair.b, &tested), 0);
        size_t removals = 0;
        for (size_t i = 0; i < json_object_array_length(patch); i++) {
            removals += is_removal(json_object_array_get_idx(patch, i));
        }
        check(json_object_array_length(tested) == json_object_array_length(patch) + removals,
              "a test is missing", round, pair.a, pair.b);
        check(apply_patch(&applied, tested), "a test fails", round, pair.a, pair.b);
        check(json_equal(applied, pair.b), "the patch gives something else", round, pair.a, pair.b);
        refused += !apply_patch(&other, tested);
    }
    assert_true(rounds < 1000 || refused > rounds / 10);
}

static void a_patch_turns_before_into_after(void **state)
{
    struct random random = { *(uint64_t *)*state };
    uint64_t rounds = random_rounds(USUAL_PAIRS);
    for (uint64_t round = 0; round < rounds; round++) {
        CLEANUP(pair_deinit) struct pair pair = next_pair(&random);
        check_patch(pair, round);
    }
}

// Arrays of few different values are where an edit script goes wrong.
static void a_patch_of_arrays_of_few_values_is_right(void **state)
{
    struct random random = { *(uint64_t *)*state + 1 };
    uint64_t rounds = random_rounds(USUAL_PAIRS);
    for (uint64_t round = 0; round < rounds; round++) {
        struct json_object *sides[2];
        for (size_t side = 0; side < 2; side++) {
            sides[side] = json_object_new_array();
            for (uint64_t n = random_below(&random, 14); n > 0; n--) {
                struct json_object *value =
                    json_object_new_int64((int64_t)random_below(&random, 4));
                (void)json_object_array_add(sides[side], value);
            }
        }
        CLEANUP(pair_deinit) struct pair pair = { sides[0], sides[1] };
        check_patch(pair, round);
    }
}

static bool holds_null(struct json_object *value)
{
    bool found = value == NULL;
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, name, member)
        {
            (void)name;
            found |= holds_null(member);
        }
    }
    return found; // nulls in arrays are taken with them
}

static void a_merge_patch_turns_before_into_after_or_is_refused(void **state)
{
    struct random random = { *(uint64_t *)*state + 6 };
    uint64_t rounds = random_rounds(USUAL_PAIRS / 4);
    uint64_t refused = 0;
    for (uint64_t round = 0; round < rounds; round++) {
        CLEANUP(pair_deinit) struct pair pair = next_pair(&random);
        AUTO_JSON struct json_object *patch = NULL;
        int r = diff_merge(pair.a, pair.b, &patch, NULL);
        if (r != 0) {
            check(r == MERGE_E_AMBIGUOUS && holds_null(pair.b), "refused for nothing", round,
                  pair.a, pair.b);
            refused++;
            continue;
        }
        AUTO_JSON struct json_object *applied = apply_merge(deep_copy(pair.a), patch);
        check(json_equal(applied, pair.b), "the merge patch gives something else", round, pair.a,
              pair.b);
    }
    assert_true(rounds < 1000 || (refused > rounds / 100 && refused < rounds / 2));
}

static void spelling_and_order_never_matter(void **state)
{
    struct random random = { *(uint64_t *)*state + 2 };
    uint64_t rounds = random_rounds(USUAL_PAIRS);
    for (uint64_t round = 0; round < rounds; round++) {
        CLEANUP(pair_deinit) struct pair pair = { .a = random_value(&random, 5) };
        pair.b = random_respelled(&random, pair.a);
        AUTO_JSON struct json_object *patch = NULL;
        AUTO_JSON struct json_object *changes = NULL;
        assert_int_equal(diff_patch(pair.a, pair.b, &patch), 0);
        assert_int_equal(diff_changes(pair.a, pair.b, NULL, &changes), 0);
        check(json_object_array_length(patch) == 0, "an operation for nothing", round, pair.a,
              pair.b);
        check(json_object_array_length(changes) == 0, "a change for nothing", round, pair.a,
              pair.b);
        check(hash128_eq(json_fingerprint(pair.a), json_fingerprint(pair.b)),
              "equal values, different fingerprints", round, pair.a, pair.b);
    }
}

static struct patterns *random_patterns(struct random *random)
{
    static const char *const texts[] = { ".a",     "..id",        ".b[]",   ".a[].b",
                                         "..a..b", ".[]",         ".[0]",   ".a[1]",
                                         ".c.d",   "..name",      ".",      ".[].a",
                                         ".b[0]?", "..[\"x y\"]", ".a.b.c", ".[2].id" };
    const char *chosen[3];
    size_t n = (size_t)random_below(random, ARRAY_LEN(chosen) + 1);
    for (size_t i = 0; i < n; i++) {
        chosen[i] = texts[random_below(random, ARRAY_LEN(texts))];
    }
    struct patterns *patterns = NULL;
    assert_int_equal(patterns_new(&patterns, chosen, n, NULL), 0);
    return patterns;
}

static void changes_fingerprint_and_equality_agree(void **state)
{
    struct random random = { *(uint64_t *)*state + 3 };
    uint64_t rounds = random_rounds(USUAL_PAIRS);
    uint64_t equal_count = 0;
    for (uint64_t round = 0; round < rounds; round++) {
        CLEANUP(pair_deinit) struct pair pair = next_pair(&random);
        CLEANUP(patterns_freep) struct patterns *ignore = random_patterns(&random);
        AUTO_JSON struct json_object *changes = NULL;
        assert_int_equal(diff_changes(pair.a, pair.b, ignore, &changes), 0);
        bool equal = diff_equal(pair.a, pair.b, ignore);
        equal_count += equal;
        check((json_object_array_length(changes) == 0) == equal, "no changes exactly when equal",
              round, pair.a, pair.b);
        check(hash128_eq(diff_fingerprint(pair.a, ignore), diff_fingerprint(pair.b, ignore)) ==
                  equal,
              "fingerprints are equal exactly when the values are", round, pair.a, pair.b);
        check(diff_equal(pair.b, pair.a, ignore) == equal, "equality is symmetric", round, pair.a,
              pair.b);
        check(diff_equal(pair.a, pair.a, ignore), "everything equals itself", round, pair.a,
              pair.b);
    }
    // Both outcomes must have been tried.
    assert_true(rounds < 1000 || (equal_count > rounds / 100 && equal_count < rounds));
}

static void the_size_of_json_is_what_is_written(void **state)
{
    struct random random = { *(uint64_t *)*state + 4 };
    AUTO_BUF struct buf text = { 0 };
    uint64_t rounds = random_rounds(USUAL_PAIRS);
    for (uint64_t round = 0; round < rounds; round++) {
        AUTO_JSON struct json_object *value = random_value(&random, 5);
        size_t size = written(value, &text);
        check(size_of_json(value, SIZE_MAX) == size, "the size is wrong", round, value, NULL);
        size_t enough = (size_t)random_below(&random, size + 1);
        check((size_of_json(value, enough) > enough) == (size > enough),
              "the size is wrong when it stops early", round, value, NULL);
    }
}

// Beside any other document a text gives what it gives alone, to the last digit; and a text that is
// cut fails in the same way.
static void a_document_is_read_beside_another_as_it_is_alone(void **state)
{
    struct random random = { *(uint64_t *)*state + 7 };
    AUTO_BUF struct buf text = { 0 };
    AUTO_BUF struct buf again = { 0 };
    uint64_t rounds = random_rounds(USUAL_PAIRS / 2);
    for (uint64_t round = 0; round < rounds; round++) {
        CLEANUP(pair_deinit) struct pair pair = next_pair(&random);
        const struct json_limits limits = { .like = pair.a };
        AUTO_JSON struct json_object *alone = NULL;
        AUTO_JSON struct json_object *beside = NULL;
        AUTO_JSON struct json_object *patch = NULL;
        AUTO_JSON struct json_object *other_patch = NULL;
        size_t len = written(pair.b, &text);
        if (random_below(&random, 8) == 0) {
            len = (size_t)random_below(&random, len);
        }
        int r = json_read(&alone, buf_str(&text), len, NULL, NULL);
        check(json_read(&beside, buf_str(&text), len, &limits, NULL) == r, "another result", round,
              pair.a, pair.b);
        if (r == 0) {
            (void)written(alone, &text);
            (void)written(beside, &again);
            check(strcmp(buf_str(&text), buf_str(&again)) == 0, "another text", round, pair.a,
                  pair.b);
            assert_int_equal(diff_patch(pair.a, alone, &patch), 0);
            assert_int_equal(diff_patch(pair.a, beside, &other_patch), 0);
            check(json_equal(patch, other_patch), "another patch", round, pair.a, pair.b);
        }
    }
}

int main(void)
{
    static uint64_t seed;
    seed = random_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(a_patch_turns_before_into_after, &seed),
        cmocka_unit_test_prestate(a_patch_of_arrays_of_few_values_is_right, &seed),
        cmocka_unit_test_prestate(a_tested_patch_applies_to_before_alone, &seed),
        cmocka_unit_test_prestate(a_merge_patch_turns_before_into_after_or_is_refused, &seed),
        cmocka_unit_test_prestate(a_document_is_read_beside_another_as_it_is_alone, &seed),
        cmocka_unit_test_prestate(spelling_and_order_never_matter, &seed),
        cmocka_unit_test_prestate(changes_fingerprint_and_equality_agree, &seed),
        cmocka_unit_test_prestate(the_size_of_json_is_what_is_written, &seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
