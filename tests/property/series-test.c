// Recorded answers of real APIs, step by step, against what an independent differ found in them:
// how many items came and went, and whether there was anything to tell at all.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/diff/fingerprint.h"
#include "bridge/diff/keyed.h"
#include "bridge/expr/expr.h"
#include "bridge/model/json.h"
#include "tests/property/corpus.h"

#define VERSIONS_MAX 400

struct series {
    const char *name;
    const char *items; // where the collection is; NULL: the document is compared whole
    const char *key;
    const char *item_ignore; // relative to the item; NULL: nothing
    // Ignored in the document beside the items; NULL-terminated.
    const char *document_ignore[6];
    const char *folder; // filled in by main
};

struct rules {
    struct expr *items;
    struct expr *key;
    struct patterns *item_ignore;
    struct patterns *document_ignore; // the items too
    struct keyed_rules keyed;
};

static void rules_deinit(struct rules *rules)
{
    expr_free(rules->items);
    expr_free(rules->key);
    patterns_free(rules->item_ignore);
    patterns_free(rules->document_ignore);
}

static void rules_init(struct rules *rules, const struct series *series)
{
    *rules = (struct rules){ 0 };
    const char *ignore[ARRAY_LEN(series->document_ignore) + 1];
    size_t n = 0;
    for (; series->document_ignore[n] != NULL; n++) {
        ignore[n] = series->document_ignore[n];
    }
    if (series->items != NULL) {
        ignore[n++] = series->items;
        assert_int_equal(expr_new(&rules->items, series->items, NULL), 0);
        assert_int_equal(expr_new(&rules->key, series->key, NULL), 0);
    }
    assert_int_equal(patterns_new(&rules->document_ignore, ignore, n, NULL), 0);
    assert_int_equal(patterns_new(&rules->item_ignore, &series->item_ignore,
                                  series->item_ignore == NULL ? 0 : 1, NULL),
                     0);
    rules->keyed = (struct keyed_rules){ .key = (const struct expr *const *)&rules->key,
                                         .key_count = 1,
                                         .ignore = rules->item_ignore };
}

// The version's document; false when it cannot be read.
static bool load(const struct series *series, const char *file, struct json_object **ret)
{
    AUTO_FREE char *path = str_printf("%s/series/%s/%s", series->folder, series->name, file);
    assert_non_null(path);
    CLEANUP(bytes_deinit) struct bytes text = corpus_read(path);
    return json_read(ret, text.data == NULL ? "" : text.data, text.len, NULL, NULL) == 0;
}

// Column `at` of a line of tab-separated values, as text in ret.
static void column(const char *line, size_t at, char *ret, size_t size)
{
    for (; at > 0; at--) {
        line += strcspn(line, "\t\n");
        line += *line == '\t';
    }
    size_t len = strcspn(line, "\t\n");
    assert_true(len < size);
    memcpy(ret, line, len);
    ret[len] = '\0';
}

static size_t number(const char *line, size_t at)
{
    char text[32];
    column(line, at, text, sizeof(text));
    return (size_t)strtoul(text, NULL, 10);
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end == NULL ? line + strlen(line) : end + 1;
}

struct found {
    size_t created;
    size_t deleted;
    bool event;
};

static void compare(const struct rules *rules, struct json_object *before,
                    struct json_object *after, struct found *ret)
{
    *ret = (struct found){ .event = !diff_equal(before, after, rules->document_ignore) };
    if (rules->items == NULL) {
        return;
    }
    AUTO_JSON struct json_object *old = NULL;
    AUTO_JSON struct json_object *new = NULL;
    CLEANUP(keyed_changes_deinit) struct keyed_changes changes = { 0 };
    CLEANUP(problem_freep) struct problem *problem = NULL;
    assert_int_equal(expr_eval(rules->items, NULL, before, &old, NULL), 0);
    assert_int_equal(expr_eval(rules->items, NULL, after, &new, NULL), 0);
    if (keyed_diff(old, new, &rules->keyed, &changes, &problem) != 0) {
        fail_msg("%s", problem == NULL ? "?" : problem->message);
    }
    for (size_t i = 0; i < changes.n; i++) {
        ret->created += changes.v[i].op == KEYED_CREATED;
        ret->deleted += changes.v[i].op == KEYED_DELETED;
    }
    ret->event |= changes.n > 0;
    struct hash128 left;
    struct hash128 right;
    assert_int_equal(keyed_fingerprint(old, &rules->keyed, &left, NULL), 0);
    assert_int_equal(keyed_fingerprint(new, &rules->keyed, &right, NULL), 0);
    assert_int_equal(hash128_eq(left, right), changes.n == 0);
}

static void check_step(const struct series *series, const struct rules *rules, const char *line,
                       const char *const files[])
{
    char verdict[32];
    size_t from = number(line, 0);
    size_t to = number(line, 1);
    column(line, 2, verdict, sizeof(verdict));
    AUTO_JSON struct json_object *before = NULL;
    AUTO_JSON struct json_object *after = NULL;
    bool readable = load(series, files[to], &after);
    if (strcmp(verdict, "unusable") == 0) {
        assert_false(readable);
        return;
    }
    assert_true(readable);
    assert_true(load(series, files[from], &before));
    struct found found;
    compare(rules, before, after, &found);
    bool event = strcmp(verdict, "event") == 0;
    if (found.event != event || (rules->items != NULL && (found.created != number(line, 3) ||
                                                          found.deleted != number(line, 4)))) {
        fail_msg("%s %zu to %zu: %s, %zu created, %zu deleted, but expected is %.60s", series->name,
                 from, to, found.event ? "event" : "quiet", found.created, found.deleted, line);
    }
}

static void a_recorded_series_gives_what_is_expected(void **state)
{
    const struct series *series = *state;
    static char names[VERSIONS_MAX][80];
    static const char *files[VERSIONS_MAX];
    AUTO_FREE char *index_path = str_printf("%s/series/%s/index.tsv", series->folder, series->name);
    AUTO_FREE char *expected_path =
        str_printf("%s/series/%s/expected.tsv", series->folder, series->name);
    CLEANUP(bytes_deinit) struct bytes index = corpus_read(index_path);
    CLEANUP(bytes_deinit) struct bytes expected = corpus_read(expected_path);
    for (const char *line = next_line(index.data); *line != '\0'; line = next_line(line)) {
        size_t n = number(line, 0);
        assert_true(n < VERSIONS_MAX);
        column(line, 1, names[n], sizeof(names[n]));
        files[n] = names[n];
    }
    CLEANUP(rules_deinit) struct rules rules;
    rules_init(&rules, series);
    size_t steps = 0;
    for (const char *line = next_line(expected.data); *line != '\0'; line = next_line(line)) {
        check_step(series, &rules, line, files);
        steps++;
    }
    assert_true(steps > 30);
}

// At version 7 the recorder lost `id` from every item: that is a lost key, not a storm of events.
static void a_lost_key_is_told_as_such(void **state)
{
    const struct series *series = *state;
    CLEANUP(rules_deinit) struct rules rules;
    rules_init(&rules, series);
    AUTO_JSON struct json_object *before = NULL;
    AUTO_JSON struct json_object *after = NULL;
    AUTO_JSON struct json_object *old = NULL;
    AUTO_JSON struct json_object *new = NULL;
    struct keyed_changes changes = { 0 };
    CLEANUP(problem_freep) struct problem *problem = NULL;
    assert_true(load(series, "0006_20250504T143905Z.json", &before));
    assert_true(load(series, "0007_20250504T145339Z.json", &after));
    assert_int_equal(expr_eval(rules.items, NULL, before, &old, NULL), 0);
    assert_int_equal(expr_eval(rules.items, NULL, after, &new, NULL), 0);
    assert_int_equal(keyed_diff(old, new, &rules.keyed, &changes, &problem), KEYED_E_MISSING);
    assert_string_equal(problem->message, "item 0 has no key at .id");
}

static struct series all_series[] = {
    { "usgs-all-hour",
      ".features",
      ".properties.url",
      NULL,
      { ".metadata.generated", ".metadata.count" } },
    { "usgs-significant-month",
      ".features",
      ".properties.url",
      NULL,
      { ".metadata.generated", ".metadata.count" } },
    { "owm-current-amsterdam",
      ".weather",
      ".id",
      NULL,
      { ".dt", ".base", ".cod", ".sys.id", ".sys.type" } },
    { "calfire-incidents-2023", ".", ".UniqueId", NULL, { NULL } },
    { "stoerungsauskunft-water", ".", ".id", ".lastUpdate", { NULL } },
    { "baywheels-system-alerts", ".data.alerts", ".alert_id", NULL, { ".last_updated", ".ttl" } },
    { "fpl-county-outages", ".outages", ".[\"County Name\"]", NULL, { NULL } },
    { "pge-outages-calm", ".", ".F_OUTAGE_ID", "..LAST_UPDATE", { NULL } },
    { "coindesk-btc",
      NULL,
      NULL,
      NULL,
      { ".time.updated", ".time.updatedISO", ".time.updateduk" } },
};
static struct series lost_key = { "usgs-all-hour", ".features", ".id", NULL, { NULL }, NULL };

int main(void)
{
    const char *folder = corpus_folder();
    if (folder == NULL) {
        return EXIT_SKIPPED;
    }
    struct CMUnitTest tests[ARRAY_LEN(all_series) + 1];
    for (size_t i = 0; i < ARRAY_LEN(all_series); i++) {
        all_series[i].folder = folder;
        tests[i] = (struct CMUnitTest){ .name = all_series[i].name,
                                        .test_func = a_recorded_series_gives_what_is_expected,
                                        .initial_state = &all_series[i] };
    }
    lost_key.folder = folder;
    tests[ARRAY_LEN(all_series)] =
        (struct CMUnitTest)cmocka_unit_test_prestate(a_lost_key_is_told_as_such, &lost_key);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
