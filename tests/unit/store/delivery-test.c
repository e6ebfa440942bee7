// Which deliveries are due, what an attempt does to them, and what it costs to ask.
#include "tests/unit/store/support.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/store/database.h"
#include "bridge/store/delivery-due.h"

static const char *const ci_only[] = { "ci", NULL };
static const char *const two_sinks[] = { "ci", "chat", NULL };

// Six deliveries for "ci" with the ids 1 to 6 and the states a day of trouble leaves behind.
static void fill(struct fixture *f)
{
    struct poll_commit *commit = make_commit("a", NULL, 6, ci_only);
    commit->deliveries.v[4].state = DELIVERY_HELD;
    struct poll_commit *back;
    assert_int_equal(commit_wait_take(f, commit, &back), 0);
    assert_int_equal(back->deliveries.v[0].id, 1);
    poll_commit_free(back);
    assert_int_equal(settle_wait(f, 1, 1, DELIVERY_RETRYING, 300), 0);
    assert_int_equal(settle_wait(f, 2, 1, DELIVERY_DELIVERED, 0), 0);
    assert_int_equal(settle_wait(f, 3, 1, DELIVERY_RETRYING, 200), 0);
}

static void due_deliveries_are_the_oldest_whose_time_has_come(void **state)
{
    struct fixture *f = *state;
    fill(f);
    static const struct {
        const char *what;
        struct due_query query;
        const char *ids; // one digit each
        int64_t next_due_at_ms;
    } cases[] = {
        { "retries in the future wait", { "ci", 100, 0, 10 }, "46", 200 },
        { "a retry is due in its millisecond", { "ci", 200, 0, 10 }, "346", 300 },
        { "old retries stand before new ones", { "ci", 300, 0, 10 }, "1346", 0 },
        { "everything that waits", { "ci", INT64_MAX, 0, 10 }, "1346", 0 },
        { "no more than asked for", { "ci", 300, 0, 2 }, "13", 0 },
        { "on from the last one", { "ci", 300, 3, 10 }, "46", 0 },
        { "on from one that is not waiting", { "ci", 300, 5, 10 }, "6", 0 },
        { "the next one due may be an older one", { "ci", 100, 4, 10 }, "6", 200 },
        { "none asked for, only the time", { "ci", 100, 0, 0 }, "", 200 },
        { "behind the last", { "ci", 300, 6, 10 }, "", 0 },
        { "a sink without deliveries", { "chat", 300, 0, 10 }, "", 0 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct due due = due_wait(f, cases[i].query);
        char ids[16] = "";
        for (size_t j = 0; j < due.list.n && j < sizeof(ids) - 1; j++) {
            ids[j] = (char)('0' + due.list.v[j].id);
        }
        if (strcmp(ids, cases[i].ids) != 0 || due.next_due_at_ms != cases[i].next_due_at_ms) {
            fail_msg("%s: got %s, next %lld", cases[i].what, ids, (long long)due.next_due_at_ms);
        }
        assert_int_equal(due.result, 0);
        due_deinit(&due);
    }
}

static void a_delivery_comes_back_with_all_it_needs_to_be_sent(void **state)
{
    struct fixture *f = *state;
    struct poll_commit *commit = make_commit("a", NULL, 1, two_sinks);
    struct delivery *own = &commit->deliveries.v[1];
    own->encoded.own_body = true;
    assert_int_equal(bytes_dup(&own->encoded.body, "a\0b", 3), 0);
    assert_int_equal(headers_add(&own->encoded.headers, "X-Event", "push"), 0);
    assert_int_equal(headers_add(&own->encoded.headers, "X-Empty", ""), 0);
    free(own->lane);
    own->lane = NULL;
    assert_int_equal(commit_wait(f, commit, NULL), 0);
    assert_int_equal(settle_wait(f, 2, 1, DELIVERY_RETRYING, 50), 0);
    fixture_reopen(f);

    struct due due = due_wait(f, (struct due_query){ "chat", 50, 0, 10 });
    assert_int_equal(due.list.n, 1);
    const struct delivery *delivery = &due.list.v[0];
    char event_id[EVENT_ID_SIZE];
    make_event_id(event_id, "a", 1);
    assert_int_equal(delivery->id, 2);
    assert_string_equal(delivery->sink, "chat");
    assert_string_equal(delivery->event_id, event_id);
    assert_string_equal(delivery->event_type, EVENT_ITEM_UPDATED);
    assert_string_equal(delivery->source, "a");
    assert_null(delivery->lane);
    assert_int_equal(delivery->sequence, 1);
    assert_int_equal(delivery->event_at_ms, 1001);
    assert_int_equal(delivery->state, DELIVERY_RETRYING);
    assert_int_equal(delivery->attempts, 1);
    assert_int_equal(delivery->next_at_ms, 50);
    assert_true(delivery->encoded.own_body);
    assert_int_equal(delivery->encoded.body.len, 3);
    assert_memory_equal(delivery->encoded.body.data, "a\0b", 4);
    assert_int_equal(delivery->encoded.headers.n, 2);
    assert_string_equal(headers_get(&delivery->encoded.headers, "x-event"), "push");
    assert_string_equal(headers_get(&delivery->encoded.headers, "x-empty"), "");
    assert_null(delivery->encoded.error);
    due_deinit(&due);

    due = due_wait(f, (struct due_query){ "ci", 50, 0, 10 });
    assert_int_equal(due.list.n, 1);
    assert_string_equal(due.list.v[0].lane, "\"k1\"");
    assert_false(due.list.v[0].encoded.own_body);
    assert_string_equal(due.list.v[0].encoded.body.data, "{\"source\":\"a\",\"sequence\":1}");
    due_deinit(&due);
}

static void an_own_body_of_no_bytes_is_not_the_events(void **state)
{
    struct fixture *f = *state;
    struct poll_commit *commit = make_commit("a", NULL, 1, ci_only);
    commit->deliveries.v[0].encoded.own_body = true;
    assert_int_equal(commit_wait(f, commit, NULL), 0);
    struct due due = due_wait(f, (struct due_query){ "ci", 0, 0, 10 });
    assert_int_equal(due.list.n, 1);
    assert_true(due.list.v[0].encoded.own_body);
    assert_int_equal(due.list.v[0].encoded.body.len, 0);
    due_deinit(&due);
}

static void a_delivery_born_failed_is_kept_with_its_reason_and_never_due(void **state)
{
    struct fixture *f = *state;
    struct poll_commit *commit = make_commit("a", NULL, 1, ci_only);
    commit->deliveries.v[0].state = DELIVERY_FAILED;
    commit->deliveries.v[0].encoded.error = dup_text(".name: no such member");
    assert_int_equal(commit_wait(f, commit, NULL), 0);
    struct due due = due_wait(f, (struct due_query){ "ci", INT64_MAX, 0, 10 });
    assert_int_equal(due.list.n, 0);
    due_deinit(&due);
    assert_int_equal(query_file(f->path, "SELECT error = '.name: no such member' FROM encoded"), 1);
}

static void an_event_keeps_the_name_of_the_source_it_tells(void **state)
{
    struct fixture *f = *state;
    struct poll_commit *commit = make_commit("orders[eu]", NULL, 1, ci_only);
    free(commit->events.v[0].source);
    commit->events.v[0].source = dup_text("orders");
    assert_int_equal(commit_wait(f, commit, NULL), 0);
    struct due due = due_wait(f, (struct due_query){ "ci", 0, 0, 10 });
    assert_string_equal(due.list.v[0].source, "orders");
    due_deinit(&due);
}

static void every_attempt_is_kept(void **state)
{
    struct fixture *f = *state;
    fill(f);
    assert_int_equal(settle_wait(f, 1, 2, DELIVERY_FAILED, 0), 0);
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM attempt WHERE delivery_id = 1"), 2);
    assert_int_equal(query_file(f->path, "SELECT at_ms = 5000 AND duration_ms = 12 AND"
                                         " status = 500 AND error_code = 'http_status' AND"
                                         " response = CAST('oh no' AS BLOB) FROM attempt"
                                         " WHERE delivery_id = 1 AND number = 2"),
                     1);
    assert_int_equal(query_file(f->path, "SELECT attempts FROM delivery WHERE id = 1"), 2);
}

static void the_outcome_of_a_delivery_that_is_gone_is_passed_over(void **state)
{
    struct fixture *f = *state;
    fill(f);
    assert_int_equal(settle_wait(f, 4711, 1, DELIVERY_DELIVERED, 0), 0);
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM attempt WHERE delivery_id = 4711"),
                     0);
}

static void large_bodies_come_in_several_answers(void **state)
{
    struct fixture *f = *state;
    struct poll_commit *commit = make_commit("a", NULL, 5, ci_only);
    size_t len = DUE_BYTES_MAX / 2;
    for (size_t i = 0; i < 5; i++) {
        bytes_deinit(&commit->events.v[i].body);
        commit->events.v[i].body = (struct bytes){ calloc(1, len + 1), len };
        assert_non_null(commit->events.v[i].body.data);
    }
    assert_int_equal(commit_wait(f, commit, NULL), 0);
    int64_t last = 0;
    static const size_t expected[] = { 2, 2, 1 };
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        struct due due = due_wait(f, (struct due_query){ "ci", 9, last, 10 });
        assert_int_equal(due.list.n, expected[i]);
        assert_int_equal(due.next_due_at_ms, i < 2 ? 9 : 0); // 9: now, there are more
        last = due.list.v[due.list.n - 1].id;
        due_deinit(&due);
    }
}

static void depths_tell_what_waits_and_since_when(void **state)
{
    struct fixture *f = *state;
    fill(f);
    struct source_state none = { 0 };
    assert_int_equal(commit_wait(f, make_commit("b", &none, 2, two_sinks), NULL), 0);
    assert_int_equal(settle_wait(f, 8, 1, DELIVERY_DELIVERED, 0), 0);
    assert_int_equal(settle_wait(f, 10, 1, DELIVERY_FAILED, 0), 0);
    fixture_reopen(f);
    struct sink_depth *depths;
    size_t n;
    assert_int_equal(f->store->ops->load_depths(f->store, &depths, &n), 0);
    assert_int_equal(n, 2);
    assert_string_equal(depths[0].sink, "chat");
    assert_int_equal(depths[0].waiting, 0);
    assert_int_equal(depths[0].oldest_at_ms, 0);
    assert_string_equal(depths[1].sink, "ci");
    assert_int_equal(depths[1].waiting, 6); // 1 3 4 6 of a, both of b
    assert_int_equal(depths[1].held, 1);
    assert_int_equal(depths[1].oldest_at_ms, 1001); // of a retry that is older than all pending
    sink_depths_free(depths, n);
}

// The cost of asking, in steps of SQLite's machine: exact, whatever else the machine does.

static const char many_deliveries[] =
    "INSERT INTO source (id, name, version, sequence, has_snapshot, failing_told, held_told,"
    " last_poll_at_ms, last_success_at_ms, last_full_at_ms, failing_since_ms, failures)"
    " VALUES (1,'s',1,1,0,0,0,0,0,0,0,0);"
    "INSERT INTO sink (id, name) VALUES (1, 'ci');"
    "INSERT INTO event VALUES (1,'evt_1',1,NULL,1,'t',NULL,1,x'7b7d');";

struct spread {
    const char *what;
    const char *small; // SQL: a few thousand deliveries
    const char *large; // SQL: many more of the same kind
};

#define DELIVERIES(n, state, next)                                                                 \
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < " #n ")"             \
    " INSERT INTO delivery (id, event_id, sink_id, state, lane, attempts, next_at_ms) SELECT i, "  \
    "1, 1, " #state ", NULL, 0, " #next " FROM c;"

static int64_t steps_of_asking(struct fixture *f, const char *sql)
{
    fixture_close(f);
    exec_file(f->path, "DELETE FROM delivery; DELETE FROM event; DELETE FROM sink;"
                       "DELETE FROM source;");
    exec_file(f->path, many_deliveries);
    exec_file(f->path, sql);
    AUTO_DATABASE struct database db = { 0 };
    assert_int_equal(database_open(&db, f->path, DATABASE_READER), 0);
    const struct due_query query = { "ci", 1000000, 0, 100 };
    struct delivery_list list = { 0 };
    int64_t next;
    assert_int_equal(delivery_due_load(&db, &query, &list, &next), 0);
    assert_int_equal(list.n, 100);
    delivery_list_deinit(&list);
    int64_t steps = 0;
    for (int i = 0; i < STATEMENTS; i++) {
        if (db.statements[i]) {
            steps += sqlite3_stmt_status(db.statements[i], SQLITE_STMTSTATUS_VM_STEP, 0);
        }
    }
    return steps;
}

static void asking_costs_the_same_however_many_wait(void **state)
{
    static const struct spread spreads[] = {
        { "all pending", DELIVERIES(2000, 0, 0), DELIVERIES(60000, 0, 0) },
        { "all settled but the last", DELIVERIES(2000, (i <= 1900) * 3, 0),
          DELIVERIES(60000, (i <= 59900) * 3, 0) },
        { "all due retries", DELIVERIES(20000, 1, i), DELIVERIES(60000, 1, i) },
        { "retries due in the future, then pending ones",
          DELIVERIES(2000, i <= 1900, (i <= 1900) * (2000000 + i)),
          DELIVERIES(60000, i <= 59900, (i <= 59900) * (2000000 + i)) },
        { "few due retries behind many later ones",
          DELIVERIES(2000, 1, 1000000 - 100 * (i > 1900) + (i <= 1900)),
          DELIVERIES(60000, 1, 1000000 - 100 * (i > 59900) + (i <= 59900)) },
    };
    for (size_t i = 0; i < ARRAY_LEN(spreads); i++) {
        int64_t small = steps_of_asking(*state, spreads[i].small);
        int64_t large = steps_of_asking(*state, spreads[i].large);
        if (large > small + small / 5) {
            fail_msg("%s: %lld steps, then %lld", spreads[i].what, (long long)small,
                     (long long)large);
        }
    }
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        WITH_STORE(due_deliveries_are_the_oldest_whose_time_has_come),
        WITH_STORE(a_delivery_comes_back_with_all_it_needs_to_be_sent),
        WITH_STORE(an_own_body_of_no_bytes_is_not_the_events),
        WITH_STORE(a_delivery_born_failed_is_kept_with_its_reason_and_never_due),
        WITH_STORE(an_event_keeps_the_name_of_the_source_it_tells),
        WITH_STORE(every_attempt_is_kept),
        WITH_STORE(the_outcome_of_a_delivery_that_is_gone_is_passed_over),
        WITH_STORE(large_bodies_come_in_several_answers),
        WITH_STORE(depths_tell_what_waits_and_since_when),
        WITH_STORE(asking_costs_the_same_however_many_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
