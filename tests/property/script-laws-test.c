// The laws of aligning two sequences, on random ones over a small alphabet.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/diff/script.h"
#include "tests/property/random-json.h"

#define LENGTH_MAX   40
#define USUAL_ROUNDS 20000

struct sequence {
    struct hash128 v[LENGTH_MAX];
    size_t n;
};

static struct sequence next_sequence(struct random *random, uint64_t alphabet)
{
    struct sequence sequence = { .n = (size_t)random_below(random, LENGTH_MAX + 1) };
    for (size_t i = 0; i < sequence.n; i++) {
        sequence.v[i] = (struct hash128){ .low = 1 + random_below(random, alphabet) };
    }
    return sequence;
}

static void check_pairs(const struct script *script, const struct sequence *a,
                        const struct sequence *b)
{
    for (size_t i = 0; i < script->n; i++) {
        const struct script_pair *pair = &script->v[i];
        assert_true(pair->a < a->n && pair->b < b->n);
        assert_true(hash128_eq(a->v[pair->a], b->v[pair->b]));
        assert_true(i == 0 || (pair->a > pair[-1].a && pair->b > pair[-1].b));
    }
}

// By the book: quadratic.
static size_t longest_common(const struct sequence *a, const struct sequence *b)
{
    size_t best[LENGTH_MAX + 1][LENGTH_MAX + 1] = { { 0 } };
    for (size_t i = 1; i <= a->n; i++) {
        for (size_t j = 1; j <= b->n; j++) {
            size_t without = best[i - 1][j] > best[i][j - 1] ? best[i - 1][j] : best[i][j - 1];
            best[i][j] = hash128_eq(a->v[i - 1], b->v[j - 1]) ? best[i - 1][j - 1] + 1 : without;
        }
    }
    return best[a->n][b->n];
}

static void an_alignment_is_valid_and_the_longest(void **state)
{
    struct random random = { *(uint64_t *)*state };
    for (uint64_t rounds = random_rounds(USUAL_ROUNDS); rounds > 0; rounds--) {
        uint64_t alphabet = 1 + random_below(&random, 30);
        struct sequence a = next_sequence(&random, alphabet);
        struct sequence b = next_sequence(&random, alphabet);
        struct script script = { 0 };
        assert_int_equal(script_align(&script, a.v, a.n, b.v, b.n), 0);
        check_pairs(&script, &a, &b);
        assert_int_equal(script.n, longest_common(&a, &b));
        script_deinit(&script);
    }
}

static void anchors_are_valid_and_miss_no_equal_end(void **state)
{
    struct random random = { *(uint64_t *)*state };
    for (uint64_t rounds = random_rounds(USUAL_ROUNDS); rounds > 0; rounds--) {
        uint64_t alphabet = 1 + random_below(&random, 60);
        struct sequence a = next_sequence(&random, alphabet);
        struct sequence b = random_below(&random, 8) == 0 ? a : next_sequence(&random, alphabet);
        struct script script = { 0 };
        assert_int_equal(script_anchors(&script, a.v, a.n, b.v, b.n), 0);
        check_pairs(&script, &a, &b);
        size_t longest = longest_common(&a, &b);
        assert_true(script.n <= longest);
        assert_true(longest < a.n || longest < b.n || script.n == longest);
        script_deinit(&script);
    }
}

int main(void)
{
    static uint64_t seed;
    seed = random_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(an_alignment_is_valid_and_the_longest, &seed),
        cmocka_unit_test_prestate(anchors_are_valid_and_miss_no_equal_end, &seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
