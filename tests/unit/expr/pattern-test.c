#include "tests/unit/expr/json-support.h"

#include <stdio.h>

#include "bridge/expr/path.h"
#include "bridge/expr/pattern.h"

// Follows a plain path (members and indexes only) with a cursor.
static bool matches(const struct patterns *patterns, const char *place)
{
    struct path path = { 0 };
    assert_int_equal(path_parse(&path, place, PATH_PLAIN, NULL), 0);
    struct pattern_cursor cursor = patterns_start(patterns);
    for (size_t i = 0; i < path.n; i++) {
        cursor = path.v[i].kind == PATH_MEMBER
                     ? pattern_cursor_member(&cursor, path.v[i].name)
                     : pattern_cursor_element(&cursor, (size_t)path.v[i].index);
    }
    path_deinit(&path);
    return pattern_cursor_matches(&cursor);
}

static struct patterns *compile(const char *const texts[], size_t n)
{
    struct patterns *patterns = NULL;
    struct problem *problem = NULL;
    if (patterns_new(&patterns, texts, n, &problem) != 0) {
        fail_msg("%s: %s", texts[0], problem == NULL ? "?" : problem->message);
    }
    return patterns;
}

static void patterns_match_exactly_their_places(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *place;
        bool match;
    } cases[] = {
        { ".", ".", true },
        { ".", ".a", false },
        { ".a", ".a", true },
        { ".a", ".b", false },
        { ".a", ".ab", false },
        { ".ab", ".a", false },
        { ".a", ".a.b", false },
        { ".a.b", ".a", false },
        { ".a.b", ".a.b", true },
        { ".a?", ".a", true },
        { ".a[]", ".a[0]", true },
        { ".a[]", ".a[41]", true },
        { ".a[]", ".a.x", true },
        { ".a[].t", ".a[3].t", true },
        { ".a[].t", ".a.t", false },
        { ".a[3]", ".a[3]", true },
        { ".a[3]", ".a[2]", false },
        { ".a[3]", ".a[\"3\"]", false },
        { ".a[\"3\"]", ".a[3]", false },
        { ".a[\"x y\"]", ".a[\"x y\"]", true },
        { "..t", ".t", true },
        { "..t", ".a.b.t", true },
        { "..t", ".a[0][1].t", true },
        { "..t", ".t.t", true },
        { "..t", ".t.u", false },
        { "..t.u", ".a.t.u", true },
        { "..t.u", ".t.a.u", false },
        { ".a..t", ".a.b[0].t", true },
        { ".a..t", ".a.t", true },
        { ".a..t", ".t", false },
        { ".a..t", ".b.a.t", false },
        { "..a..t", ".b.a.c.t", true },
        { "..[\"x y\"]", ".a[\"x y\"]", true },
        { "..a[].t", ".b.a[7].t", true },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(patterns_freep) struct patterns *patterns = compile(&cases[i].pattern, 1);
        if (matches(patterns, cases[i].place) != cases[i].match) {
            fail_msg("%s at %s", cases[i].pattern, cases[i].place);
        }
    }
}

static void several_patterns_work_together(void **state)
{
    (void)state;
    static const char *const texts[] = { ".a.b", ".a[].c", "..d", ".a.b.e" };
    CLEANUP(patterns_freep) struct patterns *patterns = compile(texts, ARRAY_LEN(texts));
    assert_true(matches(patterns, ".a.b"));
    assert_true(matches(patterns, ".a[0].c"));
    assert_true(matches(patterns, ".a.b.c"));
    assert_true(matches(patterns, ".x.d"));
    assert_true(matches(patterns, ".a.b.e"));
    assert_false(matches(patterns, ".a"));
    assert_false(matches(patterns, ".b"));
    assert_false(matches(patterns, ".a.b.x"));
}

static void a_cursor_dies_where_nothing_can_match(void **state)
{
    (void)state;
    static const char *const exact[] = { ".a.b" };
    static const char *const deep[] = { "..b" };
    CLEANUP(patterns_freep) struct patterns *patterns = compile(exact, 1);
    struct pattern_cursor start = patterns_start(patterns);
    struct pattern_cursor other = pattern_cursor_member(&start, "x");
    struct pattern_cursor below = pattern_cursor_member(&start, "a");
    assert_null(other.patterns);
    assert_non_null(below.patterns);
    CLEANUP(patterns_freep) struct patterns *any = compile(deep, 1);
    start = patterns_start(any);
    other = pattern_cursor_member(&start, "x");
    assert_non_null(other.patterns);
}

static void no_patterns_match_nothing(void **state)
{
    (void)state;
    CLEANUP(patterns_freep) struct patterns *none = compile(NULL, 0);
    assert_false(matches(NULL, "."));
    assert_false(matches(NULL, ".a"));
    assert_false(matches(none, "."));
    assert_false(matches(none, ".a"));
    assert_null(patterns_start(none).patterns);
}

static void what_is_no_pattern_is_refused_with_its_column(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned column;
        const char *words;
    } cases[] = {
        { "a", 1, "begins with a dot" }, { ".a.*", 4, "member name" },
        { "..", 3, "member name" },      { ".a..", 5, "member name" },
        { "..[]", 4, "member name" },    { "..[0]", 4, "member name" },
        { ".a[-1]", 4, "from the end" }, { ".a | .b", 4, "end here" },
        { ".a[1:2]", 5, "closing ]" },   { ".x-y", 3, ".[\"the name\"]" },
        { "...a", 3, "member name" },    { "", 1, "begins with a dot" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(problem_freep) struct problem *problem = NULL;
        struct patterns *patterns = NULL;
        assert_int_equal(patterns_new(&patterns, &cases[i].text, 1, &problem), PATTERN_E_SYNTAX);
        assert_null(patterns);
        assert_contains(problem->message, cases[i].words);
        if (problem->column != cases[i].column) {
            fail_msg("%s: column %u, not %u", cases[i].text, problem->column, cases[i].column);
        }
    }
}

// The last step lies in the last word of the set, and one more pattern is refused.
static void the_limit_of_steps_holds_and_is_told(void **state)
{
    (void)state;
    static char names[128][8];
    const char *texts[ARRAY_LEN(names) + 1];
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        (void)snprintf(names[i], sizeof(names[i]), ".m%zu", i);
        texts[i] = names[i];
    }
    CLEANUP(patterns_freep) struct patterns *full = compile(texts, ARRAY_LEN(names));
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_true(matches(full, names[i]));
    }
    assert_false(matches(full, ".m128"));
    struct patterns *more = NULL;
    CLEANUP(problem_freep) struct problem *problem = NULL;
    texts[ARRAY_LEN(names)] = ".";
    assert_int_equal(patterns_new(&more, texts, ARRAY_LEN(texts), &problem), PATTERN_E_SYNTAX);
    assert_contains(problem->message, "256");
    assert_null(more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match_exactly_their_places),
        cmocka_unit_test(several_patterns_work_together),
        cmocka_unit_test(a_cursor_dies_where_nothing_can_match),
        cmocka_unit_test(no_patterns_match_nothing),
        cmocka_unit_test(what_is_no_pattern_is_refused_with_its_column),
        cmocka_unit_test(the_limit_of_steps_holds_and_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
