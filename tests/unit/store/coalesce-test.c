// Waiting updates of one item become one delivery: which may, what is kept, and that all or nothing
// happens.
#include "tests/unit/store/support.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/spi/coalescence.h"

static const char *const ci_only[] = { "ci", NULL };

// Updates of one item; their deliveries get the ids 1 to `n`.
static void fill(struct fixture *f, size_t n)
{
    struct poll_commit *commit = make_commit("a", NULL, n, ci_only);
    for (size_t i = 0; i < n; i++) {
        free(commit->events.v[i].type);
        commit->events.v[i].type = dup_text(EVENT_ITEM_UPDATED);
        free(commit->events.v[i].key);
        commit->events.v[i].key = dup_text("7");
        free(commit->deliveries.v[i].lane);
        commit->deliveries.v[i].lane = dup_text("7");
    }
    assert_int_equal(commit_wait(f, commit, NULL), 0);
}

static size_t look(struct fixture *f, size_t n, char first[EVENT_ID_SIZE], char last[EVENT_ID_SIZE])
{
    static const int64_t ids[] = { 1, 2, 3, 4, 5 };
    const struct store_ops *ops = f->store->ops;
    struct store_reader *reader = NULL;
    struct coalescible found = { 0 };
    assert_int_equal(ops->reader_new(f->store, &reader), 0);
    assert_int_equal(ops->reader_coalescible(reader, ids, n, &found), 0);
    size_t fitting = found.n;
    if (first && fitting > 1) {
        memcpy(first, found.oldest.id, EVENT_ID_SIZE);
        memcpy(last, found.newest.id, EVENT_ID_SIZE);
        assert_true(found.oldest.body.len > 0 && found.newest.body.len > 0);
    }
    coalescible_deinit(&found);
    (void)ops->reader_free(reader);
    return fitting;
}

static void on_done(int result, void *userdata)
{
    *(int *)userdata = result;
}

static int coalesce(struct fixture *f, size_t n)
{
    int result = -1000;
    struct coalescence made = { .ids = calloc(n, sizeof(int64_t)), .n = n };
    for (size_t i = 0; i < n; i++) {
        made.ids[i] = (int64_t)i + 1;
    }
    made.encoded.own_body = true;
    assert_int_equal(bytes_dup(&made.encoded.body, "all", 3), 0);
    assert_int_equal(f->store->ops->coalesce(f->store, &made, on_done, &result), 0);
    while (result == -1000) {
        fixture_loop(f);
    }
    return result;
}

static void the_newest_carries_all_with_bytes_of_its_own(void **state)
{
    struct fixture *f = *state;
    char first[EVENT_ID_SIZE];
    char last[EVENT_ID_SIZE];
    char wanted[EVENT_ID_SIZE];
    fill(f, 4);
    assert_int_equal(look(f, 3, first, last), 3);
    make_event_id(wanted, "a", 1);
    assert_string_equal(first, wanted);
    make_event_id(wanted, "a", 3);
    assert_string_equal(last, wanted);
    assert_int_equal(coalesce(f, 3), 0);

    struct due due = due_wait(f, (struct due_query){ "ci", INT64_MAX, 0, 10 });
    assert_int_equal(due.list.n, 2);
    assert_int_equal(due.list.v[0].id, 3);
    assert_string_equal(due.list.v[0].event_id, wanted);
    assert_int_equal(due.list.v[0].encoded.body.len, 3);
    assert_true(due.list.v[0].encoded.own_body);
    assert_int_equal(due.list.v[1].id, 4);
    due_deinit(&due);
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM delivery WHERE state = 5"
                                         " AND carried_by = 3 AND carries = 0"),
                     2);
    assert_int_equal(query_file(f->path, "SELECT carries FROM delivery WHERE id = 3"), 3);
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM event"), 4); // nothing is lost
    assert_int_equal(look(f, 4, NULL, NULL), 0); // canceled: its first does not wait any more
}

static void only_untried_updates_of_one_item_join(void **state)
{
    static const struct {
        const char *what;
        const char *change;
        size_t n;
    } cases[] = {
        { "all of them", "UPDATE delivery SET attempts = 0", 5 },
        { "one that was tried", "UPDATE delivery SET attempts = 1 WHERE id = 4", 3 },
        { "the first was tried", "UPDATE delivery SET attempts = 1 WHERE id = 1", 0 },
        { "one is held", "UPDATE delivery SET state = 2 WHERE id = 3", 2 },
        { "one carries others", "UPDATE delivery SET carries = 2 WHERE id = 2", 1 },
        { "a deletion between", "UPDATE event SET type = 'item.deleted' WHERE id = 3", 2 },
        { "another item", "UPDATE event SET key = '8' WHERE id = 4", 3 },
        { "another lane", "UPDATE delivery SET lane = '8' WHERE id = 5", 4 },
        { "one without bytes", "INSERT INTO encoded (delivery_id, error) VALUES (2, 'x')", 1 },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        fixture_open(&fixture);
        fill(&fixture, 5);
        exec_file(fixture.path, cases[i].change);
        size_t n = look(&fixture, 5, NULL, NULL);
        if (n != cases[i].n) {
            fail_msg("%s: %zu", cases[i].what, n);
        }
        fixture_close(&fixture);
        fixture_deinit(&fixture);
    }
}

static void one_that_was_tried_meanwhile_stops_all_of_it(void **state)
{
    struct fixture *f = *state;
    fill(f, 4);
    assert_int_equal(settle_wait(f, 2, 1, DELIVERY_DELIVERED, 0), 0);
    assert_int_equal(coalesce(f, 4), STORE_E_CONFLICT);
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM delivery WHERE state = 0"
                                         " AND carries = 0 AND carried_by = 0"),
                     3);
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM encoded"), 0);
}

static void what_is_told_by_another_does_not_keep_its_event(void **state)
{
    struct fixture *f = *state;
    fill(f, 3);
    assert_int_equal(coalesce(f, 3), 0);
    assert_int_equal(prune_wait(f, INT64_MAX, 0), 0);
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM event"), 1);
    assert_int_equal(settle_wait(f, 3, 1, DELIVERY_DELIVERED, 0), 0);
    assert_int_equal(prune_wait(f, INT64_MAX, 0), 0);
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM delivery"), 0);
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(the_newest_carries_all_with_bytes_of_its_own),
        cmocka_unit_test(only_untried_updates_of_one_item_join),
        STORE_TEST(one_that_was_tried_meanwhile_stops_all_of_it),
        STORE_TEST(what_is_told_by_another_does_not_keep_its_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
