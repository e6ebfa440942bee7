// A text that is read beside a tree takes from there what is written in the same way.

#include "tests/unit/expr/json-support.h"

static struct json_object *parse_like(const char *text, struct json_object *like)
{
    AUTO_FREE char *quoted = strdup(text);
    const struct json_limits limits = { .like = like };
    struct json_object *value = NULL;
    for (char *c = quoted; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    assert_int_equal(json_read(&value, quoted, strlen(quoted), &limits, NULL), 0);
    return value;
}

static void what_is_the_same_is_shared_whole(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{'a':[1,2.50,'x',true,false,null,{}],'b':{'c':[]}}",
        "[[],{},'',0,-1,1e400]",
        "'text'",
        "1.0",
        "12345678901234567890123",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        AUTO_JSON struct json_object *like = parse(texts[i]);
        AUTO_JSON struct json_object *value = parse_like(texts[i], like);
        assert_ptr_equal(value, like);
    }
}

static void what_differs_is_made_and_the_rest_is_shared(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *like = parse("{'a':{'b':1},'c':[1,[2]],'d':'x'}");
    AUTO_JSON struct json_object *value = parse_like("{'a':{'b':1},'c':[1,[3]],'e':1}", like);
    assert_json_text(value, "{'a':{'b':1},'c':[1,[3]],'e':1}");
    assert_json_text(like, "{'a':{'b':1},'c':[1,[2]],'d':'x'}");
    assert_ptr_equal(json_object_object_get(value, "a"), json_object_object_get(like, "a"));
    struct json_object *list = json_object_object_get(value, "c");
    struct json_object *other = json_object_object_get(like, "c");
    assert_ptr_not_equal(list, other);
    assert_ptr_equal(json_object_array_get_idx(list, 0), json_object_array_get_idx(other, 0));
}

// Equal is not enough: what is shared is written alike.
static void another_spelling_is_not_shared(void **state)
{
    (void)state;
    static const struct {
        const char *like;
        const char *text;
    } cases[] = {
        { "1", "1.0" },   { "1.0", "1.00" },
        { "1e2", "100" }, { "0", "-0" },
        { "'a'", "'b'" }, { "true", "1" },
        { "{}", "[]" },   { "{'a':1}", "{}" },
        { "[1]", "[]" },  { "[]", "[1]" },
        { "'1'", "1" },   { "{'a':null}", "{'b':null}" },
        { "null", "0" },  { "{'a':1,'b':2}", "{'b':2,'a':1}" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_JSON struct json_object *like = parse(cases[i].like);
        AUTO_JSON struct json_object *value = parse_like(cases[i].text, like);
        assert_ptr_not_equal(value, like);
        assert_json_text(value, cases[i].text);
    }
}

static void members_are_found_in_any_order(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *like = parse("{'a':[1],'b':[2],'c':[3]}");
    AUTO_JSON struct json_object *value = parse_like("{'c':[3],'x':0,'a':[1],'b':[2]}", like);
    assert_json_text(value, "{'c':[3],'x':0,'a':[1],'b':[2]}");
    for (const char *name = "a\0b\0c\0"; *name != '\0'; name += 2) {
        assert_ptr_equal(json_object_object_get(value, name), json_object_object_get(like, name));
    }
}

// After an insertion or a removal the elements behind it are shared all the same.
static void shifted_elements_are_shared(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int shared;
    } cases[] = {
        { "[[0],[1],[2],[3],[4]]", 4 }, { "[[1],[2],[9],[3],[4]]", 4 }, { "[[2],[3],[4]]", 3 },
        { "[[1],[3],[4]]", 3 },         { "[[1],[2],[3]]", 3 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_JSON struct json_object *like = parse("[[1],[2],[3],[4]]");
        AUTO_JSON struct json_object *value = parse_like(cases[i].text, like);
        int shared = 0;
        for (size_t a = 0; a < json_object_array_length(value); a++) {
            for (size_t b = 0; b < json_object_array_length(like); b++) {
                shared += json_object_array_get_idx(value, a) == json_object_array_get_idx(like, b);
            }
        }
        assert_json_text(value, cases[i].text);
        assert_int_equal(shared, cases[i].shared);
    }
}

static void faults_are_those_of_the_text(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *like = parse("{'a':[1,2],'b':{'c':1}}");
    const struct json_limits limits = { .like = like };
    static const char *const texts[] = {
        "{\"a\":[1,2],\"a\":[1,2]}",       "{\"a\":[1,2],\"b\":{\"c\":1,\"c\":1}}",
        "{\"a\":[1,2],\"b\":{\"c\":1}",    "{\"a\":[1,2",
        "{\"a\":[1,2],\"b\":{\"c\":1}} x",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        CLEANUP(problem_freep) struct problem *alone = NULL;
        CLEANUP(problem_freep) struct problem *beside = NULL;
        struct json_object *value = NULL;
        int r = json_read(&value, texts[i], strlen(texts[i]), NULL, &alone);
        assert_true(r > 0);
        assert_int_equal(json_read(&value, texts[i], strlen(texts[i]), &limits, &beside), r);
        assert_string_equal(alone->message, beside->message);
        assert_int_equal(alone->column, beside->column);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_the_same_is_shared_whole),
        cmocka_unit_test(what_differs_is_made_and_the_rest_is_shared),
        cmocka_unit_test(another_spelling_is_not_shared),
        cmocka_unit_test(members_are_found_in_any_order),
        cmocka_unit_test(shifted_elements_are_shared),
        cmocka_unit_test(faults_are_those_of_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
