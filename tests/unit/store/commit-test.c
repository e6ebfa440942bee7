// A commit is all or nothing, survives, and never tells one event twice.
#include "tests/unit/store/support.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/str.h"

static const char *const two_sinks[] = { "ci", "chat", NULL };

static void assert_bytes(const struct bytes *bytes, const char *text)
{
    assert_int_equal(bytes->len, strlen(text));
    assert_memory_equal(bytes->data, text, bytes->len + 1);
}

// Every field with a value of its own, so that no two can be mixed up.
static void fill_state(struct source_state *state)
{
    state->failing_told = true;
    state->held_told = false;
    state->rules = (struct hash128){ 1, 2 };
    state->fingerprint = (struct hash128){ 3, UINT64_MAX };
    state->body_hash = (struct hash128){ UINT64_MAX, 4 };
    state->request = (struct hash128){ 5, 6 };
    state->etag = dup_text("W/\"\xc3\xa9\x80-1\""); // any bytes, given back as they came
    state->last_modified = dup_text("Thu, 01 Jan 2026 00:00:00 GMT");
    state->last_poll_at_ms = 11;
    state->last_success_at_ms = 12;
    state->last_full_at_ms = 13;
    state->failing_since_ms = 14;
    state->failures = 15;
    state->noise_due_ms = 16;
    state->noise_counts = true;
}

static void assert_same_noted(const struct source_state *a, const struct source_state *b)
{
    assert_int_equal(a->failing_told, b->failing_told);
    assert_int_equal(a->held_told, b->held_told);
    assert_true(hash128_eq(a->rules, b->rules));
    assert_true(hash128_eq(a->fingerprint, b->fingerprint));
    assert_true(hash128_eq(a->body_hash, b->body_hash));
    assert_true(hash128_eq(a->request, b->request));
    assert_true(str_eq(a->etag, b->etag));
    assert_true(str_eq(a->last_modified, b->last_modified));
    assert_int_equal(a->last_poll_at_ms, b->last_poll_at_ms);
    assert_int_equal(a->last_success_at_ms, b->last_success_at_ms);
    assert_int_equal(a->last_full_at_ms, b->last_full_at_ms);
    assert_int_equal(a->failing_since_ms, b->failing_since_ms);
    assert_int_equal(a->failures, b->failures);
}

static void assert_same_state(const struct source_state *a, const struct source_state *b)
{
    assert_same_noted(a, b);
    assert_int_equal(a->id, b->id);
    assert_int_equal(a->version, b->version);
    assert_int_equal(a->sequence, b->sequence);
    assert_string_equal(a->last_event_id, b->last_event_id);
    assert_int_equal(a->has_snapshot, b->has_snapshot);
    assert_int_equal(a->noise_due_ms, b->noise_due_ms);
    assert_int_equal(a->noise_counts, b->noise_counts);
}

static void everything_of_a_commit_is_there_after_a_restart(void **state)
{
    struct fixture *f = *state;
    struct poll_commit *commit = make_commit("orders", NULL, 2, two_sinks);
    fill_state(&commit->state);
    struct source_state after;
    assert_int_equal(commit_wait(f, commit, &after), 0);
    assert_true(after.id > 0);
    fixture_reopen(f);

    struct source_state stored = stored_state(f, "orders");
    assert_same_state(&stored, &after);
    assert_int_equal(stored.sequence, 2);
    source_state_deinit(&stored);
    source_state_deinit(&after);

    struct snapshot snapshot = stored_snapshot(f, "orders");
    assert_bytes(&snapshot.document, "{\"version\":1}");
    assert_bytes(&snapshot.raw, " raw ");
    assert_bytes(&snapshot.noise, " noise ");
    assert_string_equal(snapshot.key, ".id");
    assert_true(hash128_eq(snapshot.rules, (struct hash128){ 7, 8 }));
    snapshot_deinit(&snapshot);

    struct due due = due_wait(f, (struct due_query){ .sink = "chat", .limit = 10 });
    assert_int_equal(due.list.n, 2);
    assert_bytes(&due.list.v[1].encoded.body, "{\"source\":\"orders\",\"sequence\":2}");
    due_deinit(&due);
}

static void a_commit_comes_back_with_the_ids_and_bodies_of_its_deliveries(void **state)
{
    struct fixture *f = *state;
    struct poll_commit *commit;
    assert_int_equal(commit_wait_take(f, make_commit("a", NULL, 3, two_sinks), &commit), 0);
    assert_int_equal(commit->deliveries.n, 6);
    for (size_t i = 0; i < commit->deliveries.n; i++) {
        const struct delivery *delivery = &commit->deliveries.v[i];
        assert_int_equal(delivery->id, commit->deliveries.v[0].id + (int64_t)i);
        assert_bytes(&delivery->encoded.body, commit->events.v[i / 2].body.data);
        assert_false(delivery->encoded.own_body);
    }
    poll_commit_free(commit);
}

static void a_version_that_is_not_the_stored_one_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct source_state first;
    assert_int_equal(commit_wait(f, make_commit("a", NULL, 1, two_sinks), &first), 0);
    struct source_state second;
    assert_int_equal(commit_wait(f, make_commit("a", &first, 1, two_sinks), &second), 0);

    struct poll_commit *late;
    assert_int_equal(commit_wait_take(f, make_commit("a", &first, 1, two_sinks), &late),
                     STORE_E_CONFLICT);
    assert_int_equal(late->deliveries.v[0].id, 0);
    poll_commit_free(late);
    assert_int_equal(commit_wait(f, make_commit("a", NULL, 1, NULL), NULL), STORE_E_CONFLICT);

    struct source_state stored = stored_state(f, "a");
    assert_same_state(&stored, &second);
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM event"), 2);
    source_state_deinit(&first);
    source_state_deinit(&second);
    source_state_deinit(&stored);
}

static void an_event_that_was_told_is_not_told_again(void **state)
{
    struct fixture *f = *state;
    struct source_state first;
    assert_int_equal(commit_wait(f, make_commit("a", NULL, 1, two_sinks), &first), 0);
    struct poll_commit *again = make_commit("a", &first, 2, two_sinks);
    make_event_id(again->events.v[1].id, "a", 1);
    memcpy(again->deliveries.v[2].event_id, again->events.v[1].id, EVENT_ID_SIZE);
    memcpy(again->deliveries.v[3].event_id, again->events.v[1].id, EVENT_ID_SIZE);
    assert_int_equal(commit_wait(f, again, NULL), STORE_E_CONFLICT);

    // Nothing of it, also not what was written before the event that exists already.
    struct source_state stored = stored_state(f, "a");
    assert_int_equal(stored.version, 1);
    struct snapshot snapshot = stored_snapshot(f, "a");
    assert_bytes(&snapshot.document, "{\"version\":1}");
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM delivery"), 2);
    snapshot_deinit(&snapshot);
    source_state_deinit(&stored);
    source_state_deinit(&first);
}

static void break_gap(struct poll_commit *commit)
{
    commit->events.v[1].sequence++;
    commit->state.sequence++;
}
static void break_start(struct poll_commit *commit)
{
    commit->events.v[0].sequence = 0;
}
static void break_end(struct poll_commit *commit)
{
    commit->state.sequence--;
}
static void break_version(struct poll_commit *commit)
{
    commit->state.version++;
}
static void break_delivery(struct poll_commit *commit)
{
    make_event_id(commit->deliveries.v[3].event_id, "elsewhere", 1);
}

static void a_commit_that_contradicts_itself_is_not_stored(void **state)
{
    struct fixture *f = *state;
    void (*const breaks[])(struct poll_commit *) = { break_gap, break_start, break_end,
                                                     break_version, break_delivery };
    for (size_t i = 0; i < ARRAY_LEN(breaks); i++) {
        struct poll_commit *commit = make_commit("a", NULL, 2, two_sinks);
        breaks[i](commit);
        struct poll_commit *back;
        assert_int_equal(commit_wait_take(f, commit, &back), -EINVAL);
        assert_int_equal(back->state.id, 0);
        poll_commit_free(back);
        assert_int_equal(query_file(f->path, "SELECT count(*) FROM source"), 0);
        assert_int_equal(query_file(f->path, "SELECT count(*) FROM delivery"), 0);
    }
}

static void without_a_document_the_stored_snapshot_stays(void **state)
{
    struct fixture *f = *state;
    struct source_state first;
    assert_int_equal(commit_wait(f, make_commit("a", NULL, 0, NULL), &first), 0);
    struct poll_commit *failing = make_commit("a", &first, 1, NULL);
    snapshot_deinit(&failing->snapshot);
    assert_int_equal(commit_wait(f, failing, NULL), 0);
    struct snapshot snapshot = stored_snapshot(f, "a");
    assert_bytes(&snapshot.document, "{\"version\":1}");
    snapshot_deinit(&snapshot);

    snapshot = stored_snapshot(f, "unknown");
    assert_null(snapshot.document.data);
    assert_null(snapshot.raw.data);
    source_state_deinit(&first);
}

static void a_large_document_and_one_without_raw_come_back_as_they_were(void **state)
{
    struct fixture *f = *state;
    struct poll_commit *commit = make_commit("a", NULL, 0, NULL);
    bytes_deinit(&commit->snapshot.document);
    bytes_deinit(&commit->snapshot.raw);
    size_t len = (size_t)3 << 20;
    char *document = malloc(len + 1);
    assert_non_null(document);
    for (size_t i = 0; i < len; i++) {
        document[i] = (char)('a' + (i * i / 7) % 26);
    }
    document[len] = '\0';
    commit->snapshot.document = (struct bytes){ document, len };
    struct poll_commit *back;
    assert_int_equal(commit_wait_take(f, commit, &back), 0);
    struct snapshot snapshot = stored_snapshot(f, "a");
    assert_int_equal(snapshot.document.len, len);
    assert_memory_equal(snapshot.document.data, back->snapshot.document.data, len + 1);
    assert_null(snapshot.raw.data);
    snapshot_deinit(&snapshot);
    poll_commit_free(back);
}

static void raw_that_is_the_document_is_stored_once(void **state)
{
    struct fixture *f = *state;
    struct poll_commit *commit = make_commit("a", NULL, 0, NULL);
    bytes_deinit(&commit->snapshot.raw);
    assert_int_equal(bytes_dup(&commit->snapshot.raw, commit->snapshot.document.data,
                               commit->snapshot.document.len),
                     0);
    assert_int_equal(commit_wait(f, commit, NULL), 0);
    assert_int_equal(query_file(f->path, "SELECT length(raw) FROM snapshot"), 0);
    struct snapshot snapshot = stored_snapshot(f, "a");
    assert_bytes(&snapshot.document, "{\"version\":1}");
    assert_bytes(&snapshot.raw, "{\"version\":1}");
    snapshot_deinit(&snapshot);
}

static void a_source_is_found_by_its_name_when_its_id_is_unknown_or_wrong(void **state)
{
    struct fixture *f = *state;
    struct source_state a;
    struct source_state b;
    assert_int_equal(commit_wait(f, make_commit("a", NULL, 0, NULL), &a), 0);
    assert_int_equal(commit_wait(f, make_commit("b", NULL, 0, NULL), &b), 0);
    const int64_t wrong_ids[] = { 0, a.id, 999 };
    for (size_t i = 0; i < ARRAY_LEN(wrong_ids); i++) {
        struct poll_commit *commit = make_commit("b", &b, 0, NULL);
        commit->state.id = wrong_ids[i];
        int64_t id = b.id;
        source_state_deinit(&b);
        assert_int_equal(commit_wait(f, commit, &b), 0);
        assert_int_equal(b.id, id);
    }
    struct source_state untouched = stored_state(f, "a");
    assert_int_equal(untouched.version, 1);
    source_state_deinit(&untouched);
    source_state_deinit(&a);
    source_state_deinit(&b);
}

static void states_come_sorted_by_name(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = { "b", "a.b", "a", "A", "a-b" };
    static const char *const sorted[] = { "A", "a", "a-b", "a.b", "b" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_int_equal(commit_wait(f, make_commit(names[i], NULL, 0, NULL), NULL), 0);
    }
    struct source_notes notes;
    assert_int_equal(f->store->ops->load_states(f->store, &notes), 0);
    assert_int_equal(notes.n, ARRAY_LEN(sorted));
    for (size_t i = 0; i < notes.n; i++) {
        assert_string_equal(notes.v[i].source, sorted[i]);
    }
    source_notes_deinit(&notes);
}

static void put_note(struct fixture *f, const char *source, const struct source_state *base)
{
    struct source_notes notes = { calloc(1, sizeof(struct source_note)), 1 };
    assert_non_null(notes.v);
    notes.v[0].source = dup_text(source);
    notes.v[0].state = *base;
    notes.v[0].state.etag = NULL;
    notes.v[0].state.last_modified = NULL;
    fill_state(&notes.v[0].state);
    assert_int_equal(f->store->ops->note(f->store, &notes), 0);
    assert_null(notes.v);
    // Calls keep their order: when this is answered the note is written.
    struct due due = due_wait(f, (struct due_query){ .sink = "none", .limit = 1 });
    due_deinit(&due);
}

static void a_note_leaves_what_belongs_to_the_base(void **state)
{
    struct fixture *f = *state;
    struct source_state first;
    assert_int_equal(commit_wait(f, make_commit("a", NULL, 2, NULL), &first), 0);
    struct source_state wrong = { .id = first.id, .version = 1, .sequence = 77 };
    put_note(f, "a", &wrong);

    struct source_state expected = { 0 };
    fill_state(&expected);
    struct source_state stored = stored_state(f, "a");
    assert_same_noted(&stored, &expected);
    assert_int_equal(stored.sequence, 2);
    assert_string_equal(stored.last_event_id, first.last_event_id);
    assert_true(stored.has_snapshot);
    source_state_deinit(&stored);
    source_state_deinit(&expected);
    source_state_deinit(&first);
}

static void a_note_of_another_version_is_passed_over(void **state)
{
    struct fixture *f = *state;
    struct source_state first;
    struct source_state second;
    assert_int_equal(commit_wait(f, make_commit("a", NULL, 0, NULL), &first), 0);
    assert_int_equal(commit_wait(f, make_commit("a", &first, 0, NULL), &second), 0);
    put_note(f, "a", &first);
    struct source_state stored = stored_state(f, "a");
    assert_same_state(&stored, &second);
    source_state_deinit(&stored);
    source_state_deinit(&first);
    source_state_deinit(&second);
}

static void a_source_that_never_answered_is_noted_and_commits_later(void **state)
{
    struct fixture *f = *state;
    const struct source_state none = { 0 };
    put_note(f, "new", &none);
    put_note(f, "new", &none);
    struct source_state stored = stored_state(f, "new");
    assert_int_equal(stored.version, 0);
    assert_int_equal(stored.failures, 15);
    struct poll_commit *commit = make_commit("new", &none, 0, NULL);
    struct source_state after;
    assert_int_equal(commit_wait(f, commit, &after), 0);
    assert_int_equal(after.id, stored.id);
    source_state_deinit(&after);
    source_state_deinit(&stored);
}

static void on_paused(int result, void *userdata)
{
    assert_int_equal(result, 0);
    *(bool *)userdata = true;
}

static void pause_wait(struct fixture *f, const char *source, int64_t at_ms)
{
    bool done = false;
    assert_int_equal(f->store->ops->source_pause(f->store, source, at_ms, on_paused, &done), 0);
    while (!done) {
        fixture_loop(f);
    }
}

static int64_t paused_at_ms(struct fixture *f, const char *source)
{
    CLEANUP(source_state_deinit) struct source_state stored = stored_state(f, source);
    return stored.paused_at_ms;
}

static void a_pause_belongs_to_no_poll(void **state)
{
    struct fixture *f = *state;
    static const struct source_state none;
    CLEANUP(source_state_deinit) struct source_state after = { 0 };
    pause_wait(f, "a", 77); // never polled
    assert_int_equal(commit_wait(f, make_commit("a", &none, 1, NULL), &after), 0);
    put_note(f, "a", &after);
    fixture_reopen(f);
    assert_int_equal(paused_at_ms(f, "a"), 77);
    pause_wait(f, "a", 0);
    assert_int_equal(paused_at_ms(f, "a"), 0);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        WITH_STORE(everything_of_a_commit_is_there_after_a_restart),
        WITH_STORE(a_commit_comes_back_with_the_ids_and_bodies_of_its_deliveries),
        WITH_STORE(a_version_that_is_not_the_stored_one_changes_nothing),
        WITH_STORE(an_event_that_was_told_is_not_told_again),
        WITH_STORE(a_commit_that_contradicts_itself_is_not_stored),
        WITH_STORE(without_a_document_the_stored_snapshot_stays),
        WITH_STORE(a_large_document_and_one_without_raw_come_back_as_they_were),
        WITH_STORE(raw_that_is_the_document_is_stored_once),
        WITH_STORE(a_source_is_found_by_its_name_when_its_id_is_unknown_or_wrong),
        WITH_STORE(states_come_sorted_by_name),
        WITH_STORE(a_note_leaves_what_belongs_to_the_base),
        WITH_STORE(a_note_of_another_version_is_passed_over),
        WITH_STORE(a_source_that_never_answered_is_noted_and_commits_later),
        WITH_STORE(a_pause_belongs_to_no_poll),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
