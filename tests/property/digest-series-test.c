// Recorded answers of real APIs, poll by poll, through the whole digest. With a guard that believes
// everything: exactly what an independent differ found is told, under ids that hang together and
// with patches that are exact. With the usual guard: what is known to be a bad answer, and every
// list that lost too much, never becomes the base.

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "tests/unit/poll/support.h"

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/expr/expr.h"
#include "bridge/model/json.h"
#include "tests/property/apply.h"
#include "tests/property/corpus.h"
#include "tests/property/recording.h"

// One source for every list of the series, and one for what stands beside them.
struct sources {
    struct bench v[SERIES_COLLECTIONS_MAX + 1];
    char *texts[SERIES_COLLECTIONS_MAX]; // what the rules of the lists borrow
    size_t lists;
    size_t n;
};

static void sources_deinit(struct sources *sources)
{
    for (size_t i = 0; i < sources->n; i++) {
        bench_deinit(&sources->v[i]);
    }
    for (size_t i = 0; i < sources->lists; i++) {
        free(sources->texts[i]);
    }
}

static void add_list(struct sources *sources, const struct series_collection *collection,
                     double max_removed)
{
    size_t i = sources->lists++;
    sources->texts[i] = str_printf("%s[]", collection->items);
    struct rules_text rules = { .items = sources->texts[i], .max_removed = max_removed };
    memcpy(rules.key, collection->key, sizeof(collection->key));
    memcpy(rules.ignore, collection->ignore, sizeof(collection->ignore));
    bench_init(&sources->v[sources->n++], collection->items, &rules);
}

static void sources_init(struct sources *sources, const struct series *series, double max_removed)
{
    memset(sources, 0, sizeof(*sources));
    struct rules_text beside = { 0 };
    size_t n = 0;
    for (; n < ARRAY_LEN(series->ignore) && series->ignore[n]; n++) {
        beside.ignore[n] = series->ignore[n];
    }
    for (size_t i = 0; i < SERIES_COLLECTIONS_MAX && series->collections[i].items; i++) {
        add_list(sources, &series->collections[i], max_removed);
        assert_true(n < ARRAY_LEN(beside.ignore) - 1);
        beside.ignore[n++] = series->collections[i].items;
    }
    if (sources->lists == 0 || strcmp(series->collections[0].items, ".") != 0) {
        bench_init(&sources->v[sources->n++], series->name, &beside);
    }
}

// What all sources together told of one answer.
struct told {
    size_t created;
    size_t updated;
    size_t deleted;
    size_t documents;
    size_t failed; // sources for which it was no document
    size_t held;
};

static void check_patch(const struct event *event)
{
    AUTO_JSON struct json_object *body = support_body(event);
    struct json_object *data = json_object_object_get(body, "data");
    AUTO_JSON struct json_object *value = deep_copy(json_object_object_get(data, "before"));
    assert_true(apply_patch(&value, json_object_object_get(data, "patch")));
    assert_true(json_equal(value, json_object_object_get(data, "after")));
    assert_int_not_equal(json_object_array_length(json_object_object_get(data, "changes")), 0);
}

// Contiguous, each naming the one before.
static void check_event(const struct bench *bench, const struct event *event, size_t place)
{
    const char *previous = place == 0 ? bench->state.last_event_id : (event - 1)->id;
    assert_int_equal(event->sequence, bench->state.sequence + (int64_t)place + 1);
    assert_string_equal(event->previous_id, previous);
    assert_string_not_equal(event->id, previous);
}

static void count(const struct bench *bench, const struct digest_outcome *outcome,
                  struct told *told)
{
    told->failed += outcome->result == DIGEST_FAILED;
    told->held += outcome->result == DIGEST_HELD;
    for (size_t i = 0; i < outcome->events.n; i++) {
        const struct event *event = &outcome->events.v[i];
        check_event(bench, event, i);
        told->created += strcmp(event->type, EVENT_ITEM_CREATED) == 0;
        told->deleted += strcmp(event->type, EVENT_ITEM_DELETED) == 0;
        bool is_update = strcmp(event->type, EVENT_ITEM_UPDATED) == 0;
        bool is_document = strcmp(event->type, EVENT_DOCUMENT_CHANGED) == 0;
        told->updated += is_update;
        told->documents += is_document;
        if (is_update || is_document) {
            check_patch(event);
        }
    }
}

static void poll(struct bench *bench, const struct recording *recording, size_t version,
                 struct digest_outcome *ret)
{
    CLEANUP(bytes_deinit) struct bytes body = recording_read(recording, version);
    assert_int_equal(bench_digest_bytes(bench, body.data ? body.data : "", body.len, ret), 0);
}

static void poll_all(struct sources *sources, const struct recording *recording, size_t version,
                     struct told *ret)
{
    *ret = (struct told){ 0 };
    for (size_t i = 0; i < sources->n; i++) {
        AUTO_OUTCOME struct digest_outcome outcome = { 0 };
        poll(&sources->v[i], recording, version, &outcome);
        count(&sources->v[i], &outcome, ret);
        bench_commit(&sources->v[i], &outcome);
    }
}

static bool agrees(const struct series *series, const struct sources *sources,
                   const struct recording_step *step, const struct told *told)
{
    size_t events = told->created + told->updated + told->deleted + told->documents;
    if (!step->is_usable) {
        return told->failed == sources->n && events == 0;
    }
    if (told->failed > 0 || (events > 0) != step->is_event || told->created > step->added ||
        told->deleted > step->removed) {
        return false;
    }
    size_t inner = step->added - told->created + step->removed - told->deleted;
    if (inner > 0 && !series->has_inner_lists) {
        return false;
    }
    // Every item that was updated has at least one edit, and no edit is without its item.
    size_t edits = step->edits + inner;
    bool lists_alone = sources->lists == sources->n;
    return !lists_alone || (told->updated <= edits && (told->updated > 0) == (edits > 0));
}

static void check_told(const struct series *series, const struct sources *sources,
                       const struct recording_step *step, const struct told *told)
{
    if (!agrees(series, sources, step, told)) {
        fail_msg("version %zu to %zu: %zu created, %zu updated, %zu deleted, %zu documents, %zu "
                 "failed; expected: %s, %zu added, %zu removed, %zu edits",
                 step->from, step->to, told->created, told->updated, told->deleted, told->documents,
                 told->failed,
                 !step->is_usable ? "unusable"
                 : step->is_event ? "event"
                                  : "quiet",
                 step->added, step->removed, step->edits);
    }
}

static void what_is_told_is_what_an_independent_differ_found(void **state)
{
    const struct series *series = *state;
    CLEANUP(recording_close) struct recording recording;
    CLEANUP(sources_deinit) struct sources sources;
    struct told told;
    recording_open(&recording, corpus_folder(), series);
    sources_init(&sources, series, 1.0);
    poll_all(&sources, &recording, 1, &told);
    assert_int_equal(told.failed + told.created + told.documents, 0);
    struct recording_step step;
    size_t version = 1;
    for (const char *at = NULL; recording_next(&recording, &at, &step);) {
        assert_int_equal(step.to, ++version);
        poll_all(&sources, &recording, version, &told);
        check_told(series, &sources, &step, &told);
    }
    assert_int_equal(version, recording.n);
}

// ---- the guard ----

// The keys of a list, counted in the plainest way.
struct keys {
    char **v;
    size_t n;
};

static void keys_deinit(struct keys *keys)
{
    for (size_t i = 0; i < keys->n; i++) {
        free(keys->v[i]);
    }
    free(keys->v);
}

static void keys_of(const struct bench *bench, struct json_object *list, struct keys *ret)
{
    ret->n = json_object_array_length(list);
    ret->v = calloc(ret->n + 1, sizeof(*ret->v));
    assert_non_null(ret->v);
    for (size_t i = 0; i < ret->n; i++) {
        AUTO_JSON struct json_object *key = NULL;
        struct json_object *item = json_object_array_get_idx(list, i);
        assert_int_equal(expr_eval(bench->source.rules.key.v[0], NULL, item, &key, NULL), 0);
        ret->v[i] = strdup(json_object_to_json_string(key));
    }
}

static size_t count_missing(const struct keys *keys, const struct keys *from)
{
    size_t missing = 0;
    for (size_t i = 0; i < keys->n; i++) {
        size_t k = 0;
        while (k < from->n && strcmp(keys->v[i], from->v[k]) != 0) {
            k++;
        }
        missing += k == from->n;
    }
    return missing;
}

// The keys of the list in an answer; false when there is no such list.
static bool keys_of_answer(const struct bench *bench, const struct recording *recording,
                           size_t version, struct keys *ret)
{
    CLEANUP(bytes_deinit) struct bytes body = recording_read(recording, version);
    AUTO_JSON struct json_object *answer = NULL;
    AUTO_JSON struct json_object *list = NULL;
    const char *text = body.data ? body.data : "";
    bool found = json_read(&answer, text, body.len, NULL, NULL) == 0 &&
                 expr_eval_all(bench->source.rules.items, NULL, answer, &list, NULL) == 0;
    if (found) {
        keys_of(bench, list, ret);
    }
    return found;
}

static void keys_of_base(const struct bench *bench, struct keys *ret)
{
    AUTO_JSON struct json_object *list = NULL;
    const struct bytes *text = &bench->stored.document;
    assert_int_equal(json_read(&list, text->data, text->len, NULL, NULL), 0);
    keys_of(bench, list, ret);
}

static enum digest_result expected_result(const struct keys *base, size_t gone, bool is_list)
{
    if (!is_list) {
        return DIGEST_FAILED;
    }
    return gone > 1 && gone * 2 > base->n ? DIGEST_HELD : DIGEST_CHANGED;
}

// One poll under the usual guard: believed exactly when at most half of the base's items, or one
// alone, is gone; then every key that came or went is told. What is known as bad is not believed,
// but for an empty list after a single item: in these recordings that is how a thing ends.
static void check_guarded(struct bench *bench, const struct recording *recording, size_t version,
                          bool is_bad)
{
    CLEANUP(keys_deinit) struct keys base = { 0 };
    CLEANUP(keys_deinit) struct keys answer = { 0 };
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    struct told told = { 0 };
    keys_of_base(bench, &base);
    bool is_list = keys_of_answer(bench, recording, version, &answer);
    size_t gone = is_list ? count_missing(&base, &answer) : 0;
    size_t came = is_list ? count_missing(&answer, &base) : 0;
    enum digest_result expected = expected_result(&base, gone, is_list);
    poll(bench, recording, version, &outcome);
    count(bench, &outcome, &told);
    if (expected == DIGEST_CHANGED && outcome.result == DIGEST_UNCHANGED) {
        assert_int_equal(gone + came, 0);
    } else if (outcome.result != expected) {
        fail_msg("version %zu: %zu of %zu items gone, but the result is %d", version, gone, base.n,
                 (int)outcome.result);
    }
    bool believed = expected == DIGEST_CHANGED;
    assert_int_equal(told.created, believed ? came : 0);
    assert_int_equal(told.deleted, believed ? gone : 0);
    assert_int_equal(outcome.snapshot.document.data != NULL, outcome.result == DIGEST_CHANGED);
    assert_false(is_bad && believed && base.n > 1);
    bench_commit(bench, &outcome);
}

static bool is_known_as_bad(const struct bytes *failures, const char *series, const char *file)
{
    char text[128];
    for (const char *line = failures->data; *line != '\0'; line = tsv_next_line(line)) {
        tsv_column(line, 0, text, sizeof(text));
        bool is_same = strcmp(text, series) == 0;
        tsv_column(line, 1, text, sizeof(text));
        if (is_same && strcmp(text, file) == 0) {
            return true;
        }
    }
    return false;
}

static void a_bad_answer_never_becomes_the_base(void **state)
{
    const struct series *series = *state;
    CLEANUP(recording_close) struct recording recording;
    CLEANUP(sources_deinit) struct sources sources;
    AUTO_FREE char *path = str_printf("%s/failures/failures.tsv", corpus_folder());
    CLEANUP(bytes_deinit) struct bytes failures = corpus_read(path);
    struct told told;
    recording_open(&recording, corpus_folder(), series);
    sources_init(&sources, series, 0.5);
    poll_all(&sources, &recording, 1, &told);
    for (size_t version = 2; version <= recording.n; version++) {
        bool is_bad = is_known_as_bad(&failures, series->name, recording.names[version]);
        for (size_t i = 0; i < sources.lists; i++) {
            check_guarded(&sources.v[i], &recording, version, is_bad);
        }
    }
}

// Answers that are no document under these rules, recorded between good ones.
static void a_lost_list_key_or_body_fails_and_leaves_the_base(void **state)
{
    (void)state;
    static const struct {
        const char *series;
        const char *items;
        const char *key;
        size_t good;
        size_t bad;
        const char *code;
    } cases[] = {
        { "usgs-all-hour", ".features[]", ".id", 6, 7, "key_missing" },
        { "usgs-significant-month", ".features[]", ".id", 6, 7, "key_missing" },
        { "owm-current-amsterdam", ".weather[]", ".id", 1, 2, "json_syntax" },
        { "oslobysykkel-station-status", ".data.stations[]", ".station_id", 60, 61, "json_syntax" },
        { "cisa-kev", ".vulnerabilities[]", ".cveID", 23, 24, "json_syntax" },
        { "north-georgia-outages", ".Areas[]", ".County", 178, 179, "selector_failed" },
        { "north-georgia-outages", ".Areas[]", ".County", 178, 180, "key_missing" },
        { "north-georgia-outages", ".Areas[]", ".County", 183, 184, "selector_failed" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(recording_close) struct recording recording;
        AUTO_BENCH struct bench bench;
        AUTO_OUTCOME struct digest_outcome good = { 0 };
        AUTO_OUTCOME struct digest_outcome bad = { 0 };
        AUTO_OUTCOME struct digest_outcome again = { 0 };
        recording_open(&recording, corpus_folder(), series_find(cases[i].series));
        bench_init(&bench, cases[i].series,
                   &(struct rules_text){ .items = cases[i].items, .key = { cases[i].key } });
        poll(&bench, &recording, cases[i].good, &good);
        assert_int_equal(good.result, DIGEST_BASELINE);
        bench_commit(&bench, &good);
        poll(&bench, &recording, cases[i].bad, &bad);
        assert_int_equal(bad.result, DIGEST_FAILED);
        assert_string_equal(bad.code, cases[i].code);
        assert_null(bad.snapshot.document.data);
        bench_commit(&bench, &bad);
        poll(&bench, &recording, cases[i].good, &again);
        assert_int_equal(again.result, DIGEST_UNCHANGED);
    }
}

int main(void)
{
    if (corpus_folder() == NULL) {
        return EXIT_SKIPPED;
    }
    struct CMUnitTest tests[64] = { cmocka_unit_test(
        a_lost_list_key_or_body_fails_and_leaves_the_base) };
    static char guarded[64][64];
    size_t n = 1;
    for (size_t i = 0; i < all_series_count; i++) {
        void *series = (void *)(uintptr_t)&all_series[i];
        tests[n++] = (struct CMUnitTest){
            .name = all_series[i].name,
            .test_func = what_is_told_is_what_an_independent_differ_found,
            .initial_state = series,
        };
        (void)snprintf(guarded[i], sizeof(guarded[i]), "%s, guarded", all_series[i].name);
        tests[n++] = (struct CMUnitTest){
            .name = guarded[i],
            .test_func = a_bad_answer_never_becomes_the_base,
            .initial_state = series,
        };
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
