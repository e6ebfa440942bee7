// The member that tells items apart, where nobody said which.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "bridge/diff/key-guess.h"
#include "bridge/model/json.h"

static struct json_object *parse(const char *text)
{
    struct json_object *value = NULL;
    if (text && json_read(&value, text, strlen(text), NULL, NULL) != 0) {
        fail_msg("%s is no JSON", text);
    }
    return value;
}

static void what_promises_most_is_taken(void **state)
{
    static const struct {
        const char *before, *after, *path;
    } cases[] = {
        { NULL, "[{\"name\":\"a\",\"id\":1},{\"name\":\"b\",\"id\":2}]", ".id" },
        { NULL, "[{\"url\":\"a\",\"cveID\":\"x\"},{\"url\":\"b\",\"cveID\":\"y\"}]", ".cveID" },
        { NULL, "[{\"name\":\"a\",\"F_OUTAGE_ID\":1},{\"name\":\"b\",\"F_OUTAGE_ID\":1}]",
          ".name" },
        { NULL, "[{\"version\":\"1\",\"name\":\"a\"},{\"version\":\"2\",\"name\":\"a\"}]",
          ".version" },
        { NULL, "[{\"time\":\"1\",\"v\":1},{\"time\":\"2\",\"v\":1}]", ".time" },
        // In the order of what they promise, not of the members; the item's own first.
        { NULL, "[{\"guid\":\"1\",\"id\":\"a\"},{\"guid\":\"2\",\"id\":\"b\"}]", ".id" },
        { NULL, "[{\"p\":{\"id\":1},\"id\":7},{\"p\":{\"id\":2},\"id\":8}]", ".id" },
        { NULL, "[{\"p\":{\"id\":1},\"name\":7},{\"p\":{\"id\":2},\"name\":8}]", ".p.id" },
        // Unique in both.
        { "[{\"id\":1,\"key\":1},{\"id\":1,\"key\":2}]", "[{\"id\":3,\"key\":3}]", ".key" },
        { "[{\"key\":1}]", "[{\"id\":3,\"key\":3}]", ".key" },
        { "[{\"id\":1}]", "[]", ".id" },
        // 1 and "1" are two; null, a fraction, a truth and a list are no key.
        { NULL, "[{\"id\":1},{\"id\":\"1\"}]", ".id" },
        { NULL, "[{\"id\":1},{\"id\":null}]", "" },
        { NULL, "[{\"id\":1.5},{\"id\":2.5}]", "" },
        { NULL, "[{\"paid\":true},{\"paid\":false}]", "" },
        { NULL, "[{\"id\":[1]},{\"id\":[2]}]", "" },
        { NULL, "[{\"x\":1},{\"x\":2}]", "" },
        { NULL, "[{\"@id\":\"a\"},{\"@id\":\"b\"}]", ".[\"@id\"]" },
        { NULL, "[1,2]", "" },
        { NULL, "[]", "" },
        { "[]", "[]", "" },
        { NULL, "[{\"id\":1},2]", "" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_JSON struct json_object *before = parse(cases[i].before);
        AUTO_JSON struct json_object *after = parse(cases[i].after);
        AUTO_BUF struct buf path = { 0 };
        assert_int_equal(key_guess(before, after, &path), 0);
        if (strcmp(buf_str(&path), cases[i].path) != 0) {
            fail_msg("%s: %s instead of %s", cases[i].after, buf_str(&path), cases[i].path);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_promises_most_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
