// A poll whose store is in trouble. What the store answers is made up where a commit is to fail.

#include "tests/unit/poll/stage.h"

#include <errno.h>
#include <string.h>

#include "bridge/base/log.h"
#include "bridge/poll/politeness/host-gate.h"

static const char document[] = "server: { listen: 'off' }\n"
                               "sources: { thing: { url: '@/thing' } }\n"
                               "sinks: { out: { type: stdout } }\n";

static struct {
    struct store_ops ops;
    const struct store_ops *real;
    unsigned busy;     // so many commits are refused by a full mailbox
    unsigned failing;  // so many fail on the disk
    unsigned conflict; // so many meet another writer
} trouble;

// A commit that is answered, later, without having been stored.
struct unstored {
    struct poll_commit *commit;
    store_commit_fn done;
    void *userdata;
    int result;
};

static void answer_unstored(int result, void *userdata)
{
    struct unstored *unstored = userdata;
    (void)result;
    unstored->done(unstored->result, unstored->commit, unstored->userdata);
    free(unstored);
}

static int troubled_commit(struct store *store, struct poll_commit *take, store_commit_fn done,
                           void *userdata)
{
    if (trouble.busy > 0) {
        trouble.busy--;
        return -EAGAIN;
    }
    if (trouble.failing == 0 && trouble.conflict == 0) {
        return trouble.real->commit_poll(store, take, done, userdata);
    }
    struct attempt_list nothing = { 0 };
    struct unstored *unstored = calloc(1, sizeof(*unstored));
    assert_non_null(unstored);
    *unstored = (struct unstored){ .commit = take, .done = done, .userdata = userdata };
    unsigned *kind = trouble.failing > 0 ? &trouble.failing : &trouble.conflict;
    unstored->result = trouble.failing > 0 ? -ENOSPC : STORE_E_CONFLICT;
    (*kind)--;
    return trouble.real->settle(store, &nothing, answer_unstored, unstored);
}

static void trouble_begin(struct stage *stage)
{
    struct store *store = stage->store.store;
    memset(&trouble, 0, sizeof(trouble));
    trouble.real = store->ops;
    trouble.ops = *store->ops;
    trouble.ops.commit_poll = troubled_commit;
    store->ops = &trouble.ops;
}

static void a_store_in_trouble_is_tried_again_and_the_change_told_once(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, document);
    stage_answer_body(&stage, "{'n':1}");
    stage_expect(&stage, "thing", POLL_BASELINE, "");
    trouble_begin(&stage);
    trouble.busy = 1;
    trouble.failing = 1;
    stage_answer_body(&stage, "{'n':2}");
    stage_expect(&stage, "thing", POLL_CHANGED, "document.changed");
    assert_int_equal(trouble.busy + trouble.failing, 0);
    assert_int_equal(stage.deliveries, 1);
    assert_int_equal(stage.request_count, 2); // not asked again
}

static void a_host_is_asked_on_while_its_answers_wait_for_the_store(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, "server: { listen: 'off' }\n"
                       "sources:\n"
                       "  a: { url: '@/a' }\n"
                       "  b: { url: '@/b' }\n"
                       "  c: { url: '@/c' }\n"
                       "  d: { url: '@/d' }\n"
                       "  e: { url: '@/e' }\n");
    trouble_begin(&stage);
    trouble.busy = 4 * GATE_CONCURRENCY;
    for (int i = 0; i < GATE_CONCURRENCY + 1; i++) {
        stage_answer_body(&stage, "1");
    }
    stage_begin_poll(&stage, NULL);
    while (stage.request_count <= GATE_CONCURRENCY) {
        stage_work_a_step(&stage);
    }
    assert_in_range(trouble.busy, 1, 4 * GATE_CONCURRENCY);
    assert_int_equal(stage.report_count, 0);
    stage_work_until(&stage, &stage.run_ended);
    assert_int_equal(stage.request_count, GATE_CONCURRENCY + 1);
    assert_int_equal(stage.report_count, GATE_CONCURRENCY + 1);
}

static void a_commit_of_another_process_is_not_told_by_this_one(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, document);
    stage_answer_body(&stage, "{'n':1}");
    stage_expect(&stage, "thing", POLL_BASELINE, "");
    trouble_begin(&stage);
    trouble.conflict = 1;
    stage_answer_body(&stage, "{'n':2}");
    stage_expect(&stage, "thing", POLL_FAILED, "");
    assert_string_equal(stage.reports[1].code, "store_conflict");
    assert_int_equal(stage.deliveries, 0);
}

static void a_commit_under_way_ends_after_a_stop(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, document);
    trouble_begin(&stage);
    trouble.failing = 1;
    stage_answer_body(&stage, "{'n':1}");
    stage_begin_poll(&stage, "thing");
    while (trouble.failing > 0) {
        stage_work_a_step(&stage);
    }
    poller_stop(stage.poller);
    assert_int_equal(poller_in_flight(stage.poller), 1);
    stage_work_until(&stage, &stage.run_ended);
    assert_int_equal(stage.reports[0].result, POLL_BASELINE);
    assert_int_equal(poller_in_flight(stage.poller), 0);
}

static void a_commit_that_outlives_the_poller_harms_nobody(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, document);
    trouble_begin(&stage);
    trouble.conflict = 1;
    stage_answer_body(&stage, "{'n':1}");
    stage_begin_poll(&stage, "thing");
    while (trouble.conflict > 0) {
        stage_work_a_step(&stage);
    }
    assert_int_equal(stage.report_count, 0); // the answer comes when the store is closed
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_in_trouble_is_tried_again_and_the_change_told_once),
        cmocka_unit_test(a_host_is_asked_on_while_its_answers_wait_for_the_store),
        cmocka_unit_test(a_commit_of_another_process_is_not_told_by_this_one),
        cmocka_unit_test(a_commit_under_way_ends_after_a_stop),
        cmocka_unit_test(a_commit_that_outlives_the_poller_harms_nobody),
    };
    log_init(LOG_LOGFMT, LOG_ERROR, -1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
