// Recorded answers of real APIs under the usual guard: what is known to be a bad answer, and every
// list that lost too much, never becomes the base.

#include "tests/property/replay.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/str.h"
#include "bridge/expr/expr.h"
#include "bridge/model/json.h"
#include "tests/property/corpus.h"

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
    replay_digest(bench, recording, version, &outcome, &told);
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
    CLEANUP(replay_deinit) struct replay replay;
    AUTO_FREE char *path = str_printf("%s/failures/failures.tsv", corpus_folder());
    CLEANUP(bytes_deinit) struct bytes failures = corpus_read(path);
    struct told told;
    recording_open(&recording, corpus_folder(), series);
    replay_init(&replay, series, 0.5);
    replay_poll(&replay, &recording, 1, &told);
    for (size_t version = 2; version <= recording.n; version++) {
        bool is_bad = is_known_as_bad(&failures, series->name, recording.names[version]);
        for (size_t i = 0; i < replay.lists; i++) {
            check_guarded(&replay.v[i], &recording, version, is_bad);
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
        struct told told = { 0 };
        recording_open(&recording, corpus_folder(), series_find(cases[i].series));
        bench_init(&bench, cases[i].series,
                   &(struct rules_text){ .items = cases[i].items, .key = { cases[i].key } });
        replay_digest(&bench, &recording, cases[i].good, &good, &told);
        assert_int_equal(good.result, DIGEST_BASELINE);
        bench_commit(&bench, &good);
        replay_digest(&bench, &recording, cases[i].bad, &bad, &told);
        assert_int_equal(bad.result, DIGEST_FAILED);
        assert_string_equal(bad.code, cases[i].code);
        assert_null(bad.snapshot.document.data);
        bench_commit(&bench, &bad);
        replay_digest(&bench, &recording, cases[i].good, &again, &told);
        assert_int_equal(again.result, DIGEST_UNCHANGED);
    }
}

int main(void)
{
    if (corpus_folder() == NULL) {
        return EXIT_SKIPPED;
    }
    struct CMUnitTest tests[64] = {
        cmocka_unit_test(a_lost_list_key_or_body_fails_and_leaves_the_base),
    };
    size_t n = 1;
    for (size_t i = 0; i < all_series_count; i++) {
        tests[n++] = (struct CMUnitTest){
            .name = all_series[i].name,
            .test_func = a_bad_answer_never_becomes_the_base,
            .initial_state = (void *)(uintptr_t)&all_series[i],
        };
    }
    return cmocka_run_group_tests(tests, NULL, NULL); // those without a function are left out
}
