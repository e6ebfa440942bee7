// The json-patch project's public cases, the examples of RFC 7396 and the table of RFC 6901, used
// both ways: they check the applier that the laws rely on, and what diff makes of their documents.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "bridge/base/str.h"
#include "bridge/diff/merge.h"
#include "bridge/diff/patch.h"
#include "bridge/model/json.h"
#include "tests/property/apply.h"
#include "tests/property/corpus.h"
#include "tests/unit/diff/merge-applier.h"

// json-c's own reader: one of the cases has a member twice, which ours refuses.
static struct json_object *load(const char *folder, const char *file)
{
    AUTO_FREE char *path = str_printf("%s/suites/%s", folder, file);
    assert_non_null(path);
    CLEANUP(bytes_deinit) struct bytes text = corpus_read(path);
    struct json_object *value = json_tokener_parse(text.data);
    assert_non_null(value);
    return value;
}

static void round_trip(struct json_object *before, struct json_object *after, const char *words)
{
    AUTO_JSON struct json_object *patch = NULL;
    AUTO_JSON struct json_object *applied = deep_copy(before);
    assert_int_equal(diff_patch(before, after, &patch), 0);
    if (!apply_patch(&applied, patch) || !json_equal(applied, after)) {
        fail_msg("%s: %s", words, json_object_to_json_string(patch));
    }
}

// 1 when the case was used.
static int run_record(struct json_object *record)
{
    struct json_object *document;
    struct json_object *patch;
    struct json_object *expected = NULL;
    struct json_object *other;
    if (json_object_object_get_ex(record, "disabled", &other) ||
        !json_object_object_get_ex(record, "doc", &document) ||
        !json_object_object_get_ex(record, "patch", &patch)) {
        return 0;
    }
    bool has_expected = json_object_object_get_ex(record, "expected", &expected);
    bool has_error = json_object_object_get_ex(record, "error", &other);
    AUTO_JSON struct json_object *applied = deep_copy(document);
    bool done = apply_patch(&applied, patch);
    if (done == has_error || (has_expected && !json_equal(applied, expected))) {
        fail_msg("%s", json_object_to_json_string(record));
    }
    if (has_expected) {
        round_trip(document, expected, json_object_to_json_string(record));
        round_trip(expected, document, json_object_to_json_string(record));
    }
    return 1;
}

static void public_patch_cases_hold(void **state)
{
    static const char *const files[] = { "json-patch-rfc6902/tests.json",
                                         "json-patch-rfc6902/spec_tests.json" };
    int used = 0;
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        AUTO_JSON struct json_object *records = load(*state, files[i]);
        for (size_t j = 0; j < json_object_array_length(records); j++) {
            used += run_record(json_object_array_get_idx(records, j));
        }
    }
    assert_in_range(used, 100, 112);
}

// Every document of the suite against every other: they are small and awkward.
static void documents_of_the_cases_turn_into_one_another(void **state)
{
    AUTO_JSON struct json_object *records = load(*state, "json-patch-rfc6902/tests.json");
    size_t n = json_object_array_length(records);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            struct json_object *before;
            struct json_object *after;
            if (json_object_object_get_ex(json_object_array_get_idx(records, i), "doc", &before) &&
                json_object_object_get_ex(json_object_array_get_idx(records, j), "doc", &after)) {
                round_trip(before, after, "documents of two cases");
            }
        }
    }
}

// Changes the value at each pointer and finds that pointer in the changes.
static void pointers_are_those_of_the_rfc(void **state)
{
    AUTO_JSON struct json_object *suite = load(*state, "json-pointer-rfc6901/cases.json");
    struct json_object *document;
    struct json_object *pointers;
    assert_true(json_object_object_get_ex(suite, "document", &document));
    assert_true(json_object_object_get_ex(suite, "pointers", &pointers));
    assert_in_range(json_object_array_length(pointers), 10, 100);
    for (size_t i = 0; i < json_object_array_length(pointers); i++) {
        struct json_object *pointer;
        assert_true(
            json_object_object_get_ex(json_object_array_get_idx(pointers, i), "pointer", &pointer));
        AUTO_JSON struct json_object *patch = json_object_new_array();
        struct json_object *operation = json_object_new_object();
        (void)json_object_object_add(operation, "op", json_object_new_string("replace"));
        (void)json_object_object_add(operation, "path", json_object_get(pointer));
        (void)json_object_object_add(operation, "value", json_object_new_boolean(1));
        (void)json_object_array_add(patch, operation);
        AUTO_JSON struct json_object *changed = deep_copy(document);
        assert_true(apply_patch(&changed, patch));
        AUTO_JSON struct json_object *changes = NULL;
        struct json_object *path;
        assert_int_equal(diff_changes(document, changed, NULL, &changes), 0);
        assert_int_equal(json_object_array_length(changes), 1);
        assert_true(
            json_object_object_get_ex(json_object_array_get_idx(changes, 0), "path", &path));
        assert_string_equal(json_object_get_string(path), json_object_get_string(pointer));
    }
}

static void merge_patches_are_those_of_the_rfc(void **state)
{
    AUTO_JSON struct json_object *cases = load(*state, "json-merge-patch-rfc7396/cases.json");
    size_t refused = 0;
    assert_in_range(json_object_array_length(cases), 15, 100);
    for (size_t i = 0; i < json_object_array_length(cases); i++) {
        struct json_object *record = json_object_array_get_idx(cases, i);
        struct json_object *before = json_object_object_get(record, "original");
        struct json_object *given = json_object_object_get(record, "patch");
        struct json_object *after = json_object_object_get(record, "result");
        AUTO_JSON struct json_object *applied = apply_merge(deep_copy(before), given);
        AUTO_JSON struct json_object *made = NULL;
        assert_true(json_equal(applied, after)); // the applier
        int r = diff_merge(before, after, &made, NULL);
        refused += r == MERGE_E_AMBIGUOUS;
        if (r == 0) {
            AUTO_JSON struct json_object *again = apply_merge(deep_copy(before), made);
            assert_true(json_equal(again, after));
        }
    }
    assert_in_range(refused, 0, 2); // where the result holds a null
}

int main(void)
{
    static char folder[4096];
    const char *found = corpus_folder();
    if (found == NULL) {
        return EXIT_SKIPPED;
    }
    (void)snprintf(folder, sizeof(folder), "%s", found);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(public_patch_cases_hold, folder),
        cmocka_unit_test_prestate(documents_of_the_cases_turn_into_one_another, folder),
        cmocka_unit_test_prestate(merge_patches_are_those_of_the_rfc, folder),
        cmocka_unit_test_prestate(pointers_are_those_of_the_rfc, folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
