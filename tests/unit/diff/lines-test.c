// Unified text, case by case.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/diff/lines.h"

static void check(const char *old, const char *new, const char *expected)
{
    const struct lines_side sides[] = {
        { "old", old, strlen(old) },
        { "new", new, strlen(new) },
    };
    AUTO_BUF struct buf diff = { 0 };
    assert_int_equal(diff_lines(&diff, &sides[0], &sides[1]), 0);
    assert_string_equal(buf_str(&diff), expected);
}

static void equal_texts_give_nothing(void **state)
{
    (void)state;
    check("", "", "");
    check("a\nb\n", "a\nb\n", "");
}

static void one_line_stands_in_three_of_context(void **state)
{
    (void)state;
    check("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
          "--- old\n+++ new\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

static void near_runs_share_a_hunk_and_far_ones_do_not(void **state)
{
    (void)state;
    check("1\n2\n3\n4\n5\n6\n7\n8\n", "one\n2\n3\n4\n5\n6\n7\neight\n",
          "--- old\n+++ new\n@@ -1,8 +1,8 @@\n-1\n+one\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+eight\n");
    check("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "one\n2\n3\n4\n5\n6\n7\n8\nnine\n",
          "--- old\n+++ new\n@@ -1,4 +1,4 @@\n-1\n+one\n 2\n 3\n 4\n"
          "@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+nine\n");
}

static void empty_sides_and_missing_line_ends_are_marked(void **state)
{
    (void)state;
    check("", "a\n", "--- old\n+++ new\n@@ -0,0 +1 @@\n+a\n");
    check("a\nb\n", "", "--- old\n+++ new\n@@ -1,2 +0,0 @@\n-a\n-b\n");
    check("a", "a\n", "--- old\n+++ new\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_texts_give_nothing),
        cmocka_unit_test(one_line_stands_in_three_of_context),
        cmocka_unit_test(near_runs_share_a_hunk_and_far_ones_do_not),
        cmocka_unit_test(empty_sides_and_missing_line_ends_are_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
