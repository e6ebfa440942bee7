#include <stdio.h>

#include "tests/unit/expr/json-support.h"

#include "bridge/diff/patch.h"
#include "bridge/diff/script.h"
#include "bridge/expr/pattern.h"

static struct json_object *patch_of(const char *before, const char *after)
{
    AUTO_JSON struct json_object *a = parse(before);
    AUTO_JSON struct json_object *b = parse(after);
    struct json_object *patch = NULL;
    assert_int_equal(diff_patch(a, b, &patch), 0);
    return patch;
}

static void patches_are_the_ones_a_person_would_write(void **state)
{
    (void)state;
    // A long text keeps the whole document longer than its patch.
#define PAD                                                                                        \
    "'pad':'a text that is long enough to make replacing the whole document a bad idea, whatever " \
    "operations stand in the patch: each of them costs thirty bytes and more for its frame'"
    static const struct {
        const char *before;
        const char *after;
        const char *patch;
    } cases[] = {
        { "1", "1", "[]" },
        { "1", "1.0", "[]" },
        { "{'a':1,'b':2}", "{'b':2.0,'a':1e0}", "[]" },
        { "null", "null", "[]" },
        { "null", "1", "[{'op':'replace','path':'','value':1}]" },
        { "1", "null", "[{'op':'replace','path':'','value':null}]" },
        { "[]", "{}", "[{'op':'replace','path':'','value':{}}]" },
        { "{" PAD "}", "{" PAD ",'a':1}", "[{'op':'add','path':'/a','value':1}]" },
        { "{" PAD "}", "{" PAD ",'a':null}", "[{'op':'add','path':'/a','value':null}]" },
        { "{" PAD ",'a':null}", "{" PAD "}", "[{'op':'remove','path':'/a'}]" },
        { "{" PAD ",'a':null}", "{" PAD ",'a':0}", "[{'op':'replace','path':'/a','value':0}]" },
        { "{" PAD ",'a':0}", "{" PAD ",'a':null}", "[{'op':'replace','path':'/a','value':null}]" },
        { "{" PAD ",'a/b':1,'m~n':2,'~1':3}", "{" PAD ",'a/b':2,'m~n':3,'~1':4}",
          "[{'op':'replace','path':'/a~1b','value':2},{'op':'replace','path':'/m~0n','value':3},"
          "{'op':'replace','path':'/~01','value':4}]" },
        { "{" PAD ",'':1}", "{" PAD ",'':2}", "[{'op':'replace','path':'/','value':2}]" },
        { "["
          "'one','two','three','four','five','six','seven'"
          "]",
          "["
          "'one','two','four','five','six','seven'"
          "]",
          "[{'op':'remove','path':'/2'}]" },
        { "['one','two','three','four','five','six','seven','eight']",
          "['zero','one','two','three','four','five','six','seven','eight']",
          "[{'op':'add','path':'/0','value':'zero'}]" },
        { "['one','two','three','four','five','six','seven','eight']",
          "['one','two','three','four','five','six','seven','eight','nine']",
          "[{'op':'add','path':'/8','value':'nine'}]" },
        // Indexes are those at the moment of each operation.
        { "[{" PAD "},1,2,3,4,5]", "[{" PAD "},3,4,5,6,7]",
          "[{'op':'remove','path':'/1'},{'op':'remove','path':'/1'},"
          "{'op':'add','path':'/4','value':6},{'op':'add','path':'/5','value':7}]" },
        { "[{" PAD ",'id':1},{'id':2}]", "[{" PAD ",'id':3},{'id':2}]",
          "[{'op':'replace','path':'/0/id','value':3}]" },
        { "[0,["
          "'a long element','another one','and a third','and more',1"
          "]]",
          "[0,["
          "'a long element','another one','and a third','and more',2"
          "]]",
          "[{'op':'replace','path':'/1/4','value':2}]" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_JSON struct json_object *patch = patch_of(cases[i].before, cases[i].after);
        assert_json_text(patch, cases[i].patch);
    }
}

// Where everything differs, one replacement is shorter, at any depth.
static void a_container_that_changed_all_over_is_replaced_whole(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *patch = patch_of("{'a':1,'b':2,'c':3}", "{'a':4,'b':5,'c':6}");
    assert_json_text(patch, "[{'op':'replace','path':'','value':{'a':4,'b':5,'c':6}}]");
    AUTO_JSON struct json_object *inner =
        patch_of("{" PAD ",'x':{'a':1,'b':2,'c':3}}", "{" PAD ",'x':{'a':4,'b':5,'c':6}}");
    assert_json_text(inner, "[{'op':'replace','path':'/x','value':{'a':4,'b':5,'c':6}}]");
}

// [0, 1, … n - 1] as strings, each with the prefix.
static struct json_object *counted(size_t n, const char *prefix)
{
    struct json_object *array = json_object_new_array();
    for (size_t i = 0; i < n; i++) {
        char text[160];
        (void)snprintf(text, sizeof(text), "%s%zu", prefix, i);
        assert_int_equal(json_object_array_add(array, json_object_new_string(text)), 0);
    }
    return array;
}

static void an_insertion_at_the_head_of_ten_thousand_is_one_operation(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *before = counted(10000, "");
    AUTO_JSON struct json_object *after = json_object_new_array();
    assert_int_equal(json_object_array_add(after, json_object_new_string("new")), 0);
    for (size_t i = 0; i < 10000; i++) {
        struct json_object *element = json_object_get(json_object_array_get_idx(before, i));
        assert_int_equal(json_object_array_add(after, element), 0);
    }
    AUTO_JSON struct json_object *patch = NULL;
    assert_int_equal(diff_patch(before, after, &patch), 0);
    assert_json_text(patch, "[{'op':'add','path':'/0','value':'new'}]");
}

#define LONG_PREFIX "an element that is longer than the operation that would replace it, number "

// Past the bound of the exact alignment, most of what stayed must still be found.
static void many_changes_in_a_long_array_stay_changes(void **state)
{
    (void)state;
    const size_t n = 9000;
    AUTO_JSON struct json_object *before = counted(n, LONG_PREFIX);
    AUTO_JSON struct json_object *after = counted(n, LONG_PREFIX);
    size_t changed = 0;
    for (size_t i = 0; i < n; i += 3, changed++) {
        assert_int_equal(json_object_array_put_idx(after, i, json_object_new_int64((int64_t)i)), 0);
    }
    assert_true(2 * changed > SCRIPT_EDITS_MAX);
    // One removal in front, so that no index stays what it was.
    assert_int_equal(json_object_array_del_idx(after, 1, 1), 0);
    AUTO_JSON struct json_object *patch = NULL;
    assert_int_equal(diff_patch(before, after, &patch), 0);
    assert_int_equal(json_object_array_length(patch), changed + 1);
}

// 60 arrays around long arrays that differ at their very end: work must not grow with the depth.
static void deep_nesting_is_no_trap(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *before = json_object_new_int64(1);
    AUTO_JSON struct json_object *after = json_object_new_int64(2);
    for (int depth = 0; depth < 60; depth++) {
        struct json_object *a = counted(300, "filler ");
        struct json_object *b = counted(300, "filler ");
        assert_int_equal(json_object_array_add(a, STEAL(before)), 0);
        assert_int_equal(json_object_array_add(b, STEAL(after)), 0);
        before = a;
        after = b;
    }
    AUTO_JSON struct json_object *patch = NULL;
    assert_int_equal(diff_patch(before, after, &patch), 0);
    assert_int_equal(json_object_array_length(patch), 1);
}

static void changes_name_leaves_and_leave_out_the_ignored(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        const char *after;
        const char *ignore; // NULL: nothing
        const char *changes;
    } cases[] = {
        { "1", "1.0", NULL, "[]" },
        { "1", "2", NULL, "[{'path':'','old':1,'new':2}]" },
        { "{'a':1}", "{'a':1,'b':null}", NULL, "[{'path':'/b','new':null}]" },
        { "{'a':1,'b':null}", "{'a':1}", NULL, "[{'path':'/b','old':null}]" },
        { "{'a':{'b':1,'c':2}}", "{'a':{'b':3,'c':4}}", NULL,
          "[{'path':'/a/b','old':1,'new':3},{'path':'/a/c','old':2,'new':4}]" },
        { "{'a':{'b':1,'t':2}}", "{'a':{'b':3,'t':4}}", "..t",
          "[{'path':'/a/b','old':1,'new':3}]" },
        { "{'a':1,'t':1}", "{'a':1}", ".t", "[]" },
        { "{'a':1}", "{'a':1,'t':1}", ".t", "[]" },
        { "{'a':1}", "{'a':{'t':1}}", "..t", "[{'path':'/a','old':1,'new':{'t':1}}]" },
        { "1", "2", ".", "[]" },
        // An added or removed subtree is told at its root, an element at its index.
        { "[1,2,3]", "[1,3]", NULL, "[{'path':'/1','old':2}]" },
        { "[1,3]", "[1,{'x':[2]},3]", NULL, "[{'path':'/1','new':{'x':[2]}}]" },
        { "[1,2,3,4]", "[3,4,5]", NULL,
          "[{'path':'/0','old':1},{'path':'/1','old':2},{'path':'/2','new':5}]" },
        { "[{'id':1,'t':1},{'id':2,'t':1}]", "[{'id':0,'t':9},{'id':1,'t':9},{'id':2,'t':9}]",
          ".[].t", "[{'path':'/0','new':{'id':0,'t':9}}]" },
        // An ignored element keeps its place.
        { "[1,2]", "[1,3]", ".[1]", "[]" },
        { "[1,2]", "[1]", ".[1]", "[{'path':'/1','old':2}]" },
        { "{'a/b':{'m~n':1}}", "{'a/b':{'m~n':2}}", NULL,
          "[{'path':'/a~1b/m~0n','old':1,'new':2}]" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_JSON struct json_object *a = parse(cases[i].before);
        AUTO_JSON struct json_object *b = parse(cases[i].after);
        AUTO_JSON struct json_object *changes = NULL;
        CLEANUP(patterns_freep) struct patterns *ignore = NULL;
        size_t n = cases[i].ignore == NULL ? 0 : 1;
        assert_int_equal(patterns_new(&ignore, &cases[i].ignore, n, NULL), 0);
        assert_int_equal(diff_changes(a, b, ignore, &changes), 0);
        assert_json_text(changes, cases[i].changes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patches_are_the_ones_a_person_would_write),
        cmocka_unit_test(a_container_that_changed_all_over_is_replaced_whole),
        cmocka_unit_test(an_insertion_at_the_head_of_ten_thousand_is_one_operation),
        cmocka_unit_test(many_changes_in_a_long_array_stay_changes),
        cmocka_unit_test(deep_nesting_is_no_trap),
        cmocka_unit_test(changes_name_leaves_and_leave_out_the_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
