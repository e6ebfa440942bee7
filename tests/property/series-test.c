// Recorded answers of real APIs, step by step, against what an independent differ found in them:
// how many items came and went, and whether there was anything to tell at all.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/diff/fingerprint.h"
#include "bridge/diff/keyed.h"
#include "bridge/expr/expr.h"
#include "bridge/model/json.h"
#include "tests/property/corpus.h"
#include "tests/property/recording.h"

// One list of the document, with what is ignored in its items.
struct list_rules {
    struct expr *items;
    struct expr *key;
    struct patterns *ignore;
    struct keyed_rules keyed;
};

struct rules {
    struct list_rules lists[SERIES_COLLECTIONS_MAX];
    size_t n;
    struct patterns *beside; // ignored in the document: the lists too
};

static void rules_deinit(struct rules *rules)
{
    for (size_t i = 0; i < rules->n; i++) {
        expr_free(rules->lists[i].items);
        expr_free(rules->lists[i].key);
        patterns_free(rules->lists[i].ignore);
    }
    patterns_free(rules->beside);
}

static struct patterns *make_patterns(const char *const texts[], size_t n)
{
    struct patterns *patterns = NULL;
    assert_int_equal(patterns_new(&patterns, texts, n, NULL), 0);
    return patterns;
}

static void list_rules_init(struct list_rules *rules, const struct series_collection *collection)
{
    size_t n = 0;
    while (n < ARRAY_LEN(collection->ignore) && collection->ignore[n] != NULL) {
        n++;
    }
    rules->ignore = make_patterns(collection->ignore, n);
    assert_int_equal(expr_new(&rules->items, collection->items, NULL), 0);
    assert_int_equal(expr_new(&rules->key, collection->key[0], NULL), 0);
    rules->keyed = (struct keyed_rules){ .key = (const struct expr *const *)&rules->key,
                                         .key_count = 1,
                                         .ignore = rules->ignore };
}

static void rules_init(struct rules *rules, const struct series *series)
{
    *rules = (struct rules){ 0 };
    const char *beside[ARRAY_LEN(series->ignore) + SERIES_COLLECTIONS_MAX];
    size_t n = 0;
    for (; n < ARRAY_LEN(series->ignore) && series->ignore[n] != NULL; n++) {
        beside[n] = series->ignore[n];
    }
    for (; rules->n < SERIES_COLLECTIONS_MAX && series->collections[rules->n].items; rules->n++) {
        list_rules_init(&rules->lists[rules->n], &series->collections[rules->n]);
        beside[n++] = series->collections[rules->n].items;
    }
    rules->beside = make_patterns(beside, n);
}

// The version's document; false when it cannot be read.
static bool load(const struct recording *recording, size_t version, struct json_object **ret)
{
    CLEANUP(bytes_deinit) struct bytes text = recording_read(recording, version);
    return json_read(ret, text.data == NULL ? "" : text.data, text.len, NULL, NULL) == 0;
}

struct found {
    size_t created;
    size_t deleted;
    bool event;
};

static void compare_lists(const struct list_rules *rules, struct json_object *before,
                          struct json_object *after, struct found *ret)
{
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

static void check_step(const struct recording *recording, const struct rules *rules,
                       const struct recording_step *step)
{
    AUTO_JSON struct json_object *before = NULL;
    AUTO_JSON struct json_object *after = NULL;
    assert_int_equal(load(recording, step->to, &after), step->is_usable);
    if (!step->is_usable) {
        return;
    }
    assert_true(load(recording, step->from, &before));
    struct found found = { .event = !diff_equal(before, after, rules->beside) };
    for (size_t i = 0; i < rules->n; i++) {
        compare_lists(&rules->lists[i], before, after, &found);
    }
    if (found.event != step->is_event || found.created != step->added ||
        found.deleted != step->removed) {
        fail_msg("%zu to %zu: %s, %zu created, %zu deleted, but expected is %s, %zu, %zu",
                 step->from, step->to, found.event ? "event" : "quiet", found.created,
                 found.deleted, step->is_event ? "event" : "quiet", step->added, step->removed);
    }
}

static void a_recorded_series_gives_what_is_expected(void **state)
{
    const struct series *series = *state;
    CLEANUP(recording_close) struct recording recording;
    CLEANUP(rules_deinit) struct rules rules;
    recording_open(&recording, corpus_folder(), series);
    rules_init(&rules, series);
    struct recording_step step;
    size_t steps = 0;
    for (const char *at = NULL; recording_next(&recording, &at, &step);) {
        check_step(&recording, &rules, &step);
        steps++;
    }
    assert_true(steps > 30);
}

// At version 7 the recorder lost `id` from every item: that is a lost key, not a storm of events.
static void a_lost_key_is_told_as_such(void **state)
{
    (void)state;
    const struct series *series = series_find("usgs-all-hour");
    const struct series by_id = { "usgs-all-hour", { { ".features", { ".id" } } }, { NULL } };
    CLEANUP(recording_close) struct recording recording;
    CLEANUP(rules_deinit) struct rules rules;
    recording_open(&recording, corpus_folder(), series);
    rules_init(&rules, &by_id);
    AUTO_JSON struct json_object *before = NULL;
    AUTO_JSON struct json_object *after = NULL;
    AUTO_JSON struct json_object *old = NULL;
    AUTO_JSON struct json_object *new = NULL;
    struct keyed_changes changes = { 0 };
    CLEANUP(problem_freep) struct problem *problem = NULL;
    assert_true(load(&recording, 6, &before));
    assert_true(load(&recording, 7, &after));
    assert_int_equal(expr_eval(rules.lists[0].items, NULL, before, &old, NULL), 0);
    assert_int_equal(expr_eval(rules.lists[0].items, NULL, after, &new, NULL), 0);
    assert_int_equal(keyed_diff(old, new, &rules.lists[0].keyed, &changes, &problem),
                     KEYED_E_MISSING);
    assert_string_equal(problem->message, "item 0 has no key at .id");
}

int main(void)
{
    if (corpus_folder() == NULL) {
        return EXIT_SKIPPED;
    }
    struct CMUnitTest tests[64] = { cmocka_unit_test(a_lost_key_is_told_as_such) };
    size_t n = 1;
    for (size_t i = 0; i < all_series_count; i++) {
        // The archives are for the whole digest (digest-series-test.c): once is enough.
        if (!all_series[i].is_packed) {
            tests[n++] = (struct CMUnitTest){ .name = all_series[i].name,
                                              .test_func = a_recorded_series_gives_what_is_expected,
                                              .initial_state = (void *)(uintptr_t)&all_series[i] };
        }
    }
    return cmocka_run_group_tests(tests, NULL, NULL); // those without a function are left out
}
