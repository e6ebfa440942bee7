// Suppressed changes: the latest of each rule and item, not too many of them.
#include "tests/unit/store/support.h"

#include <stdio.h>
#include <string.h>

#include "bridge/store/suppression-table.h"

static void add(struct suppression_list *list, enum suppression_rule rule, const char *key,
                int64_t at_ms)
{
    struct suppression one = {
        .rule = rule,
        .key = key ? dup_text(key) : NULL,
        .reason = dup_text("why"),
        .changes = dup_text("[]"),
        .at_ms = at_ms,
    };
    assert_int_equal(suppression_list_add(list, &one), 0);
}

static void put(struct fixture *f, struct suppression_list *take, int64_t version)
{
    struct source_notes notes = { calloc(1, sizeof(struct source_note)), 1 };
    assert_non_null(notes.v);
    notes.v[0].source = dup_text("orders");
    notes.v[0].state.version = version;
    notes.v[0].suppressed = *take;
    *take = (struct suppression_list){ 0 };
    assert_int_equal(f->store->ops->note(f->store, &notes), 0);
}

struct found {
    size_t n;
    struct suppression_row first;
    char key[32]; // of the first
};

static void visit(const struct suppression_row *row, void *userdata)
{
    struct found *found = userdata;
    if (found->n++ == 0) {
        found->first = *row;
        (void)snprintf(found->key, sizeof(found->key), "%s", row->key ? row->key : "none");
    }
}

static struct found list(struct fixture *f)
{
    struct found found = { 0 };
    struct store_reader *reader = NULL;
    fixture_reopen(f); // durable
    assert_int_equal(f->store->ops->reader_new(f->store, &reader), 0);
    assert_int_equal(f->store->ops->reader_suppressions(reader, "orders", visit, &found), 0);
    (void)f->store->ops->reader_free(reader);
    return found;
}

static void repeats_are_counted_and_the_oldest_go(void **state)
{
    struct fixture *f = *state;
    struct suppression_list some = { 0 };
    add(&some, SUPPRESSED_BY_WHEN, NULL, 1);
    add(&some, SUPPRESSED_BY_DEADBAND, "\"a\"", 2);
    put(f, &some, 0);
    add(&some, SUPPRESSED_BY_WHEN, NULL, 3);
    put(f, &some, 7); // of another version: the reason is kept all the same
    struct found found = list(f);
    assert_int_equal(found.n, 2);
    assert_string_equal(found.key, "none");
    assert_int_equal(found.first.times, 2);
    assert_int_equal(found.first.first_at_ms, 1);
    assert_int_equal(found.first.last_at_ms, 3);
    for (int i = 0; i < 2 * SUPPRESSIONS_STORED; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "%d", i);
        add(&some, SUPPRESSED_BY_CONFIRM, key, 100 + i);
        put(f, &some, 0);
    }
    found = list(f);
    assert_int_equal(found.n, SUPPRESSIONS_STORED);
    assert_string_equal(found.key, "99");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(repeats_are_counted_and_the_oldest_go, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
