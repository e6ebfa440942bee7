// Instances that leave the configuration: for a while they come back as what they were, then as new
// ones, and nothing of them stays behind.

#include "tests/unit/poll/stage.h"

#include <string.h>

#define HOUR INT64_C(3600000)
#define DAY  (24 * HOUR)

#define THINGS(list)                                                                               \
    "server: { listen: 'off' }\n"                                                                  \
    "sources: { t: { url: '@/{{ r }}', first_run: snapshot, for_each: " list " } }\n"              \
    "sinks: { out: { type: stdout } }\n"

static const char both[] = THINGS("[{ r: a }, { r: b }]");
static const char only_a[] = THINGS("[{ r: a }]");
static const char only_c[] = THINGS("[{ r: c }]");
static const char none[] = "server: { listen: 'off' }\n"
                           "sources: { other: { url: '@/other' } }\n"
                           "sinks: { out: { type: stdout } }\n";

static void poll_b(struct stage *stage, const char *body, enum poll_result result,
                   const char *events)
{
    stage_answer_body(stage, body);
    stage_expect(stage, "t{r=b}", result, events);
}

static int64_t count(struct stage *stage, const char *sql)
{
    return query_file(stage->store.path, sql);
}

static void one_that_comes_back_in_time_goes_on(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, both);
    poll_b(&stage, "{'n':1}", POLL_BASELINE, "document.changed");
    stage_apply(&stage, only_a);
    hand_clock_pass(&stage.hand, 6 * DAY);
    stage_apply(&stage, only_a);
    stage_restart(&stage);
    stage_apply(&stage, both);
    poll_b(&stage, "{'n':2}", POLL_CHANGED, "document.changed");
    CLEANUP(source_state_deinit) struct source_state stored = stored_state(&stage.store, "t{r=b}");
    assert_int_equal(stored.sequence, 2);
    assert_int_equal(stored.left_at_ms, 0);
}

static void the_time_it_was_away_counts_anew(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, both);
    poll_b(&stage, "{'n':1}", POLL_BASELINE, "document.changed");
    for (int i = 0; i < 3; i++) {
        stage_apply(&stage, only_a);
        hand_clock_pass(&stage.hand, 6 * DAY);
        stage_apply(&stage, both);
    }
    poll_b(&stage, "{'n':2}", POLL_CHANGED, "document.changed");
}

static void one_that_comes_back_late_is_a_new_one(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, both);
    poll_b(&stage, "{'n':1}", POLL_BASELINE, "document.changed");
    CLEANUP(source_state_deinit) struct source_state first = stored_state(&stage.store, "t{r=b}");
    stage_apply(&stage, only_a);
    hand_clock_pass(&stage.hand, 8 * DAY);
    stage_apply(&stage, only_a);
    stage_flush(&stage);
    assert_int_equal(count(&stage, "SELECT count(*) FROM snapshot"), 0);
    assert_int_equal(count(&stage, "SELECT count(*) FROM source WHERE name = 't{r=b}'"), 1);
    stage_apply(&stage, both);
    poll_b(&stage, "{'n':1}", POLL_BASELINE, "document.changed");
    CLEANUP(source_state_deinit) struct source_state again = stored_state(&stage.store, "t{r=b}");
    assert_int_equal(again.sequence, 1);
    assert_string_not_equal(again.last_event_id, first.last_event_id);
    poll_b(&stage, "{'n':2}", POLL_CHANGED, "document.changed");
}

static void it_is_forgotten_after_a_restart_too(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, both);
    poll_b(&stage, "{'n':1}", POLL_BASELINE, "document.changed");
    stage_apply(&stage, only_a);
    stage_flush(&stage);
    hand_clock_pass(&stage.hand, 8 * DAY);
    stage_restart(&stage);
    stage_flush(&stage);
    assert_int_equal(count(&stage, "SELECT count(*) FROM snapshot"), 0);
    stage_apply(&stage, both);
    poll_b(&stage, "{'n':2}", POLL_BASELINE, "document.changed");
}

static void with_its_last_event_nothing_of_it_is_left(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, both);
    poll_b(&stage, "{'n':1}", POLL_BASELINE, "document.changed");
    exec_file(stage.store.path, "DELETE FROM event");
    stage_apply(&stage, only_c); // other instances take the places of those that go
    hand_clock_pass(&stage.hand, 8 * DAY);
    stage_apply(&stage, only_c);
    stage_flush(&stage);
    assert_int_equal(count(&stage, "SELECT count(*) FROM source WHERE name = 't{r=b}'"), 0);
    stage_answer_body(&stage, "{'n':1}");
    stage_expect(&stage, "t{r=c}", POLL_BASELINE, "document.changed");
}

static void instances_of_a_source_that_left_go_with_it_and_it_stays(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, none);
    stage_answer_body(&stage, "1");
    stage_expect(&stage, "other", POLL_BASELINE, "");
    stage_apply(&stage, both);
    poll_b(&stage, "{'n':1}", POLL_BASELINE, "document.changed");
    stage_apply(&stage, none);
    hand_clock_pass(&stage.hand, 8 * DAY);
    stage_apply(&stage, none);
    stage_flush(&stage);
    assert_int_equal(count(&stage, "SELECT count(*) FROM snapshot"), 1);
    stage_answer_body(&stage, "2");
    stage_expect(&stage, "other", POLL_CHANGED, "document.changed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_comes_back_in_time_goes_on),
        cmocka_unit_test(the_time_it_was_away_counts_anew),
        cmocka_unit_test(one_that_comes_back_late_is_a_new_one),
        cmocka_unit_test(it_is_forgotten_after_a_restart_too),
        cmocka_unit_test(with_its_last_event_nothing_of_it_is_left),
        cmocka_unit_test(instances_of_a_source_that_left_go_with_it_and_it_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
