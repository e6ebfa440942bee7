// Each step does what it says, keeps what was there, and happens wholly or not at all.
#include "tests/unit/store/support.h"

#include <stdlib.h>

#include "bridge/store/database.h"
#include "bridge/store/migrations.h"

struct file {
    struct fixture fixture; // for its folder
    struct database db;
};

static int setup(void **state)
{
    struct file *file = calloc(1, sizeof(*file));
    assert_non_null(file);
    fixture_init(&file->fixture);
    assert_int_equal(database_open(&file->db, file->fixture.path, DATABASE_WRITER), 0);
    assert_int_equal(database_configure(&file->db, DATABASE_WRITER), 0);
    *state = file;
    return 0;
}

static int teardown(void **state)
{
    struct file *file = *state;
    database_close(&file->db);
    fixture_deinit(&file->fixture);
    free(file);
    return 0;
}

static int64_t number(struct file *file, const char *sql)
{
    int64_t value;
    assert_int_equal(database_number(&file->db, sql, &value), 0);
    return value;
}

// What each step must make possible, and what of it must be there after every later one.
static const struct {
    const char *fill;  // works after the step
    const char *count; // gives 1 once filled
} proofs[] = {
    { "INSERT INTO source VALUES (1,'s',3,2,'evt_2',1,0,0,x'00',NULL,NULL,NULL,'e','l',1,2,3,4,5);"
      "INSERT INTO snapshot VALUES (1, x'0061', NULL, x'00');",
      "SELECT count(*) FROM source JOIN snapshot ON source_id = id"
      " WHERE name = 's' AND version = 3 AND failures = 5 AND document = x'0061'" },
    { "INSERT INTO event VALUES (7,'evt_1',1,NULL,1,'item.created','\"k\"',9,x'7b7d');",
      "SELECT count(*) FROM event WHERE public_id = 'evt_1' AND body = x'7b7d' AND at_ms = 9" },
    { "INSERT INTO sink (id, name) VALUES (1, 'ci');"
      "INSERT INTO delivery VALUES (5, 7, 1, 1, '\"k\"', 2, 300);"
      "INSERT INTO encoded VALUES (5, NULL, x'', x'61');"
      "INSERT INTO attempt VALUES (5, 1, 8, 9, 500, 'http_status', x'62');",
      "SELECT count(*) FROM delivery JOIN encoded e ON e.delivery_id = id JOIN attempt a"
      " ON a.delivery_id = id WHERE event_id = 7 AND next_at_ms = 300 AND a.status = 500" },
    { "INSERT INTO sink (id, name, failures) VALUES (2, 'ops', 3);", // those there are well
      "SELECT count(*) FROM sink a JOIN sink b ON a.id = 1 AND b.id = 2 WHERE a.failures = 0"
      " AND a.failing_since_ms + a.gone_at_ms + a.disabled_at_ms = 0 AND b.failures = 3" },
    { "INSERT INTO renewal VALUES ('crm', x'00', x'61');",
      "SELECT count(*) FROM renewal WHERE auth = 'crm' AND seed = x'00' AND value = x'61'" },
    { "INSERT INTO delivery VALUES (6, 7, 1, 4, NULL, 1, 0);",
      "SELECT (SELECT count(*) FROM event INDEXED BY event_by_source WHERE source_id = 1)"
      " AND (SELECT count(*) FROM delivery INDEXED BY delivery_by_sink WHERE sink_id = 1) = 2"
      " AND (SELECT count(*) FROM delivery INDEXED BY delivery_failed WHERE state = 4)" },
    // Of those there nothing waits.
    { "INSERT INTO source VALUES (2,'t',1,0,NULL,1,0,0,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,0,0,77,"
      "1); INSERT INTO snapshot VALUES (2, x'0061', NULL, x'00', x'62');",
      "SELECT count(*) FROM source a JOIN source b ON a.id = 1 AND b.id = 2"
      " JOIN snapshot s ON s.source_id = b.id WHERE a.noise_due_ms + a.noise_counts = 0"
      " AND b.noise_due_ms = 77 AND b.noise_counts = 1 AND s.noise = x'62'" },
    { "INSERT INTO recovery VALUES (1,'rcv_1','ci','','a\n','',4,1,2,3,0,4,5,6);"
      "INSERT INTO answer VALUES ('k', x'00', 202, x'7b7d', 7);",
      "SELECT count(*) FROM recovery JOIN answer ON key = 'k' WHERE public_id = 'rcv_1'"
      " AND finished_at_ms = 0 AND added = 6 AND body = x'7b7d'" },
    { "INSERT INTO managed_sink VALUES ('ops', '{}', 1, 2, 3);",
      "SELECT count(*) FROM managed_sink WHERE name = 'ops' AND settings = '{}'"
      " AND rotated_until_ms = 3" },
    { "UPDATE source SET rest_until_ms = 60, rest_by = 2 WHERE id = 1;",
      "SELECT count(*) FROM source WHERE rest_until_ms = 60 AND rest_by = 2 AND failures = 5" },
    { "UPDATE source SET stale_told = 1 WHERE id = 1;",
      "SELECT count(*) FROM source WHERE changed_at_ms = 0 AND stale_told = 1 AND rest_by = 2" },
    { "UPDATE source SET paused_at_ms = 77 WHERE id = 2;", // the other one is not
      "SELECT count(*) FROM source a JOIN source b ON a.id = 1 AND b.id = 2"
      " WHERE a.paused_at_ms = 0 AND b.paused_at_ms = 77" },
    { "UPDATE snapshot SET key = '.id' WHERE source_id = 2;",
      "SELECT count(*) FROM snapshot WHERE key = '.id'" },
    { "INSERT INTO suppression VALUES (1, 'when', '', 2, 3, 4, 'r', NULL);",
      "SELECT count(*) FROM suppression WHERE source_id = 1 AND times = 2" },
    { "UPDATE source SET left_at_ms = 9 WHERE id = 1;",
      "SELECT count(*) FROM source WHERE id = 1 AND left_at_ms = 9 AND failures = 5" },
    { "UPDATE delivery SET carries = 2 WHERE id = 6;",
      "SELECT count(*) FROM delivery WHERE id = 6 AND carries = 2 AND carried_by = 0" },
};

static void each_step_keeps_what_was_there_before(void **state)
{
    struct file *file = *state;
    assert_int_equal(store_migration_count, ARRAY_LEN(proofs)); // a new step needs a proof
    for (size_t i = 0; i < store_migration_count; i++) {
        assert_int_equal(store_migrations[i].version, i + 1);
        assert_int_equal(migrations_run(&file->db, store_migrations, i + 1), 0);
        assert_int_equal(number(file, "PRAGMA user_version"), i + 1);
        assert_int_equal(number(file, "PRAGMA application_id"), STORE_APPLICATION_ID);
        assert_int_equal(database_exec(&file->db, proofs[i].fill), 0);
        for (size_t j = 0; j <= i; j++) {
            assert_int_equal(number(file, proofs[j].count), 1);
        }
    }
    assert_int_equal(database_prepare_all(&file->db), 0);
}

static void a_second_run_does_nothing(void **state)
{
    struct file *file = *state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(migrations_run(&file->db, store_migrations, store_migration_count), 0);
        assert_int_equal(number(file, "PRAGMA user_version"), store_migration_count);
    }
}

static void a_step_that_fails_leaves_nothing_of_itself(void **state)
{
    struct file *file = *state;
    static const struct migration steps[] = {
        { 1, "good", "CREATE TABLE a (x); PRAGMA user_version = 1;" },
        { 2, "bad",
          "CREATE TABLE b (x); INSERT INTO a VALUES (1); CREATE TABLE a (x);"
          "PRAGMA user_version = 2;" },
        { 3, "never", "CREATE TABLE c (x); PRAGMA user_version = 3;" },
    };
    assert_true(migrations_run(&file->db, steps, ARRAY_LEN(steps)) < 0);
    assert_int_equal(number(file, "PRAGMA user_version"), 1);
    assert_int_equal(number(file, "SELECT count(*) FROM a"), 0);
    assert_int_equal(number(file, "SELECT count(*) FROM sqlite_schema"), 1);
}

static void a_step_that_forgets_its_number_is_a_failure(void **state)
{
    struct file *file = *state;
    static const struct migration step = { 1, "forgetful", "CREATE TABLE a (x);" };
    assert_true(migrations_run(&file->db, &step, 1) < 0);
    assert_int_equal(number(file, "SELECT count(*) FROM sqlite_schema"), 0);
}

int main(void)
{
#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_FILE(each_step_keeps_what_was_there_before),
        WITH_FILE(a_second_run_does_nothing),
        WITH_FILE(a_step_that_fails_leaves_nothing_of_itself),
        WITH_FILE(a_step_that_forgets_its_number_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
