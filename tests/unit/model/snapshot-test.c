// What is remembered of a source: copies stand on their own, and everything is freed.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/model/snapshot.h"

static void a_copied_state_outlives_its_original(void **state)
{
    (void)state;
    CLEANUP(source_state_deinit) struct source_state copy = { 0 };
    {
        CLEANUP(source_state_deinit)
        struct source_state original = {
            .id = 5,
            .version = 7,
            .sequence = 9,
            .last_event_id = "evt_X",
            .has_snapshot = true,
            .held_told = true,
            .fingerprint = { .low = 1, .high = 2 },
            .etag = strdup("W/\"a\""),
            .last_modified = strdup("Thu, 01 Jan 2026 00:00:00 GMT"),
            .failures = 3,
        };
        assert_int_equal(source_state_copy(&copy, &original), 0);
        assert_ptr_not_equal(copy.etag, original.etag);
    }
    assert_string_equal(copy.etag, "W/\"a\"");
    assert_string_equal(copy.last_modified, "Thu, 01 Jan 2026 00:00:00 GMT");
    assert_string_equal(copy.last_event_id, "evt_X");
    assert_int_equal(copy.version, 7);
    assert_int_equal(copy.sequence, 9);
    assert_int_equal(copy.failures, 3);
    assert_true(copy.has_snapshot && copy.held_told && !copy.failing_told);
    assert_true(hash128_eq(copy.fingerprint, (struct hash128){ .low = 1, .high = 2 }));
}

static void absent_validators_stay_absent(void **state)
{
    (void)state;
    const struct source_state original = { .etag = NULL };
    CLEANUP(source_state_deinit) struct source_state copy = { 0 };
    assert_int_equal(source_state_copy(&copy, &original), 0);
    assert_null(copy.etag);
    assert_null(copy.last_modified);
}

static void what_is_freed_is_empty_and_may_be_freed_again(void **state)
{
    (void)state;
    struct snapshot snapshot = { .rules = { .low = 1 } };
    assert_int_equal(bytes_dup(&snapshot.document, "[1]", 3), 0);
    assert_int_equal(bytes_dup(&snapshot.raw, "[1 ]", 4), 0);
    snapshot_deinit(&snapshot);
    assert_null(snapshot.document.data);
    assert_null(snapshot.raw.data);
    assert_true(hash128_is_zero(snapshot.rules));
    snapshot_deinit(&snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copied_state_outlives_its_original),
        cmocka_unit_test(absent_validators_stay_absent),
        cmocka_unit_test(what_is_freed_is_empty_and_may_be_freed_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
