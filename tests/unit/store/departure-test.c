// What the store keeps of an instance that left, and for how long.
#include "tests/unit/store/support.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/base/cleanup.h"

static void depart(struct fixture *f, const char *source, int64_t left_at_ms, bool forget)
{
    struct departure_list list = { .v = calloc(1, sizeof(*list.v)), .n = 1 };
    assert_non_null(list.v);
    list.v[0] = (struct departure){
        .source = dup_text(source),
        .left_at_ms = left_at_ms,
        .forget = forget,
    };
    assert_int_equal(f->store->ops->depart(f->store, &list), 0);
    assert_null(list.v);                                              // taken
    assert_int_equal(prune_wait(f, 0, 0), 0); // it is through
}

static int64_t count(struct fixture *f, const char *sql)
{
    return query_file(f->path, sql);
}

// A source with a snapshot and so many events.
static void fill(struct fixture *f, const char *source, size_t events)
{
    assert_int_equal(commit_wait(f, make_commit(source, NULL, events, NULL), NULL), 0);
}

// One that begins anew at this version.
static struct poll_commit *begin(const char *source, int64_t version)
{
    struct poll_commit *commit = make_commit(source, NULL, 1, NULL);
    commit->expected_version = version;
    commit->state.version = version + 1;
    make_event_id(commit->events.v[0].id, source, version);
    memcpy(commit->state.last_event_id, commit->events.v[0].id, EVENT_ID_SIZE);
    return commit;
}

static void when_it_left_is_known_after_a_restart(void **state)
{
    struct fixture *f = *state;
    fill(f, "a{r=x}", 1);
    depart(f, "a{r=x}", 77, false);
    depart(f, "never{r=x}", 77, false); // nothing is known of it: nothing is kept
    fixture_reopen(f);
    CLEANUP(source_state_deinit) struct source_state left = stored_state(f, "a{r=x}");
    assert_int_equal(left.left_at_ms, 77);
    assert_int_equal(left.sequence, 1);
    assert_true(left.has_snapshot);
    depart(f, "a{r=x}", 0, false);
    fixture_reopen(f);
    CLEANUP(source_state_deinit) struct source_state back = stored_state(f, "a{r=x}");
    assert_int_equal(back.left_at_ms, 0);
    assert_int_equal(count(f, "SELECT count(*) FROM source"), 1);
}

static void a_forgotten_one_goes_with_its_last_event(void **state)
{
    struct fixture *f = *state;
    fill(f, "a{r=x}", 1);
    depart(f, "a{r=x}", 77, false);
    depart(f, "a{r=x}", 77, true);
    assert_int_equal(count(f, "SELECT count(*) FROM snapshot"), 0);
    CLEANUP(source_state_deinit) struct source_state reset = stored_state(f, "a{r=x}");
    assert_int_equal(reset.version, 0);
    assert_int_equal(reset.sequence, 0);
    assert_int_equal(reset.left_at_ms, 77); // so that the next start tries again
    assert_false(reset.has_snapshot);
    assert_null(reset.etag);
    assert_int_equal(prune_wait(f, INT64_MAX, 0), 0);
    depart(f, "a{r=x}", 77, true);
    assert_int_equal(count(f, "SELECT count(*) FROM source"), 0);
}

static void a_forgotten_one_begins_at_any_version(void **state)
{
    struct fixture *f = *state;
    fill(f, "a{r=x}", 1);
    depart(f, "a{r=x}", 77, true);
    assert_int_equal(commit_wait(f, begin("a{r=x}", 5000), NULL), 0);
    CLEANUP(source_state_deinit) struct source_state again = stored_state(f, "a{r=x}");
    assert_int_equal(again.version, 5001);
    assert_int_equal(again.sequence, 1);
    assert_int_equal(count(f, "SELECT count(*) FROM event"), 2);
    assert_int_equal(commit_wait(f, begin("a{r=x}", 9000), NULL), STORE_E_CONFLICT);
}

static void a_new_one_begins_at_any_version_and_may_be_noted_first(void **state)
{
    struct fixture *f = *state;
    struct source_notes notes = { .v = calloc(1, sizeof(*notes.v)), .n = 1 };
    assert_non_null(notes.v);
    notes.v[0] = (struct source_note){
        .source = dup_text("b{r=x}"),
        .state = { .version = 5000, .failures = 2 },
    };
    assert_int_equal(f->store->ops->note(f->store, &notes), 0);
    assert_int_equal(commit_wait(f, begin("a{r=x}", 6000), NULL), 0);
    CLEANUP(source_state_deinit) struct source_state noted = stored_state(f, "b{r=x}");
    assert_int_equal(noted.failures, 2);
    assert_int_equal(commit_wait(f, begin("b{r=x}", 4000), NULL), STORE_E_CONFLICT);
    assert_int_equal(commit_wait(f, begin("b{r=x}", 5000), NULL), 0);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        WITH_STORE(when_it_left_is_known_after_a_restart),
        WITH_STORE(a_forgotten_one_goes_with_its_last_event),
        WITH_STORE(a_forgotten_one_begins_at_any_version),
        WITH_STORE(a_new_one_begins_at_any_version_and_may_be_noted_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
