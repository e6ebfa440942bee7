#include "tests/unit/expr/json-support.h"

#include "bridge/diff/fingerprint.h"

static struct patterns *ignoring(const char *pattern)
{
    struct patterns *patterns = NULL;
    assert_int_equal(patterns_new(&patterns, &pattern, pattern == NULL ? 0 : 1, NULL), 0);
    return patterns;
}

static void only_ignored_parts_make_no_difference(void **state)
{
    (void)state;
    static const struct {
        const char *ignore;
        const char *a;
        const char *b;
        bool equal;
    } cases[] = {
        { NULL, "{'a':1,'b':[1,2]}", "{'b':[1.0,2e0],'a':1}", true },
        { NULL, "[1,2]", "[2,1]", false },
        { NULL, "{'a':null}", "{}", false },
        { ".a", "{'a':null}", "{}", true },
        { ".a", "{'a':1,'b':2}", "{'b':2,'a':{'x':9}}", true },
        { ".a", "{'a':1,'b':2}", "{'a':1,'b':3}", false },
        { ".a", "{'b':{'a':1}}", "{'b':{'a':2}}", false },
        { "..a", "{'b':{'a':1}}", "{'b':{'a':2}}", true },
        { "..a", "{'b':{'a':1}}", "{'b':{}}", true },
        { "..a", "{'b':{'a':1}}", "{}", false },
        { ".l[].t", "{'l':[{'t':1,'v':1},{'t':2,'v':2}]}", "{'l':[{'v':1},{'t':5,'v':2}]}", true },
        { ".l[].t", "{'l':[{'t':1,'v':1}]}", "{'l':[{'t':1,'v':2}]}", false },
        { ".l[].t", "{'l':[{'t':1}]}", "{'l':[{'t':1},{'t':1}]}", false },
        { ".l[]", "{'l':[1,2]}", "{'l':[3,4]}", true },
        { ".l[]", "{'l':[1,2]}", "{'l':[1]}", false },
        { ".l[1]", "{'l':[1,2]}", "{'l':[1,3]}", true },
        { ".l[1]", "{'l':[1,2]}", "{'l':[0,2]}", false },
        { ".l[].x", "{'l':{'p':{'x':1}}}", "{'l':{'p':{'x':2}}}", true },
        { ".", "1", "{}", true },
        { ".x", "[]", "{}", false },
        { ".x", "{'y':{}}", "{'y':[]}", false },
        { ".x", "{'y':'1'}", "{'y':1}", false },
        { ".x", "{'y':1,'z':2}", "{'y':2,'z':1}", false },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(patterns_freep) struct patterns *ignore = ignoring(cases[i].ignore);
        AUTO_JSON struct json_object *a = parse(cases[i].a);
        AUTO_JSON struct json_object *b = parse(cases[i].b);
        bool same = hash128_eq(diff_fingerprint(a, ignore), diff_fingerprint(b, ignore));
        if (diff_equal(a, b, ignore) != cases[i].equal || same != cases[i].equal) {
            fail_msg("case %zu: %s and %s", i, cases[i].a, cases[i].b);
        }
        assert_int_equal(diff_equal(b, a, ignore), cases[i].equal);
    }
}

static void without_patterns_it_is_the_fingerprint_of_the_value(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *value = parse("{'a':[1,{'b':null}],'c':'x'}");
    assert_true(hash128_eq(diff_fingerprint(value, NULL), json_fingerprint(value)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_ignored_parts_make_no_difference),
        cmocka_unit_test(without_patterns_it_is_the_fingerprint_of_the_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
