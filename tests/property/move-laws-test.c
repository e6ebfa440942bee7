// Elements of arrays that went to another place are moved, where that is shorter than to write them
// anew.

#include <stdio.h>
#include <time.h>

#include "tests/unit/expr/json-support.h"

#include "bridge/base/str.h"
#include "bridge/diff/patch.h"
#include "bridge/diff/script.h"
#include "tests/property/apply.h"
#include "tests/property/random-json.h"

#define USUAL_ROUNDS 5000
#define LENGTH_MAX   30

// Letters stand for elements that are longer than an operation; "." for those that are not.
static struct json_object *array_of(const char *letters)
{
    struct json_object *array = json_object_new_array();
    for (const char *c = letters; *c != '\0'; c++) {
        AUTO_FREE char *text = str_printf(
            "%c, which is longer than the operation that moves it from place to place", *c);
        struct json_object *value = json_object_new_string(*c == '.' ? "" : text);
        assert_int_equal(json_object_array_add(array, value), 0);
    }
    return array;
}

// "move 3 0, add 1": the operations with their places.
static void describe(struct json_object *patch, struct buf *ret)
{
    for (size_t i = 0; i < json_object_array_length(patch); i++) {
        struct json_object *operation = json_object_array_get_idx(patch, i);
        struct json_object *from = json_object_object_get(operation, "from");
        const char *op = json_object_get_string(json_object_object_get(operation, "op"));
        const char *path = json_object_get_string(json_object_object_get(operation, "path"));
        const char *origin = from == NULL ? "" : json_object_get_string(from) + 1;
        assert_int_equal(buf_printf(ret, "%s%s%s%s %s", i == 0 ? "" : ", ", op,
                                    from == NULL ? "" : " ", origin, path + 1),
                         0);
    }
}

static void assert_applies(struct json_object *before, struct json_object *patch,
                           struct json_object *after)
{
    AUTO_JSON struct json_object *applied = deep_copy(before);
    assert_true(apply_patch(&applied, patch));
    assert_true(json_equal(applied, after));
}

static void what_moved_is_moved(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        const char *after;
        const char *patch;
    } cases[] = {
        { "abcdef", "bcdefa", "move 0 5" },
        { "abcdef", "fabcde", "move 5 0" },
        { "abcdef", "aebcdf", "move 4 1" },
        { "abcdef", "acdebf", "move 1 4" },
        { "abcdef", "ebcdaf", "move 0 4, move 3 0" },
        { "abcdef", "efabcd", "move 4 0, move 5 1" },
        // Beside what comes and goes.
        { "abcdef", "xbcdefa", "move 0 5, add 0" },
        { "abcdef", "bcdexa", "move 0 5, replace 4" },
        { "abcdef", "cdefa", "move 0 5, remove 0" },
        { "abcdef", "fxabcd", "move 5 0, add 1, remove 6" },
        // Of equal elements the first goes first.
        { "aabcde", "bcdeaa", "move 0 5, move 0 5" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_JSON struct json_object *before = array_of(cases[i].before);
        AUTO_JSON struct json_object *after = array_of(cases[i].after);
        AUTO_JSON struct json_object *patch = NULL;
        AUTO_BUF struct buf text = { 0 };
        assert_int_equal(diff_patch(before, after, &patch), 0);
        describe(patch, &text);
        assert_string_equal(buf_str(&text), cases[i].patch);
        assert_applies(before, patch, after);
    }
}

// The other way round an element that is short is written where it is new.
static void a_move_is_not_made_where_it_is_longer(void **state)
{
    (void)state;
#define LIST(first, last)                                                                          \
    "{'a name that is long enough':[" first ",'one','two','three','four','five','six'," last       \
    ",'the last element is long enough to keep the whole from being replaced, whatever happens "   \
    "at the head of this list of several elements, and that takes two operations of some fifty "   \
    "bytes each; so here are some more words']}"
    AUTO_JSON struct json_object *before = parse(LIST("1", "2"));
    AUTO_JSON struct json_object *after = parse(LIST("2", "1"));
    AUTO_JSON struct json_object *patch = NULL;
    assert_int_equal(diff_patch(before, after, &patch), 0);
    assert_json_text(patch, "[{'op':'replace','path':'/a name that is long enough/0','value':2},"
                            "{'op':'replace','path':'/a name that is long enough/7','value':1}]");
}

// A list that was shuffled is past the bound of the exact alignment; work stays bounded, and what
// is moved is still right.
static void a_long_shuffled_list_is_quick_and_right(void **state)
{
    (void)state;
    enum { N = 20000 };
    AUTO_JSON struct json_object *before = json_object_new_array();
    AUTO_JSON struct json_object *after = json_object_new_array();
    for (size_t i = 0; i < N; i++) {
        AUTO_FREE char *text = str_printf("element number %zu, %060d", i, 0);
        assert_int_equal(json_object_array_add(before, json_object_new_string(text)), 0);
    }
    for (size_t i = 0; i < N; i++) { // 7919 is prime: every element, once
        struct json_object *element = json_object_array_get_idx(before, i * 7919 % N);
        assert_int_equal(json_object_array_add(after, json_object_get(element)), 0);
    }
    AUTO_JSON struct json_object *patch = NULL;
    clock_t start = clock();
    assert_int_equal(diff_patch(before, after, &patch), 0);
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 5.0); // with sanitizers; else 0.1
    assert_in_range(json_object_array_length(patch), N / 2, N);
    struct json_object *first = json_object_array_get_idx(patch, 0);
    assert_string_equal(json_object_get_string(json_object_object_get(first, "op")), "move");
    assert_applies(before, patch, after);
}

// Arrays in arrays, all of them turned: each level is tried both ways, which must not double the
// work at every one.
static void deep_moves_are_no_trap(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *before = array_of("abcdef");
    AUTO_JSON struct json_object *after = array_of("bcdefa");
    for (int depth = 0; depth < 60; depth++) {
        struct json_object *a = array_of("abcdef");
        struct json_object *b = array_of("bcdefa");
        assert_int_equal(json_object_array_add(a, STEAL(before)), 0);
        assert_int_equal(json_object_array_add(b, STEAL(after)), 0);
        before = a;
        after = b;
    }
    AUTO_JSON struct json_object *patch = NULL;
    assert_int_equal(diff_patch(before, after, &patch), 0);
    assert_applies(before, patch, after);
}

static void swap(struct json_object *array, size_t i, size_t j)
{
    struct json_object *a = json_object_get(json_object_array_get_idx(array, i));
    struct json_object *b = json_object_get(json_object_array_get_idx(array, j));
    assert_int_equal(json_object_array_put_idx(array, i, b), 0);
    assert_int_equal(json_object_array_put_idx(array, j, a), 0);
}

// Some elements of `from` in another order, and some that are new.
static struct json_object *shuffled(struct random *random, const char *from)
{
    char letters[2 * LENGTH_MAX + 1] = "";
    size_t n = 0;
    for (const char *c = from; *c != '\0'; c++) {
        if (random_below(random, 10) > 0) {
            letters[n++] = *c;
        }
        if (random_below(random, 10) == 0) {
            letters[n++] = (char)('A' + random_below(random, 26));
        }
    }
    struct json_object *array = array_of(letters);
    for (uint64_t swaps = random_below(random, n + 1); swaps > 0; swaps--) {
        swap(array, (size_t)random_below(random, n), (size_t)random_below(random, n));
    }
    return array;
}

static void a_patch_of_shuffled_arrays_is_right(void **state)
{
    struct random random = { *(uint64_t *)*state };
    size_t moves = 0;
    uint64_t rounds = random_rounds(USUAL_ROUNDS);
    for (uint64_t round = 0; round < rounds; round++) {
        char letters[LENGTH_MAX + 1] = "";
        uint64_t alphabet = 1 + random_below(&random, 26);
        for (size_t n = (size_t)random_below(&random, LENGTH_MAX + 1); n > 0; n--) {
            letters[n - 1] = (char)('a' + random_below(&random, alphabet));
        }
        AUTO_JSON struct json_object *before = array_of(letters);
        AUTO_JSON struct json_object *after = shuffled(&random, letters);
        AUTO_JSON struct json_object *patch = NULL;
        AUTO_BUF struct buf text = { 0 };
        assert_int_equal(diff_patch(before, after, &patch), 0);
        assert_applies(before, patch, after);
        assert_int_equal(json_write(&text, patch), 0);
        moves += strstr(buf_str(&text), "\"op\":\"move\"") != NULL;
    }
    assert_true(moves >= rounds / 4);
}

int main(void)
{
    static uint64_t seed;
    seed = random_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_moved_is_moved),
        cmocka_unit_test(a_move_is_not_made_where_it_is_longer),
        cmocka_unit_test_prestate(a_patch_of_shuffled_arrays_is_right, &seed),
        cmocka_unit_test(a_long_shuffled_list_is_quick_and_right),
        cmocka_unit_test(deep_moves_are_no_trap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
