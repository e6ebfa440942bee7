#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "config/config.h"
#include "config/tree.h"

struct read {
    struct tree tree;
    struct problems problems;
    int result;
};

static struct read read_bytes(const char *text, size_t len)
{
    struct read read = { 0 };
    struct problem_list list = { .file = "f.yaml" };
    read.result = tree_read(&read.tree, text, len, &list);
    problem_list_finish(&list, &read.problems);
    return read;
}

static void read_deinit(struct read *read)
{
    tree_deinit(&read->tree);
    problems_deinit(&read->problems);
}

static void print(struct buf *buf, const struct node *node)
{
    if (node->kind == NODE_SCALAR) {
        assert_int_equal(buf_printf(buf, node->plain ? "%s" : "'%s'", node->text), 0);
        return;
    }
    assert_int_equal(buf_append_char(buf, node->kind == NODE_MAPPING ? '{' : '['), 0);
    for (const struct entry *entry = node->first; entry; entry = entry->next) {
        assert_int_equal(buf_append_str(buf, entry == node->first ? "" : ","), 0);
        if (entry->key) {
            assert_int_equal(buf_printf(buf, "%s:", entry->key), 0);
        }
        print(buf, &entry->value);
    }
    assert_int_equal(buf_append_char(buf, node->kind == NODE_MAPPING ? '}' : ']'), 0);
}

static void expect_tree(const char *text, const char *wanted)
{
    struct read read = read_bytes(text, strlen(text));
    AUTO_BUF struct buf buf = { 0 };
    assert_int_equal(read.problems.n, 0);
    assert_int_equal(read.result, 0);
    print(&buf, &read.tree.root);
    assert_string_equal(buf_str(&buf), wanted);
    read_deinit(&read);
}

static void expect_problem_of(const char *text, size_t len, int result, const char *wanted)
{
    struct read read = read_bytes(text, len);
    assert_int_equal(read.problems.n, 1);
    AUTO_FREE char *line = problem_format(read.problems.v[0]);
    assert_non_null(line);
    if (!str_starts(line, wanted)) {
        assert_string_equal(line, wanted);
    }
    assert_int_equal(read.result, result);
    read_deinit(&read);
}

static void expect_broken(const char *text, const char *wanted)
{
    expect_problem_of(text, strlen(text), TREE_E_BROKEN, wanted);
}

static void yaml_becomes_nodes_in_the_order_of_the_file(void **state)
{
    (void)state;
    expect_tree("b: 1\na: [x, 'y', \"z\"]\nc:\n  d: |\n    two\n    lines\n",
                "{b:1,a:[x,'y','z'],c:{d:'two\nlines\n'}}");
    expect_tree("plain", "plain");
    expect_tree("a:\nb: ~\nc: ''\n", "{a:,b:~,c:''}");
    expect_tree("!!str 5", "'5'");
    expect_tree("\xEF\xBB\xBFwith: bom", "{with:bom}");
    expect_tree("a: 1\r\nb: 2\r\n", "{a:1,b:2}");
    expect_tree("%YAML 1.1\n---\na: 1\n...\n", "{a:1}");
}

static void every_node_knows_its_place(void **state)
{
    (void)state;
    static const char text[] = "a: 1\nähm:\n  - x\n  -   { k: v }\n";
    struct read read = read_bytes(text, strlen(text));
    const struct entry *second = read.tree.root.first->next;
    assert_int_equal(second->key_place.line, 2);
    assert_int_equal(second->key_place.column, 1);
    const struct entry *item = second->value.first->next;
    assert_int_equal(item->value.place.line, 4);
    assert_int_equal(item->value.place.column, 7);
    assert_int_equal(item->value.first->value.place.column, 12);
    read_deinit(&read);
}

static void aliases_stand_for_their_anchor(void **state)
{
    (void)state;
    expect_tree("a: &x { k: v }\nb: *x\nc: [*x, *x]\n", "{a:{k:v},b:{k:v},c:[{k:v},{k:v}]}");
    expect_tree("a: &x 1\nb: &x 2\nc: *x\n", "{a:1,b:2,c:2}");
    expect_tree("a: &x\nb: *x\n", "{a:,b:}");
}

static void merge_keys_fill_in_what_is_missing(void **state)
{
    (void)state;
    expect_tree("x: &x { a: 1, b: 2 }\ny: { b: 3, <<: *x, c: 4 }\n",
                "{x:{a:1,b:2},y:{b:3,c:4,a:1}}");
    expect_tree("x: &x { a: 1 }\ny: &y { a: 2, b: 2 }\nz: { <<: [*x, *y] }\n",
                "{x:{a:1},y:{a:2,b:2},z:{a:1,b:2}}");
    expect_tree("x: &x { a: 1 }\ny: &y { <<: *x, b: 2 }\nz: { <<: *y }\nw: *x\n",
                "{x:{a:1},y:{b:2,a:1},z:{b:2,a:1},w:{a:1}}");
    expect_broken("a: { <<: 5 }\n", "f.yaml:1:6: `<<` merges mappings, but this is a single value");
    expect_broken("a: { <<: [{ b: 1 }, 5] }\n", "f.yaml:1:6: `<<` merges mappings");
}

static void repeated_keys_are_reported_and_the_first_stays(void **state)
{
    (void)state;
    static const char text[] = "a: 1\nb:\n  k: 1\n  l: 2\n  k: 3\na: 2\n";
    struct read read = read_bytes(text, strlen(text));
    AUTO_BUF struct buf buf = { 0 };
    assert_int_equal(read.result, 0);
    assert_int_equal(read.problems.n, 2);
    assert_int_equal(read.problems.v[0]->line, 5);
    assert_int_equal(read.problems.v[0]->column, 3);
    assert_string_equal(read.problems.v[1]->code, "duplicate_key");
    assert_string_equal(read.problems.v[1]->message,
                        "the key \"a\" stands here a second time; it was first written in line 1, "
                        "remove one of the two");
    print(&buf, &read.tree.root);
    assert_string_equal(buf_str(&buf), "{a:1,b:{k:1,l:2}}");
    read_deinit(&read);
}

static void broken_yaml_is_explained_with_its_place(void **state)
{
    (void)state;
    expect_broken("", "f.yaml:1:1: the file is empty; write at least one source");
    expect_broken("# only a comment\n", "f.yaml:1:1: the file is empty");
    expect_broken("a: [1, 2\n", "f.yaml:2:1: this is not valid YAML: did not find expected ',' or "
                                "']', while parsing a flow sequence that begins in line 1");
    expect_broken("a: 1\n b: 2\n", "f.yaml:2:3: this is not valid YAML: mapping values are not "
                                   "allowed in this context");
    expect_broken("ä: \"ü\"\nb:\n\tc: 1\n",
                  "f.yaml:3:1: this is not valid YAML: a tab stands where white space counts");
    expect_broken("a: { b: ${VAR} }\n",
                  "f.yaml:1:10: this is not valid YAML: between { } or [ ] a value with ${…} must "
                  "stand in quotes");
    expect_broken("a: \"open\n",
                  "f.yaml:2:1: this is not valid YAML: found unexpected end of stream");
    expect_broken("a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document begins here");
    expect_broken("? [a]\n: 1\n", "f.yaml:1:3: a key must be plain text");
    expect_broken("a: &x k\n*x : 1\n", "f.yaml:2:1: a key must be plain text");
    expect_broken("a: !secret x\n", "f.yaml:1:4: the YAML tag \"!secret\" means nothing here");
    expect_broken("a: *x\n", "f.yaml:1:4: the alias *x has no complete anchor &x before it");
    expect_broken("a: &x [*x]\n", "f.yaml:1:8: the alias *x has no complete anchor &x before it");
    expect_broken("a: \"x\\0y\"\n", "f.yaml:1:4: this text holds a NUL character");
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    (void)state;
    expect_problem_of("a: 1\nb: \xC3(\n", 11, TREE_E_BROKEN,
                      "f.yaml:2:4: this byte (0xC3) is not UTF-8; save the file as UTF-8");
    expect_problem_of("a: 1\nb: ü\x01\n", 11, TREE_E_BROKEN,
                      "f.yaml:2:5: this is not valid YAML: control characters are not allowed");
    expect_problem_of("a: \0b\n", 6, TREE_E_BROKEN, "f.yaml:1:4: this is not valid YAML");
    expect_problem_of("\xFF\xFE"
                      "a\0",
                      4, TREE_E_BROKEN, "f.yaml:1:1: this byte (0xFF) is not UTF-8");
}

static void repeat(struct buf *buf, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(buf_append_str(buf, text), 0);
    }
}

static void nesting_has_a_limit_also_through_aliases(void **state)
{
    (void)state;
    AUTO_BUF struct buf deep = { 0 };
    repeat(&deep, "[", TREE_DEPTH_MAX);
    repeat(&deep, "]", TREE_DEPTH_MAX);
    struct read read = read_bytes(deep.data, deep.len);
    assert_int_equal(read.result, 0);
    assert_int_equal(read.tree.root.height, TREE_DEPTH_MAX);
    read_deinit(&read);

    buf_clear(&deep);
    repeat(&deep, "[", 100000);
    expect_broken(buf_str(&deep), "f.yaml:1:65: the file is nested deeper than 64 levels");

    buf_clear(&deep);
    repeat(&deep, "- &x ", 1);
    repeat(&deep, "[", 40);
    repeat(&deep, "]", 40);
    repeat(&deep, "\n- ", 1);
    repeat(&deep, "[", 40);
    repeat(&deep, "*x", 1);
    repeat(&deep, "]", 40);
    expect_broken(buf_str(&deep), "f.yaml:2:43: with this alias the file is nested deeper");
}

static void a_billion_laughs_are_not_laughed(void **state)
{
    (void)state;
    AUTO_BUF struct buf bomb = { 0 };
    repeat(&bomb, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n", 1);
    for (int i = 1; i < 10; i++) {
        assert_int_equal(buf_printf(&bomb, "a%d: &a%d [", i, i), 0);
        for (int j = 0; j < 10; j++) {
            assert_int_equal(buf_printf(&bomb, "%s*a%d", j ? "," : "", i - 1), 0);
        }
        assert_int_equal(buf_append_str(&bomb, "]\n"), 0);
    }
    expect_broken(buf_str(&bomb), "f.yaml:7:18: with this alias the aliases of the file stand for "
                                  "more than 4 million values");
}

static void a_long_text_is_not_aliased_a_million_times(void **state)
{
    (void)state;
    AUTO_BUF struct buf bomb = { 0 };
    repeat(&bomb, "- &x ", 1);
    repeat(&bomb, "0123456789", 100000);
    repeat(&bomb, "\n- *x", 1000);
    expect_broken(buf_str(&bomb),
                  "f.yaml:129:3: with this alias the aliases of the file stand for");
}

static void anchors_have_a_limit(void **state)
{
    (void)state;
    AUTO_BUF struct buf many = { 0 };
    for (int i = 0; i <= TREE_ANCHORS_MAX; i++) {
        assert_int_equal(buf_printf(&many, "- &a%d 1\n", i), 0);
    }
    expect_broken(buf_str(&many), "f.yaml:257:3: the anchor &a256 is one too many");
}

static void too_large_a_file_is_refused_unread(void **state)
{
    (void)state;
    // Only the length is looked at.
    expect_problem_of("a", TREE_TEXT_MAX + 1, TREE_E_BROKEN,
                      "f.yaml: the file is larger than 64 MiB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yaml_becomes_nodes_in_the_order_of_the_file),
        cmocka_unit_test(every_node_knows_its_place),
        cmocka_unit_test(aliases_stand_for_their_anchor),
        cmocka_unit_test(merge_keys_fill_in_what_is_missing),
        cmocka_unit_test(repeated_keys_are_reported_and_the_first_stays),
        cmocka_unit_test(broken_yaml_is_explained_with_its_place),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(nesting_has_a_limit_also_through_aliases),
        cmocka_unit_test(a_billion_laughs_are_not_laughed),
        cmocka_unit_test(a_long_text_is_not_aliased_a_million_times),
        cmocka_unit_test(anchors_have_a_limit),
        cmocka_unit_test(too_large_a_file_is_refused_unread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
