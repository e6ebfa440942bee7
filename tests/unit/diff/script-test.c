#include "tests/unit/expr/json-support.h"

#include "bridge/diff/script.h"

#define LONG 6000

// One letter is one element.
static size_t hashes_of(const char *text, struct hash128 *ret)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++) {
        ret[i] = hash128_of(&text[i], 1);
    }
    return n;
}

static void assert_aligned(const struct script *script, const struct hash128 *a, size_t n,
                           const struct hash128 *b, size_t m)
{
    for (size_t i = 0; i < script->n; i++) {
        assert_true(script->v[i].a < n && script->v[i].b < m);
        assert_true(hash128_eq(a[script->v[i].a], b[script->v[i].b]));
        if (i > 0) {
            assert_true(script->v[i].a > script->v[i - 1].a);
            assert_true(script->v[i].b > script->v[i - 1].b);
        }
    }
}

static void short_sequences_are_aligned_as_well_as_can_be(void **state)
{
    (void)state;
    static const struct {
        const char *a;
        const char *b;
        size_t common; // length of the longest common subsequence
    } cases[] = {
        { "", "", 0 },
        { "a", "", 0 },
        { "", "a", 0 },
        { "a", "a", 1 },
        { "a", "b", 0 },
        { "abcabba", "cbabac", 4 },
        { "abcdef", "abcdef", 6 },
        { "abcdef", "fedcba", 1 },
        { "xaxbxcx", "abc", 3 },
        { "aaaa", "aa", 2 },
        { "abab", "baba", 3 },
        { "kitten", "sitting", 4 },
        { "the quick brown fox", "the brown quick fox", 13 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct hash128 a[32];
        struct hash128 b[32];
        size_t n = hashes_of(cases[i].a, a);
        size_t m = hashes_of(cases[i].b, b);
        CLEANUP(script_deinit) struct script script = { 0 };
        assert_int_equal(script_align(&script, a, n, b, m), 0);
        assert_aligned(&script, a, n, b, m);
        assert_int_equal(script.n, cases[i].common);
    }
}

static struct hash128 number(size_t i)
{
    return hash128_of(&i, sizeof(i));
}

static void a_shuffled_long_sequence_is_still_aligned(void **state)
{
    (void)state;
    static struct hash128 a[LONG];
    static struct hash128 b[LONG];
    for (size_t i = 0; i < LONG; i++) {
        a[i] = number(i);
        // Pairs of neighbours change places; 7 elements a thousand are new.
        b[i] = i % 1000 < 7 ? number(LONG + i) : number(i ^ 1);
    }
    CLEANUP(script_deinit) struct script script = { 0 };
    assert_int_equal(script_align(&script, a, LONG, b, LONG), 0);
    assert_aligned(&script, a, LONG, b, LONG);
    assert_true(script.n > LONG / 2 - 50);
}

static void anchors_find_what_moved_as_one(void **state)
{
    (void)state;
    static struct hash128 a[LONG];
    static struct hash128 b[LONG];
    for (size_t i = 0; i < LONG; i++) {
        a[i] = number(i);
        b[i] = number((i + 2000) % LONG); // the first 2000 move to the end
    }
    CLEANUP(script_deinit) struct script script = { 0 };
    assert_int_equal(script_align(&script, a, LONG, b, LONG), 0);
    assert_aligned(&script, a, LONG, b, LONG);
    assert_int_equal(script.n, 4000);
}

static void anchors_take_repeated_elements_beside_unique_ones(void **state)
{
    (void)state;
    struct hash128 a[32];
    struct hash128 b[32];
    // x repeats; only A and B are unique on both sides, and x touches them.
    size_t n = hashes_of("xxAxx1xxBxx", a);
    size_t m = hashes_of("xAxx22xBxxx", b);
    CLEANUP(script_deinit) struct script script = { 0 };
    assert_int_equal(script_anchors(&script, a, n, b, m), 0);
    assert_aligned(&script, a, n, b, m);
    assert_int_equal(script.n, 1 + 1 + 2 + 1 + 1 + 2);
}

static void nothing_in_common_is_no_trouble_at_any_length(void **state)
{
    (void)state;
    static struct hash128 a[LONG];
    static struct hash128 b[LONG];
    for (size_t i = 0; i < LONG; i++) {
        a[i] = number(i);
        b[i] = number(LONG + i);
    }
    CLEANUP(script_deinit) struct script script = { 0 };
    assert_int_equal(script_align(&script, a, LONG, b, LONG), 0);
    assert_int_equal(script.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_sequences_are_aligned_as_well_as_can_be),
        cmocka_unit_test(a_shuffled_long_sequence_is_still_aligned),
        cmocka_unit_test(anchors_find_what_moved_as_one),
        cmocka_unit_test(anchors_take_repeated_elements_beside_unique_ones),
        cmocka_unit_test(nothing_in_common_is_no_trouble_at_any_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
