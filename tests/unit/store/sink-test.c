// A sink's health, and what a disabled sink does to its deliveries.
#include "tests/unit/store/support.h"

#include <errno.h>
#include <string.h>

static const char *const both[] = { "ci", "ops", NULL };
static const struct sink_health sick = {
    .failing_since_ms = 100,
    .failures = 12,
    .gone_at_ms = 150,
    .disabled_at_ms = 200,
};

struct answer {
    bool come;
    int result;
};

static void on_done(int result, void *userdata)
{
    *(struct answer *)userdata = (struct answer){ true, result };
}

static int wait_for(struct fixture *f, struct answer *answer)
{
    while (!answer->come) {
        fixture_loop(f);
    }
    return answer->result;
}

static int note_wait(struct fixture *f, const char *sink, const struct sink_health *health)
{
    struct answer answer = { 0 };
    assert_int_equal(f->store->ops->sink_note(f->store, sink, health, on_done, &answer), 0);
    return wait_for(f, &answer);
}

static int hold_wait(struct fixture *f, const char *sink)
{
    struct answer answer = { 0 };
    assert_int_equal(f->store->ops->sink_hold(f->store, sink, on_done, &answer), 0);
    return wait_for(f, &answer);
}

static int release_wait(struct fixture *f, const char *sink, bool cancel)
{
    struct answer answer = { 0 };
    assert_int_equal(f->store->ops->sink_release(f->store, sink, cancel, on_done, &answer), 0);
    return wait_for(f, &answer);
}

static struct sink_depth depth_of(struct fixture *f, const char *sink)
{
    struct sink_depth *depths = NULL;
    size_t n = 0;
    struct sink_depth found = { 0 };
    assert_int_equal(f->store->ops->load_depths(f->store, &depths, &n), 0);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(depths[i].sink, sink) == 0) {
            found = depths[i];
        }
    }
    sink_depths_free(depths, n);
    found.sink = NULL;
    return found;
}

static size_t count_due(struct fixture *f, const char *sink)
{
    struct due due = due_wait(f, (struct due_query){ sink, INT64_MAX, 0, 10000 });
    size_t n = due.list.n;
    due_deinit(&due);
    return n;
}

static void check_health(struct fixture *f, const char *sink, const struct sink_health *wanted)
{
    struct sink_health health = depth_of(f, sink).health;
    assert_int_equal(health.failing_since_ms, wanted->failing_since_ms);
    assert_int_equal(health.failures, wanted->failures);
    assert_int_equal(health.gone_at_ms, wanted->gone_at_ms);
    assert_int_equal(health.disabled_at_ms, wanted->disabled_at_ms);
}

static void health_is_kept_over_a_restart(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(note_wait(f, "ci", &sick), 0); // never had a delivery
    fixture_reopen(f);
    check_health(f, "ci", &sick);
    static const struct sink_health well;
    assert_int_equal(note_wait(f, "ci", &well), 0);
    check_health(f, "ci", &well);
}

static void what_comes_for_a_disabled_sink_is_held_and_says_so(void **state)
{
    struct fixture *f = *state;
    struct source_state none = { 0 };
    struct poll_commit *commit = make_commit("a", &none, 2, both);
    assert_int_equal(note_wait(f, "ci", &sick), 0);
    assert_int_equal(commit_wait_take(f, commit, &commit), 0);
    for (size_t i = 0; i < commit->deliveries.n; i++) {
        const struct delivery *delivery = &commit->deliveries.v[i];
        bool held = strcmp(delivery->sink, "ci") == 0;
        assert_int_equal(delivery->state, held ? DELIVERY_HELD : DELIVERY_PENDING);
    }
    poll_commit_free(commit);
    assert_int_equal(depth_of(f, "ci").held, 2);
    assert_int_equal(depth_of(f, "ops").waiting, 2);
    assert_int_equal(count_due(f, "ci"), 0);
}

// More than one step, pending ones and retries.
static void fill(struct fixture *f)
{
    struct source_state none = { 0 };
    assert_int_equal(commit_wait(f, make_commit("a", &none, 1203, both), NULL), 0);
    for (int64_t id = 1; id <= 1203; id += 2) {
        assert_int_equal(settle_wait(f, id, 1, DELIVERY_RETRYING, 5000 + id), 0);
    }
    assert_int_equal(settle_wait(f, 2, 1, DELIVERY_DELIVERED, 0), 0);
}

static void everything_that_waits_is_held_and_released_in_order(void **state)
{
    struct fixture *f = *state;
    fill(f);
    size_t ci = count_due(f, "ci");
    size_t ops = count_due(f, "ops");
    assert_int_equal(note_wait(f, "ci", &sick), 0);
    assert_int_equal(hold_wait(f, "ci"), 0);
    assert_int_equal(depth_of(f, "ci").held, ci);
    assert_int_equal(depth_of(f, "ci").waiting, 0);
    assert_int_equal(depth_of(f, "ops").waiting, ops); // nobody else's

    assert_int_equal(release_wait(f, "ci", false), 0);
    struct due due = due_wait(f, (struct due_query){ "ci", 1, 0, 10000 }); // at once, all of them
    assert_int_equal(due.list.n, ci);
    for (size_t i = 1; i < due.list.n; i++) {
        assert_true(due.list.v[i - 1].id < due.list.v[i].id);
    }
    due_deinit(&due);
    assert_int_equal(depth_of(f, "ci").health.disabled_at_ms, 0);
    assert_int_equal(depth_of(f, "ci").health.failures, 0);
}

static void what_is_held_can_be_left_behind(void **state)
{
    struct fixture *f = *state;
    fill(f);
    assert_int_equal(note_wait(f, "ci", &sick), 0);
    assert_int_equal(hold_wait(f, "ci"), 0);
    assert_int_equal(release_wait(f, "ci", true), 0);
    assert_int_equal(depth_of(f, "ci").held, 0);
    assert_int_equal(depth_of(f, "ci").waiting, 0);
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM delivery WHERE state = 5") > 0, 1);
    assert_int_equal(depth_of(f, "ci").health.disabled_at_ms, 0);
}

static void retention_works_while_a_sink_is_away(void **state)
{
    struct fixture *f = *state;
    static const char *const ci[] = { "ci", NULL };
    static const char *const ops[] = { "ops", NULL };
    struct source_state none = { 0 };
    assert_int_equal(note_wait(f, "ci", &sick), 0);
    assert_int_equal(commit_wait(f, make_commit("a", &none, 3, ci), NULL), 0);
    assert_int_equal(commit_wait(f, make_commit("b", &none, 3, ops), NULL), 0);
    for (int64_t id = 4; id <= 6; id++) {
        assert_int_equal(settle_wait(f, id, 1, DELIVERY_DELIVERED, 0), 0);
    }
    assert_int_equal(prune_wait(f, INT64_MAX, 0), 0);
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM event"), 3); // those that are held
    assert_int_equal(depth_of(f, "ci").held, 3);
}

static void a_close_in_the_middle_leaves_the_sink_disabled(void **state)
{
    struct fixture *f = *state;
    fill(f);
    size_t ci = count_due(f, "ci");
    assert_int_equal(note_wait(f, "ci", &sick), 0);
    assert_int_equal(hold_wait(f, "ci"), 0);
    struct answer answer = { 0 };
    assert_int_equal(f->store->ops->sink_release(f->store, "ci", false, on_done, &answer), 0);
    fixture_reopen(f);
    assert_true(answer.come);
    struct sink_depth depth = depth_of(f, "ci");
    assert_int_equal(depth.held + depth.waiting, ci); // none is lost, wherever it stopped
    assert_int_equal(depth.health.disabled_at_ms, answer.result == 0 ? 0 : sick.disabled_at_ms);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        WITH_STORE(health_is_kept_over_a_restart),
        WITH_STORE(what_comes_for_a_disabled_sink_is_held_and_says_so),
        WITH_STORE(everything_that_waits_is_held_and_released_in_order),
        WITH_STORE(what_is_held_can_be_left_behind),
        WITH_STORE(retention_works_while_a_sink_is_away),
        WITH_STORE(a_close_in_the_middle_leaves_the_sink_disabled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
