// Pages of what is stored: complete, in order, without repeats, and bounded in their work.
#include "tests/unit/store/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/str.h"
#include "bridge/spi/listing.h"
#include "bridge/store/database.h"

#define SEEN_MAX 2000

struct seen {
    int64_t ids[SEEN_MAX]; // of events and deliveries; of attempts delivery * 100 + number
    size_t n;
    size_t enough; // 0: never
};

static bool note(struct seen *seen, int64_t id)
{
    assert_true(seen->n < SEEN_MAX);
    seen->ids[seen->n++] = id;
    return seen->n != seen->enough;
}

static bool note_event(const struct event_row *row, void *userdata)
{
    assert_true(row->body_len > 0 && row->event_id && row->source && row->type);
    return note(userdata, row->id);
}

static bool note_delivery(const struct delivery_row *row, void *userdata)
{
    assert_true(row->sink && row->event_id && row->source && row->event_type);
    return note(userdata, row->id);
}

static bool note_attempt(const struct attempt_row *row, void *userdata)
{
    assert_true(row->sink && row->event_id && row->number > 0);
    return note(userdata, row->delivery_id * 100 + row->number);
}

static struct store_reader *open_reader(struct fixture *f)
{
    struct store_reader *reader = NULL;
    assert_int_equal(f->store->ops->reader_new(f->store, &reader), 0);
    return reader;
}

static void events(struct fixture *f, struct event_query query, struct seen *seen)
{
    struct store_reader *reader = open_reader(f);
    struct listing_end end = { 0 };
    query.limit = query.limit ? query.limit : 3;
    *seen = (struct seen){ 0 };
    do {
        size_t before = seen->n;
        assert_int_equal(f->store->ops->reader_events(reader, &query, note_event, seen, &end), 0);
        assert_true(seen->n - before <= query.limit);
        assert_true(end.done || seen->n > before); // these stores are small: no page is empty
        query.after = end.place;
    } while (!end.done);
    (void)f->store->ops->reader_free(reader);
}

static void deliveries(struct fixture *f, struct delivery_query query, struct seen *seen)
{
    struct store_reader *reader = open_reader(f);
    struct listing_end end = { 0 };
    query.limit = 3;
    *seen = (struct seen){ 0 };
    do {
        assert_int_equal(
            f->store->ops->reader_deliveries(reader, &query, note_delivery, seen, &end), 0);
        query.after = end.place;
    } while (!end.done);
    (void)f->store->ops->reader_free(reader);
}

static void attempts(struct fixture *f, struct delivery_query query, struct seen *seen)
{
    struct store_reader *reader = open_reader(f);
    struct listing_end end = { 0 };
    query.limit = 2;
    *seen = (struct seen){ 0 };
    do {
        size_t before = seen->n;
        assert_int_equal(f->store->ops->reader_attempts(reader, &query, note_attempt, seen, &end),
                         0);
        assert_true(seen->n - before <= query.limit);
        query.after = end.place;
    } while (!end.done);
    (void)f->store->ops->reader_free(reader);
}

static void expect(const struct seen *seen, const int64_t *ids, size_t n)
{
    assert_int_equal(seen->n, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(seen->ids[i], ids[i]);
    }
}
#define EXPECT(seen, ...)                                                                          \
    expect((seen), (const int64_t[]){ __VA_ARGS__ }, ARRAY_LEN(((const int64_t[]){ __VA_ARGS__ })))

// Events 1 to 4 of a, 5 to 7 of b, 8 to 10 of a again; each for the sinks of the list.
static void fill(struct fixture *f, const char *const sinks[])
{
    struct source_state a = { 0 };
    struct source_state b = { 0 };
    struct source_state end = { 0 };
    assert_int_equal(commit_wait(f, make_commit("a", &a, 4, sinks), &a), 0);
    assert_int_equal(commit_wait(f, make_commit("b", &b, 3, sinks), &b), 0);
    assert_int_equal(commit_wait(f, make_commit("a", &a, 3, sinks), &end), 0);
    source_state_deinit(&a);
    source_state_deinit(&b);
    source_state_deinit(&end);
}

static void pages_of_events_are_complete_and_in_order(void **state)
{
    struct fixture *f = *state;
    struct seen seen;
    events(f, (struct event_query){ 0 }, &seen);
    assert_int_equal(seen.n, 0);
    fill(f, NULL);
    events(f, (struct event_query){ 0 }, &seen);
    EXPECT(&seen, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1);
    events(f, (struct event_query){ .oldest_first = true }, &seen);
    EXPECT(&seen, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    events(f, (struct event_query){ .source = "a" }, &seen);
    EXPECT(&seen, 10, 9, 8, 4, 3, 2, 1);
    events(f, (struct event_query){ .source = "b", .oldest_first = true, .limit = 1 }, &seen);
    EXPECT(&seen, 5, 6, 7);
    events(f, (struct event_query){ .source = "none" }, &seen);
    assert_int_equal(seen.n, 0);
}

static void events_are_found_behind_a_sequence(void **state)
{
    struct fixture *f = *state;
    struct seen seen;
    fill(f, NULL);
    // a has the sequences 1 to 7.
    events(f, (struct event_query){ .source = "a", .after_sequence = 3, .oldest_first = true },
           &seen);
    EXPECT(&seen, 4, 8, 9, 10);
    events(f, (struct event_query){ .source = "a", .after_sequence = 4 }, &seen);
    EXPECT(&seen, 10, 9, 8);
    events(f, (struct event_query){ .source = "a", .after_sequence = 7 }, &seen);
    assert_int_equal(seen.n, 0);
    events(f, (struct event_query){ .source = "b", .after_sequence = 2, .oldest_first = true },
           &seen);
    EXPECT(&seen, 7);
}

static void events_are_found_by_time_type_and_id(void **state)
{
    struct fixture *f = *state;
    struct seen seen;
    fill(f, NULL);
    AUTO_DATABASE struct database db = { 0 };
    assert_int_equal(database_open(&db, f->path, DATABASE_WRITER), 0);
    assert_int_equal(database_exec(&db,
                                   "UPDATE event SET at_ms = 1000 * id;"
                                   "UPDATE event SET type = 'item.deleted' WHERE id IN (2, 9)"),
                     0);
    events(f, (struct event_query){ .since_ms = 4000, .until_ms = 7000 }, &seen);
    EXPECT(&seen, 6, 5, 4);
    events(f, (struct event_query){ .since_ms = 8500, .oldest_first = true }, &seen);
    EXPECT(&seen, 9, 10);
    events(f, (struct event_query){ .since_ms = 99000 }, &seen);
    assert_int_equal(seen.n, 0);
    events(f, (struct event_query){ .type = "item.del*" }, &seen);
    EXPECT(&seen, 9, 2);
    char id[EVENT_ID_SIZE];
    make_event_id(id, "b", 2);
    events(f, (struct event_query){ .event_id = id }, &seen);
    EXPECT(&seen, 6);
    events(f, (struct event_query){ .event_id = "evt_NONE" }, &seen);
    assert_int_equal(seen.n, 0);
}

static void a_page_ends_when_the_reader_has_enough(void **state)
{
    struct fixture *f = *state;
    fill(f, NULL);
    struct store_reader *reader = open_reader(f);
    struct seen seen = { .enough = 2 };
    struct listing_end end;
    const struct event_query query = { .limit = 250 };
    assert_int_equal(f->store->ops->reader_events(reader, &query, note_event, &seen, &end), 0);
    EXPECT(&seen, 10, 9);
    assert_int_equal(end.place.id, 9);
    assert_false(end.done);
    (void)f->store->ops->reader_free(reader);
}

static void deliveries_are_found_by_sink_state_and_event(void **state)
{
    struct fixture *f = *state;
    static const char *const sinks[] = { "x", "y", NULL };
    struct seen seen;
    fill(f, sinks); // 1 and 2 of event 1, 3 and 4 of event 2, …: odd ones are for x
    assert_int_equal(settle_wait(f, 1, 1, DELIVERY_DELIVERED, 0), 0);
    assert_int_equal(settle_wait(f, 3, 1, DELIVERY_FAILED, 0), 0);
    assert_int_equal(settle_wait(f, 4, 1, DELIVERY_FAILED, 0), 0);
    assert_int_equal(settle_wait(f, 6, 1, DELIVERY_RETRYING, INT64_MAX / 2), 0);
    deliveries(f, (struct delivery_query){ .state = -1 }, &seen);
    assert_int_equal(seen.n, 20);
    assert_int_equal(seen.ids[0], 20);
    deliveries(f, (struct delivery_query){ .sink = "x", .state = -1 }, &seen);
    EXPECT(&seen, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);
    deliveries(f, (struct delivery_query){ .state = DELIVERY_FAILED }, &seen);
    EXPECT(&seen, 4, 3);
    deliveries(f, (struct delivery_query){ .sink = "y", .state = DELIVERY_FAILED }, &seen);
    EXPECT(&seen, 4);
    deliveries(f, (struct delivery_query){ .state = DELIVERY_DELIVERED }, &seen);
    EXPECT(&seen, 1);
    deliveries(f, (struct delivery_query){ .sink = "y", .state = DELIVERY_RETRYING }, &seen);
    EXPECT(&seen, 6);
    deliveries(f, (struct delivery_query){ .sink = "y", .state = DELIVERY_PENDING }, &seen);
    EXPECT(&seen, 20, 18, 16, 14, 12, 10, 8, 2);
    deliveries(f, (struct delivery_query){ .state = DELIVERY_HELD }, &seen);
    assert_int_equal(seen.n, 0);
    deliveries(f, (struct delivery_query){ .id = 6, .state = -1 }, &seen);
    EXPECT(&seen, 6);
    deliveries(f, (struct delivery_query){ .sink = "none", .state = -1 }, &seen);
    assert_int_equal(seen.n, 0);
    char id[EVENT_ID_SIZE];
    make_event_id(id, "a", 2);
    deliveries(f, (struct delivery_query){ .event_id = id, .state = -1 }, &seen);
    EXPECT(&seen, 4, 3);
    deliveries(f, (struct delivery_query){ .event_id = id, .sink = "x", .state = -1 }, &seen);
    EXPECT(&seen, 3);
}

static void attempts_are_paged_also_within_a_delivery(void **state)
{
    struct fixture *f = *state;
    static const char *const sinks[] = { "x", "y", NULL };
    struct seen seen;
    fill(f, sinks);
    for (unsigned i = 1; i <= 5; i++) {
        assert_int_equal(settle_wait(f, 4, i, DELIVERY_RETRYING, 1000), 0);
    }
    assert_int_equal(settle_wait(f, 3, 1, DELIVERY_DELIVERED, 0), 0);
    assert_int_equal(settle_wait(f, 8, 1, DELIVERY_DELIVERED, 0), 0);
    attempts(f, (struct delivery_query){ 0 }, &seen);
    EXPECT(&seen, 801, 405, 404, 403, 402, 401, 301);
    attempts(f, (struct delivery_query){ .sink = "y" }, &seen);
    EXPECT(&seen, 801, 405, 404, 403, 402, 401);
    attempts(f, (struct delivery_query){ .id = 4 }, &seen);
    EXPECT(&seen, 405, 404, 403, 402, 401);
    char id[EVENT_ID_SIZE];
    make_event_id(id, "a", 2);
    attempts(f, (struct delivery_query){ .event_id = id }, &seen);
    EXPECT(&seen, 405, 404, 403, 402, 401, 301);
}

// With a filter that hardly anything fits a page ends early, and the next one goes on.
static void a_page_looks_at_so_many_rows(void **state)
{
    struct fixture *f = *state;
    AUTO_DATABASE struct database db = { 0 };
    fill(f, NULL);
    assert_int_equal(database_open(&db, f->path, DATABASE_WRITER), 0);
    assert_int_equal(
        database_exec(&db, "WITH RECURSIVE n (i) AS (SELECT 11 UNION ALL SELECT i + 1 FROM n"
                           "  WHERE i < 30000)"
                           " INSERT INTO event SELECT i, 'evt_' || i, 1, NULL, i, 'other', NULL, i,"
                           " x'7b7d' FROM n"),
        0);
    struct store_reader *reader = open_reader(f);
    struct seen seen = { 0 };
    struct listing_end end;
    struct event_query query = { .type = "item.*", .limit = 250 };
    assert_int_equal(f->store->ops->reader_events(reader, &query, note_event, &seen, &end), 0);
    assert_int_equal(seen.n, 0);
    assert_false(end.done);
    assert_int_equal(end.place.id, 10001);
    query.after = end.place;
    assert_int_equal(f->store->ops->reader_events(reader, &query, note_event, &seen, &end), 0);
    assert_int_equal(seen.n, 10);
    assert_true(end.done);
    (void)f->store->ops->reader_free(reader);
}

#define LISTING_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LISTING_TEST(pages_of_events_are_complete_and_in_order),
        LISTING_TEST(events_are_found_behind_a_sequence),
        LISTING_TEST(events_are_found_by_time_type_and_id),
        LISTING_TEST(a_page_ends_when_the_reader_has_enough),
        LISTING_TEST(deliveries_are_found_by_sink_state_and_event),
        LISTING_TEST(attempts_are_paged_also_within_a_delivery),
        LISTING_TEST(a_page_looks_at_so_many_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
