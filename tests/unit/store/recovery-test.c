// Stored events once more: which ones, in which bytes, and that a step counts once.
#include "tests/unit/store/support.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/str.h"

static const char *const ci[] = { "ci", NULL };

struct answer {
    bool come;
    int result;
    struct recovery_outcome outcome;
    struct stored_answer stored;
};

static void on_done(int result, void *userdata)
{
    *(struct answer *)userdata = (struct answer){ .come = true, .result = result };
}

static void on_step(int result, const struct recovery_outcome *outcome, void *userdata)
{
    *(struct answer *)userdata =
        (struct answer){ .come = true, .result = result, .outcome = *outcome };
}

static void on_answer(int result, struct stored_answer *take, void *userdata)
{
    struct answer *answer = userdata;
    *answer = (struct answer){ .come = true, .result = result, .stored = *take };
    *take = (struct stored_answer){ 0 };
}

static void wait_for(struct fixture *f, struct answer *answer)
{
    while (!answer->come) {
        fixture_loop(f);
    }
}

static struct recovery recovery_of(const char *id, const char *sink, unsigned statuses)
{
    struct recovery recovery = {
        .sink = dup_text(sink),
        .statuses = statuses,
        .until_ms = INT64_MAX,
        .created_at_ms = 5000,
        .after = { INT64_MIN, 0 },
    };
    (void)strncpy(recovery.id, id, sizeof(recovery.id) - 1);
    return recovery;
}

static int put_wait(struct fixture *f, const struct recovery *recovery,
                    const struct stored_answer *stored)
{
    struct answer answer = { 0 };
    assert_int_equal(f->store->ops->recovery_put(f->store, recovery, stored, on_done, &answer), 0);
    wait_for(f, &answer);
    return answer.result;
}

static struct recovery_page look(struct fixture *f, const struct recovery *recovery)
{
    struct store_reader *reader = NULL;
    struct recovery_page page = { 0 };
    assert_int_equal(f->store->ops->reader_new(f->store, &reader), 0);
    assert_int_equal(f->store->ops->reader_recovery_page(reader, recovery, &page), 0);
    (void)f->store->ops->reader_free(reader);
    page.at_ms = 6000;
    return page;
}

static struct answer step_wait(struct fixture *f, const struct recovery *recovery,
                               struct recovery_page *take)
{
    struct answer answer = { 0 };
    assert_int_equal(f->store->ops->recovery_step(f->store, recovery, take, on_step, &answer), 0);
    wait_for(f, &answer);
    return answer;
}

// Walks it to its end; how many deliveries it made.
static int64_t walk(struct fixture *f, struct recovery *recovery, size_t *ret_pages)
{
    int64_t added = 0;
    bool is_last = false;
    for (*ret_pages = 0; !is_last; (*ret_pages)++) {
        struct recovery_page page = look(f, recovery);
        struct event_place last = page.last;
        is_last = page.is_last;
        struct answer answer = step_wait(f, recovery, &page);
        assert_int_equal(answer.result, 0);
        added += answer.outcome.added;
        recovery->after = last;
    }
    return added;
}

// Events 1 to n of "a" for ci: the first delivered, the second failed, the third canceled, the
// fourth waiting, and so on again.
static void fill(struct fixture *f, size_t n)
{
    static const enum delivery_state states[] = { DELIVERY_DELIVERED, DELIVERY_FAILED,
                                                  DELIVERY_CANCELED };
    struct source_state none = { 0 };
    assert_int_equal(commit_wait(f, make_commit("a", &none, n, ci), NULL), 0);
    for (size_t i = 0; i < n; i++) {
        if (i % 4 < 3) {
            assert_int_equal(settle_wait(f, (int64_t)i + 1, 1, states[i % 4], 0), 0);
        }
    }
}

static int64_t waiting(struct fixture *f)
{
    return query_file(f->path, "SELECT count(*) FROM delivery WHERE state = 0");
}

static void those_of_the_asked_status_are_told_again(void **state)
{
    static const struct {
        unsigned statuses;
        const char *sink;
        int64_t wanted;
    } cases[] = {
        { RECOVERY_FAILED, "ci", 2 },  { RECOVERY_CANCELED | RECOVERY_DELIVERED, "ci", 4 },
        { RECOVERY_MISSING, "ci", 0 }, { RECOVERY_EVERY, "new", 8 },
        { RECOVERY_FAILED, "new", 0 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture *f = *state;
        fill(f, 8);
        CLEANUP(recovery_deinit)
        struct recovery recovery = recovery_of("rcv_1", cases[i].sink, cases[i].statuses);
        struct recovery_page page = look(f, &recovery);
        assert_int_equal(page.n, cases[i].wanted);
        for (size_t j = 0; j < page.n; j++) {
            bool is_copy = page.v[j].copy_of != 0;
            assert_int_equal(is_copy, str_eq(cases[i].sink, "ci"));
            assert_int_equal(page.v[j].told.body.len > 0, !is_copy); // only what is encoded anew
        }
        recovery_page_deinit(&page);
        assert_int_equal(fixture_teardown(state), 0);
        assert_int_equal(fixture_setup(state), 0);
    }
}

static void a_recovery_makes_each_delivery_once_page_by_page(void **state)
{
    struct fixture *f = *state;
    size_t n = 3 * RECOVERY_PAGE + 8;
    fill(f, n);
    CLEANUP(recovery_deinit) struct recovery recovery = recovery_of("rcv_1", "ci", RECOVERY_FAILED);
    assert_int_equal(put_wait(f, &recovery, NULL), 0);
    int64_t before = waiting(f);
    size_t pages = 0;
    assert_int_equal(walk(f, &recovery, &pages), n / 4);
    assert_int_equal(pages, 4);
    assert_int_equal(waiting(f), before + (int64_t)n / 4);
    // They are the same events, each after the one before, with nothing tried yet.
    assert_int_equal(query_file(f->path, "SELECT count(DISTINCT event_id) FROM delivery"
                                         " WHERE id > 608 AND attempts = 0 AND lane IS NOT NULL"),
                     n / 4);
    assert_int_equal(query_file(f->path, "SELECT added FROM recovery WHERE finished_at_ms = 6000"),
                     n / 4);
    // Those wait now and go by themselves: nothing of it is failed any more.
    CLEANUP(recovery_deinit) struct recovery again = recovery_of("rcv_2", "ci", RECOVERY_FAILED);
    assert_int_equal(put_wait(f, &again, NULL), 0);
    assert_int_equal(walk(f, &again, &pages), 0);
}

static void a_step_that_was_stored_is_not_stored_again(void **state)
{
    struct fixture *f = *state;
    fill(f, 8);
    CLEANUP(recovery_deinit) struct recovery recovery = recovery_of("rcv_1", "ci", RECOVERY_FAILED);
    assert_int_equal(put_wait(f, &recovery, NULL), 0);
    assert_int_equal(put_wait(f, &recovery, NULL), STORE_E_CONFLICT);
    struct recovery_page first = look(f, &recovery);
    struct recovery_page second = look(f, &recovery);
    assert_int_equal(step_wait(f, &recovery, &first).result, 0);
    int64_t before = waiting(f);
    assert_int_equal(step_wait(f, &recovery, &second).result, STORE_E_CONFLICT);
    assert_int_equal(waiting(f), before);
}

static void one_that_was_cut_short_goes_on_where_it_was(void **state)
{
    struct fixture *f = *state;
    fill(f, 2 * RECOVERY_PAGE);
    CLEANUP(recovery_deinit) struct recovery recovery = recovery_of("rcv_1", "ci", RECOVERY_FAILED);
    assert_int_equal(string_list_add(&recovery.types, "item.*"), 0);
    assert_int_equal(string_list_add(&recovery.types, "document.*"), 0);
    assert_int_equal(put_wait(f, &recovery, NULL), 0);
    struct recovery_page page = look(f, &recovery);
    assert_int_equal(step_wait(f, &recovery, &page).outcome.added, RECOVERY_PAGE / 4);
    fixture_reopen(f);

    CLEANUP(recovery_list_deinit) struct recovery_list list = { 0 };
    assert_int_equal(f->store->ops->load_recoveries(f->store, &list), 0);
    assert_int_equal(list.n, 1);
    assert_string_equal(list.v[0].id, "rcv_1");
    assert_string_equal(list.v[0].sink, "ci");
    assert_int_equal(list.v[0].types.n, 2);
    assert_string_equal(list.v[0].types.v[1], "document.*");
    assert_int_equal(list.v[0].added, RECOVERY_PAGE / 4);
    size_t pages = 0;
    assert_int_equal(walk(f, &list.v[0], &pages), RECOVERY_PAGE / 4);
    recovery_list_deinit(&list);
    assert_int_equal(f->store->ops->load_recoveries(f->store, &list), 0);
    assert_int_equal(list.n, 0);
}

static void the_bytes_are_those_of_then(void **state)
{
    struct fixture *f = *state;
    struct source_state none = { 0 };
    struct poll_commit *commit = make_commit("a", &none, 1, ci);
    struct encoded *encoded = &commit->deliveries.v[0].encoded;
    encoded->own_body = true;
    assert_int_equal(bytes_dup(&encoded->body, "of then", 7), 0);
    assert_int_equal(headers_add(&encoded->headers, "X-Sha", "1"), 0);
    assert_int_equal(commit_wait(f, commit, NULL), 0);
    assert_int_equal(settle_wait(f, 1, 1, DELIVERY_FAILED, 0), 0);

    CLEANUP(recovery_deinit) struct recovery recovery = recovery_of("rcv_1", "ci", RECOVERY_EVERY);
    make_event_id(recovery.event_id, "a", 1); // by its id
    assert_int_equal(put_wait(f, &recovery, NULL), 0);
    size_t pages = 0;
    assert_int_equal(walk(f, &recovery, &pages), 1);
    struct due due = due_wait(f, (struct due_query){ "ci", INT64_MAX, 0, 10 });
    assert_int_equal(due.list.n, 1);
    assert_int_equal(due.list.v[0].id, 2);
    assert_string_equal(due.list.v[0].event_id, recovery.event_id);
    assert_string_equal(due.list.v[0].encoded.body.data, "of then");
    assert_string_equal(headers_get(&due.list.v[0].encoded.headers, "x-sha"), "1");
    due_deinit(&due);
}

static void a_disabled_sink_gets_them_held(void **state)
{
    struct fixture *f = *state;
    static const struct sink_health sick = { .disabled_at_ms = 200 };
    struct answer noted = { 0 };
    fill(f, 4);
    assert_int_equal(f->store->ops->sink_note(f->store, "ci", &sick, on_done, &noted), 0);
    wait_for(f, &noted);
    CLEANUP(recovery_deinit) struct recovery recovery = recovery_of("rcv_1", "ci", RECOVERY_FAILED);
    assert_int_equal(put_wait(f, &recovery, NULL), 0);
    struct recovery_page page = look(f, &recovery);
    struct answer answer = step_wait(f, &recovery, &page);
    assert_int_equal(answer.outcome.held, 1);
    assert_int_equal(answer.outcome.added, 0);
}

static void what_was_pruned_meanwhile_is_passed_over(void **state)
{
    struct fixture *f = *state;
    struct source_state none = { 0 };
    assert_int_equal(commit_wait(f, make_commit("a", &none, 2, ci), NULL), 0);
    assert_int_equal(settle_wait(f, 1, 1, DELIVERY_FAILED, 0), 0);
    CLEANUP(recovery_deinit) struct recovery again = recovery_of("rcv_1", "ci", RECOVERY_EVERY);
    CLEANUP(recovery_deinit) struct recovery anew = recovery_of("rcv_2", "new", RECOVERY_EVERY);
    assert_int_equal(put_wait(f, &again, NULL), 0);
    assert_int_equal(put_wait(f, &anew, NULL), 0);
    struct recovery_page copies = look(f, &again);
    struct recovery_page fresh = look(f, &anew);
    for (size_t i = 0; i < fresh.n; i++) {
        fresh.v[i].as.sink = dup_text("new");
    }
    assert_int_equal(prune_wait(f, INT64_MAX, 0), 0); // the second event waits and stays
    assert_int_equal(step_wait(f, &again, &copies).outcome.added, 0);
    struct answer answer = step_wait(f, &anew, &fresh);
    assert_int_equal(answer.result, 0);
    assert_int_equal(answer.outcome.added, 1);
}

static struct answer get_wait(struct fixture *f, const char *key, int64_t since_ms)
{
    struct answer answer = { 0 };
    assert_int_equal(f->store->ops->answer_get(f->store, key, since_ms, on_answer, &answer), 0);
    wait_for(f, &answer);
    assert_int_equal(answer.result, 0);
    return answer;
}

static void an_answer_is_kept_with_what_it_answers(void **state)
{
    struct fixture *f = *state;
    char key[] = "k";
    char body[] = "{}";
    const struct stored_answer stored = {
        .key = key, .request = { 1, 2 }, .status = 202, .body = { body, 2 }, .at_ms = 5000
    };
    CLEANUP(recovery_deinit) struct recovery recovery = recovery_of("rcv_1", "ci", RECOVERY_FAILED);
    struct answer none = get_wait(f, "k", 0);
    assert_null(none.stored.key);
    assert_int_equal(put_wait(f, &recovery, &stored), 0);
    fixture_reopen(f);
    struct answer answer = get_wait(f, "k", 5000);
    assert_string_equal(answer.stored.key, "k");
    assert_true(hash128_eq(answer.stored.request, stored.request));
    assert_int_equal(answer.stored.status, 202);
    assert_string_equal(answer.stored.body.data, "{}");
    stored_answer_deinit(&answer.stored);
    assert_null(get_wait(f, "k", 5001).stored.key); // too old
    // Not without what it answers.
    const struct stored_answer other = { .key = key, .status = 500, .at_ms = 6000 };
    assert_int_equal(put_wait(f, &recovery, &other), STORE_E_CONFLICT);
    answer = get_wait(f, "k", 0);
    assert_int_equal(answer.stored.status, 202);
    stored_answer_deinit(&answer.stored);
}

static void old_answers_are_forgotten(void **state)
{
    struct fixture *f = *state;
    char old[] = "old";
    char young[] = "young";
    const struct stored_answer answers[] = {
        { .key = old, .status = 200, .at_ms = 1000 },
        { .key = young, .status = 200, .at_ms = 1001 + STORED_ANSWER_AGE_MS },
    };
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        struct answer answer = { 0 };
        assert_int_equal(f->store->ops->answer_put(f->store, &answers[i], on_done, &answer), 0);
        wait_for(f, &answer);
        assert_int_equal(answer.result, 0);
    }
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM answer"), 1);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        WITH_STORE(those_of_the_asked_status_are_told_again),
        WITH_STORE(a_recovery_makes_each_delivery_once_page_by_page),
        WITH_STORE(a_step_that_was_stored_is_not_stored_again),
        WITH_STORE(one_that_was_cut_short_goes_on_where_it_was),
        WITH_STORE(the_bytes_are_those_of_then),
        WITH_STORE(a_disabled_sink_gets_them_held),
        WITH_STORE(what_was_pruned_meanwhile_is_passed_over),
        WITH_STORE(an_answer_is_kept_with_what_it_answers),
        WITH_STORE(old_answers_are_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
