// Recorded answers of real APIs, poll by poll, through the whole digest. With a guard that believes
// everything, exactly what an independent differ found is told.

#include "tests/property/replay.h"

#include <string.h>

#include <json-c/json.h>

#include "bridge/model/json.h"
#include "tests/property/corpus.h"
#include "tests/property/naive.h"

static size_t events_of(const struct told *told)
{
    return told->created + told->updated + told->deleted + told->documents;
}

static bool agrees(const struct series *series, const struct replay *replay,
                   const struct recording_step *step, const struct told *told)
{
    size_t events = events_of(told);
    if (!step->is_usable) {
        return told->failed == replay->n && events == 0;
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
    bool lists_alone = replay->lists == replay->n;
    return !lists_alone || (told->updated <= edits && (told->updated > 0) == (edits > 0));
}

static void check_told(const struct series *series, const struct replay *replay,
                       const struct recording_step *step, const struct told *told)
{
    if (!agrees(series, replay, step, told)) {
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

// What a naive differ would have told of the same answers; for tests/property/series-table.
struct naive {
    size_t texts;
    size_t places;
    struct bytes before; // the last answer
    struct json_object *document;
};

static void naive_deinit(struct naive *naive)
{
    bytes_deinit(&naive->before);
    (void)json_object_put(naive->document);
}

static void naive_take(struct naive *naive, const struct recording *recording, size_t version)
{
    CLEANUP(bytes_deinit) struct bytes body = recording_read(recording, version);
    struct json_object *document = NULL;
    bool differs = body.len != naive->before.len ||
                   memcmp(body.data ? body.data : "", naive->before.data ? naive->before.data : "",
                          body.len) != 0;
    naive->texts += version > 1 && differs;
    if (body.data && json_read(&document, body.data, body.len, NULL, NULL) == 0) {
        naive->places += version > 1 ? naive_changes(naive->document, document) : 0;
        (void)json_object_put(naive->document);
        naive->document = document;
    }
    bytes_deinit(&naive->before);
    naive->before = body;
    body = (struct bytes){ 0 };
}

static void what_is_told_is_what_an_independent_differ_found(void **state)
{
    const struct series *series = *state;
    CLEANUP(recording_close) struct recording recording;
    CLEANUP(replay_deinit) struct replay replay;
    struct told told;
    recording_open(&recording, corpus_folder(), series);
    replay_init(&replay, series, 1.0);
    CLEANUP(naive_deinit) struct naive naive = { 0 };
    size_t events = 0;
    naive_take(&naive, &recording, 1);
    replay_poll(&replay, &recording, 1, &told);
    assert_int_equal(told.failed + told.created + told.documents, 0);
    struct recording_step step;
    size_t version = 1;
    for (const char *at = NULL; recording_next(&recording, &at, &step);) {
        assert_int_equal(step.to, ++version);
        replay_poll(&replay, &recording, version, &told);
        check_told(series, &replay, &step, &told);
        naive_take(&naive, &recording, version);
        events += events_of(&told);
    }
    assert_int_equal(version, recording.n);
    replay_check(&replay);
    print_message("| %s | %zu | %zu | %zu | %zu |\n", series->name, version, naive.texts,
                  naive.places, events);
}

int main(void)
{
    if (corpus_folder() == NULL) {
        return EXIT_SKIPPED;
    }
    struct CMUnitTest tests[64] = { { 0 } };
    for (size_t i = 0; i < all_series_count; i++) {
        tests[i] = (struct CMUnitTest){
            .name = all_series[i].name,
            .test_func = what_is_told_is_what_an_independent_differ_found,
            .initial_state = (void *)(uintptr_t)&all_series[i],
        };
    }
    return cmocka_run_group_tests(tests, NULL, NULL); // those without a function are left out
}
