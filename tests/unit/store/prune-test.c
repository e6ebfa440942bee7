// Retention takes what is old and settled, and nothing else.
#include "tests/unit/store/support.h"

#include <errno.h>
#include <stdlib.h>

static const char *const ci_only[] = { "ci", NULL };

// `n` events of a source, seen at 1001, 1002, …, each delivered.
static void fill_settled(struct fixture *f, size_t n)
{
    struct poll_commit *commit = make_commit("a", NULL, n, ci_only);
    for (size_t i = 0; i < n; i++) {
        commit->deliveries.v[i].state = DELIVERY_DELIVERED;
    }
    assert_int_equal(commit_wait(f, commit, NULL), 0);
}

static int64_t events_left(struct fixture *f)
{
    return query_file(f->path, "SELECT count(*) FROM event");
}

static void what_is_older_goes_with_its_deliveries_and_attempts(void **state)
{
    struct fixture *f = *state;
    fill_settled(f, 900); // several steps
    assert_int_equal(settle_wait(f, 1, 1, DELIVERY_DELIVERED, 0), 0);
    assert_int_equal(settle_wait(f, 850, 1, DELIVERY_DELIVERED, 0), 0);
    assert_int_equal(prune_wait(f, 1801, 0), 0);
    assert_int_equal(events_left(f), 100);
    assert_int_equal(query_file(f->path, "SELECT min(at_ms) FROM event"), 1801);
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM delivery"), 100);
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM attempt"), 1);
}

static void what_waits_or_is_held_stays_however_old(void **state)
{
    struct fixture *f = *state;
    struct poll_commit *commit = make_commit("a", NULL, 6, ci_only);
    static const enum delivery_state states[] = { DELIVERY_PENDING, DELIVERY_RETRYING,
                                                  DELIVERY_HELD,    DELIVERY_DELIVERED,
                                                  DELIVERY_FAILED,  DELIVERY_CANCELED };
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        commit->deliveries.v[i].state = states[i];
    }
    assert_int_equal(commit_wait(f, commit, NULL), 0);
    assert_int_equal(prune_wait(f, INT64_MAX, 1), 0);
    assert_int_equal(events_left(f), 3);
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM delivery WHERE state < 3"), 3);
}

static void an_event_stays_while_one_of_its_sinks_waits(void **state)
{
    struct fixture *f = *state;
    static const char *const two_sinks[] = { "ci", "chat", NULL };
    assert_int_equal(commit_wait(f, make_commit("a", NULL, 1, two_sinks), NULL), 0);
    assert_int_equal(settle_wait(f, 1, 1, DELIVERY_DELIVERED, 0), 0);
    assert_int_equal(prune_wait(f, INT64_MAX, 0), 0);
    assert_int_equal(events_left(f), 1);
    assert_int_equal(settle_wait(f, 2, 1, DELIVERY_FAILED, 0), 0);
    assert_int_equal(prune_wait(f, INT64_MAX, 0), 0);
    assert_int_equal(events_left(f), 0);
}

static void an_event_from_a_clock_that_was_ahead_does_not_protect_the_others(void **state)
{
    struct fixture *f = *state;
    struct poll_commit *commit = make_commit("a", NULL, 5, NULL);
    commit->events.v[0].at_ms = INT64_C(9000000000000);
    assert_int_equal(commit_wait(f, commit, NULL), 0);
    assert_int_equal(prune_wait(f, 2000, 0), 0);
    assert_int_equal(events_left(f), 1);
}

static void by_size_the_oldest_go_until_it_fits(void **state)
{
    struct fixture *f = *state;
    struct poll_commit *commit = make_commit("a", NULL, 3000, ci_only);
    for (size_t i = 0; i < 3000; i++) {
        commit->deliveries.v[i].state = i == 0 ? DELIVERY_PENDING : DELIVERY_DELIVERED;
        bytes_deinit(&commit->events.v[i].body);
        commit->events.v[i].body = (struct bytes){ calloc(1, 1001), 1000 };
        assert_non_null(commit->events.v[i].body.data);
    }
    assert_int_equal(commit_wait(f, commit, NULL), 0);
    const uint64_t limit = UINT64_C(2) << 20;
    assert_int_equal(prune_wait(f, 0, limit), 0);
    int64_t used = query_file(f->path, "SELECT (page_count - freelist_count) * page_size FROM"
                                       " pragma_page_count, pragma_freelist_count,"
                                       " pragma_page_size");
    assert_true(used <= (int64_t)limit);
    assert_true(used > (int64_t)limit / 2); // and no more than needed
    assert_int_equal(query_file(f->path, "SELECT at_ms FROM event WHERE id = 1"), 1001);
    int64_t left = events_left(f);
    assert_int_equal(query_file(f->path, "SELECT min(sequence) FROM event WHERE id > 1"),
                     3000 - left + 2);
    assert_int_equal(prune_wait(f, 0, limit), 0);
    assert_int_equal(events_left(f), left); // small enough already
}

static void without_limits_nothing_goes(void **state)
{
    struct fixture *f = *state;
    fill_settled(f, 10);
    assert_int_equal(prune_wait(f, 0, 0), 0);
    assert_int_equal(events_left(f), 10);
}

static void ids_of_what_was_pruned_are_not_used_again(void **state)
{
    struct fixture *f = *state;
    fill_settled(f, 10);
    assert_int_equal(prune_wait(f, INT64_MAX, 0), 0);
    assert_int_equal(events_left(f), 0);
    fixture_reopen(f);
    struct poll_commit *back;
    assert_int_equal(commit_wait_take(f, make_commit("b", NULL, 1, ci_only), &back), 0);
    assert_int_equal(back->deliveries.v[0].id, 11);
    poll_commit_free(back);
}

static void on_pruned(int result, void *userdata)
{
    *(int *)userdata = result;
}

static void closing_does_not_wait_for_a_long_prune(void **state)
{
    struct fixture *f = *state;
    fill_settled(f, 900);
    fixture_close(f);
    f->gap_ms = 100; // between its steps
    fixture_open(f);
    int result = 1;
    assert_int_equal(f->store->ops->prune(f->store, INT64_MAX, 0, on_pruned, &result), 0);
    fixture_close(f);
    assert_int_equal(result, -ECANCELED);
    assert_true(events_left(f) >= 500);
}

static void on_conflict(int result, struct poll_commit *take, void *userdata)
{
    assert_int_equal(result, STORE_E_CONFLICT);
    poll_commit_free(take);
    ++*(int *)userdata;
}

static void trouble_of_others_in_its_batches_does_not_stop_it(void **state)
{
    struct fixture *f = *state;
    fill_settled(f, 900);
    int result = 1;
    int conflicts = 0;
    assert_int_equal(f->store->ops->prune(f->store, 1801, 0, on_pruned, &result), 0);
    while (result == 1) {
        struct poll_commit *late = make_commit("a", NULL, 1, ci_only);
        assert_int_equal(f->store->ops->commit_poll(f->store, late, on_conflict, &conflicts), 0);
        fixture_loop(f);
    }
    fixture_reopen(f);
    assert_int_equal(result, 0);
    assert_true(conflicts > 0);
    assert_int_equal(events_left(f), 100);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        WITH_STORE(what_is_older_goes_with_its_deliveries_and_attempts),
        WITH_STORE(what_waits_or_is_held_stays_however_old),
        WITH_STORE(an_event_stays_while_one_of_its_sinks_waits),
        WITH_STORE(an_event_from_a_clock_that_was_ahead_does_not_protect_the_others),
        WITH_STORE(by_size_the_oldest_go_until_it_fits),
        WITH_STORE(without_limits_nothing_goes),
        WITH_STORE(ids_of_what_was_pruned_are_not_used_again),
        WITH_STORE(closing_does_not_wait_for_a_long_prune),
        WITH_STORE(trouble_of_others_in_its_batches_does_not_stop_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
