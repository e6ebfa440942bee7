// Recorded answers of real APIs, poll by poll, through the whole digest. With a guard that believes
// everything, exactly what an independent differ found is told.

#include "tests/property/replay.h"

#include "tests/property/corpus.h"

static bool agrees(const struct series *series, const struct replay *replay,
                   const struct recording_step *step, const struct told *told)
{
    size_t events = told->created + told->updated + told->deleted + told->documents;
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

static void what_is_told_is_what_an_independent_differ_found(void **state)
{
    const struct series *series = *state;
    CLEANUP(recording_close) struct recording recording;
    CLEANUP(replay_deinit) struct replay replay;
    struct told told;
    recording_open(&recording, corpus_folder(), series);
    replay_init(&replay, series, 1.0);
    replay_poll(&replay, &recording, 1, &told);
    assert_int_equal(told.failed + told.created + told.documents, 0);
    struct recording_step step;
    size_t version = 1;
    for (const char *at = NULL; recording_next(&recording, &at, &step);) {
        assert_int_equal(step.to, ++version);
        replay_poll(&replay, &recording, version, &told);
        check_told(series, &replay, &step, &told);
    }
    assert_int_equal(version, recording.n);
    replay_check(&replay);
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
