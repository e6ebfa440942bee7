// The poll side as a whole: what survives a restart, reloads, the schedule, stopping, metrics.

#include "tests/unit/poll/stage.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "bridge/base/log.h"
#include "bridge/base/metrics.h"
#include "bridge/poll/poll-source.h"
#include "bridge/poll/poll-watchdog.h"
#include "bridge/poll/source-list.h"
#include "bridge/spi/settings.h"

#define MINUTE INT64_C(60000)

static const char one[] = "server: { listen: 'off' }\n"
                          "sources: { thing: { url: '@/thing' } }\n"
                          "sinks: { out: { type: stdout } }\n";
static const char other[] = "server: { listen: 'off' }\n"
                            "sources: { other: { url: '@/other' } }\n"
                            "sinks: { out: { type: stdout } }\n";

// ---- restarts ----

static void a_kill_after_a_commit_neither_loses_nor_repeats_a_change(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, one);
    stage_answer_body(&stage, "{'n':1}");
    stage_expect(&stage, "thing", POLL_BASELINE, "");
    stage_restart(&stage);
    stage_answer_body(&stage, "{'n':2}");
    stage_expect(&stage, "thing", POLL_CHANGED, "document.changed");
    stage_restart(&stage);
    stage_answer_body(&stage, "{'n':2}");
    stage_expect(&stage, "thing", POLL_UNCHANGED, "");
    stage_answer_body(&stage, "{'n':3}");
    stage_expect(&stage, "thing", POLL_CHANGED, "document.changed");
    CLEANUP(source_state_deinit) struct source_state stored = stored_state(&stage.store, "thing");
    assert_int_equal(stored.version, 3);
    assert_int_equal(stored.sequence, 2);
}

static void what_the_api_gave_as_validator_is_sent_after_a_restart(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, one);
    stage_answer(&stage, &(struct stage_answer){
                             .status = 200, .body = "1", .headers = { "ETag", "\"a\"" } });
    stage_expect(&stage, "thing", POLL_BASELINE, "");
    stage_restart(&stage);
    stage_answer(&stage, &(struct stage_answer){ .status = 304 });
    stage_expect(&stage, "thing", POLL_NOT_MODIFIED, "");
    assert_string_equal(stage.requests[1].if_none_match, "\"a\"");
}

static void failures_are_counted_on_after_a_restart(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, one);
    for (int i = 0; i < 2; i++) {
        stage_answer(&stage, &(struct stage_answer){ .status = 404 });
        stage_expect(&stage, "thing", POLL_FAILED, "");
    }
    stage_flush(&stage);
    stage_restart(&stage);
    stage_answer(&stage, &(struct stage_answer){ .status = 404 });
    stage_expect(&stage, "thing", POLL_FAILED, "source.failing");
}

static void a_flush_stores_when_a_quiet_source_was_last_seen(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, one);
    stage_answer_body(&stage, "1");
    stage_expect(&stage, "thing", POLL_BASELINE, "");
    hand_clock_pass(&stage.hand, 5 * MINUTE);
    stage_answer_body(&stage, "1");
    stage_expect(&stage, "thing", POLL_UNCHANGED, "");
    stage_flush(&stage);
    CLEANUP(source_state_deinit) struct source_state stored = stored_state(&stage.store, "thing");
    assert_int_equal(stored.last_success_at_ms, stage.hand.wall_ms);
    assert_int_equal(stored.version, 1);
}

static void a_failure_is_stored_soon_without_being_asked(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, one);
    stage_answer_body(&stage, "1");
    stage_expect(&stage, "thing", POLL_BASELINE, "");
    stage_answer(&stage, &(struct stage_answer){ .status = 404 });
    stage_expect(&stage, "thing", POLL_FAILED, "");
    struct store_stats before;
    struct store_stats after;
    stage.store.store->ops->stats(stage.store.store, &before);
    do {
        stage_work_a_step(&stage);
        stage.store.store->ops->stats(stage.store.store, &after);
    } while (after.batches == before.batches);
    CLEANUP(source_state_deinit) struct source_state stored = stored_state(&stage.store, "thing");
    assert_int_equal(stored.failures, 1);
}

// ---- reloads ----

static void a_poll_under_way_ends_under_the_settings_it_began_with(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, one);
    stage_answer_body(&stage, "{'n':1}");
    stage_expect(&stage, "thing", POLL_BASELINE, "");
    stage_answer(&stage, &(struct stage_answer){ .status = 0 });
    stage_begin_poll(&stage, "thing");
    while (!stage.held) {
        stage_work_a_step(&stage);
    }
    stage_apply(&stage, other);
    assert_int_equal(poller_in_flight(stage.poller), 1);
    assert_int_equal(poller_run_once(stage.poller, "thing", NULL, NULL), -ENOENT);
    stage_release(&stage, "{'n':2}");
    while (poller_in_flight(stage.poller) > 0) {
        stage_work_a_step(&stage);
    }
    assert_int_equal(stage.deliveries, 1);
    assert_int_equal(stage.reports[1].wait_ms, 0); // no next one
}

static void a_source_that_comes_back_continues_where_it_was(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, one);
    stage_answer_body(&stage, "{'n':1}");
    stage_expect(&stage, "thing", POLL_BASELINE, "");
    stage_apply(&stage, other);
    stage_apply(&stage, one);
    stage_answer_body(&stage, "{'n':2}");
    stage_expect(&stage, "thing", POLL_CHANGED, "document.changed");
}

static void an_edited_address_is_asked_from_the_next_poll_on(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage,
               "server: { listen: 'off' }\nsources: { thing: { url: 'http://127.0.0.1:1/' } }\n");
    stage_apply(&stage, one);
    stage_answer(&stage, &(struct stage_answer){ .path = "/thing", .status = 200, .body = "1" });
    stage_expect(&stage, "thing", POLL_BASELINE, "");
}

// ---- the schedule, on the real clock ----

static void polls_follow_each_other_and_never_overlap(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, one);
    stage.clock = &clock_system;
    stage_restart(&stage);
    stage_set_interval(&stage, 30);
    stage_answer(&stage, &(struct stage_answer){ .status = 0 });
    stage_answer_body(&stage, "1");
    stage_answer_body(&stage, "1");
    assert_int_equal(poller_start(stage.poller), 0);
    while (!stage.held) {
        stage_work_a_step(&stage);
    }
    int64_t from_ms = clock_mono_ms(&clock_system);
    bool late = false;
    while (!late) { // several turns pass while the answer is outstanding
        assert_int_equal(event_base_loop(stage.store.base, EVLOOP_NONBLOCK) == -1, 0);
        late = clock_mono_ms(&clock_system) - from_ms > 100;
    }
    assert_int_equal(stage.request_count, 1);
    stage_release(&stage, "1");
    while (stage.report_count < 3) {
        stage_work_a_step(&stage);
    }
    assert_int_equal(stage.request_count, 3);
    poller_stop(stage.poller);
    AUTO_BUF struct buf page = { 0 };
    assert_int_equal(metrics_render(stage.metrics, &page), 0);
    assert_null(strstr(buf_str(&page), "pollbridge_polls_missed_total{source=\"thing\"} 0\n"));
}

// The next poll falls due so long after now (to the grid): a minute and an interval later it is
// overdue by nothing, and then by what passes.
static void assert_due_after(struct stage *stage, int64_t wait_ms)
{
    struct poller_health health;
    hand_clock_pass(&stage->hand, wait_ms + 5 * MINUTE + MINUTE);
    poller_get_health(stage->poller, &health);
    assert_int_equal(health.oldest_overdue_ms, 0);
    hand_clock_pass(&stage->hand, 1000);
    poller_get_health(stage->poller, &health);
    assert_int_equal(health.overdue, 1);
    assert_in_range(health.oldest_overdue_ms, 900, 1000);
}

static void work_until_reports(struct stage *stage, size_t count)
{
    while (stage->report_count < count) {
        stage_work_a_step(stage);
    }
}

static void a_source_that_left_is_not_polled_and_a_new_one_is(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, one);
    stage.clock = &clock_system;
    stage_set_interval(&stage, 30);
    stage_restart(&stage);
    for (int i = 0; i < 3; i++) {
        stage_answer(&stage,
                     &(struct stage_answer){ .path = "/other", .status = 200, .body = "1" });
    }
    stage_answer(&stage, &(struct stage_answer){ .path = "/thing", .status = 200, .body = "1" });
    assert_int_equal(poller_start(stage.poller), 0);
    work_until_reports(&stage, 1);
    stage_apply(&stage, other);
    work_until_reports(&stage, 4);
    poller_stop(stage.poller);
}

static void a_shorter_interval_counts_at_once(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, one);
    stage.clock = &clock_system;
    stage_restart(&stage);
    stage_answer_body(&stage, "1");
    stage_answer_body(&stage, "1");
    assert_int_equal(poller_start(stage.poller), 0);
    work_until_reports(&stage, 1); // the next one is minutes away
    stage_set_interval(&stage, 30);
    stage_apply(&stage, one);
    work_until_reports(&stage, 2);
    poller_stop(stage.poller);
}

static void the_place_in_the_schedule_survives_a_reload_and_a_restart(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, one);
    stage_answer_body(&stage, "1");
    stage_expect(&stage, "thing", POLL_BASELINE, "");
    stage_restart(&stage);
    assert_int_equal(poller_start(stage.poller), 0);
    stage_apply(&stage, one);
    assert_due_after(&stage, stage.reports[0].wait_ms);
}

static void so_does_a_back_off(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, one);
    stage_answer(&stage, &(struct stage_answer){ .status = 404 });
    stage_expect(&stage, "thing", POLL_FAILED, "");
    assert_true(stage.reports[0].wait_ms >= 10 * MINUTE);
    stage_flush(&stage);
    stage_restart(&stage);
    assert_int_equal(poller_start(stage.poller), 0);
    stage_apply(&stage, one);
    assert_due_after(&stage, stage.reports[0].wait_ms);
}

// ---- stopping ----

static void a_stop_drops_what_has_no_answer_and_nothing_of_it_is_stored(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, one);
    stage_answer(&stage, &(struct stage_answer){ .status = 0 });
    stage_begin_poll(&stage, NULL);
    while (!stage.held) {
        stage_work_a_step(&stage);
    }
    poller_stop(stage.poller);
    assert_int_equal(poller_in_flight(stage.poller), 0);
    assert_int_equal(stage.report_count, 0);
    stage_work_until(&stage, &stage.run_ended); // nobody waits for it for ever
    stage_release(&stage, "1");                 // to nobody
    stage_restart(&stage);
    stage_answer_body(&stage, "1");
    stage_expect(&stage, "thing", POLL_BASELINE, "");
}

// ---- what is counted ----

static void assert_line(const struct buf *page, const char *line)
{
    if (!strstr(buf_str(page), line)) {
        fail_msg("no line \"%s\" in\n%s", line, buf_str(page));
    }
}

static void polls_events_and_times_are_counted_by_source(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    AUTO_BUF struct buf page = { 0 };
    stage_init(&stage, one);
    stage_answer_body(&stage, "{'n':1}");
    stage_answer_body(&stage, "{'n':2}");
    stage_answer_body(&stage, "{'n': 2}"); // other bytes, the same document
    for (int i = 0; i < 3; i++) {
        (void)stage_poll(&stage, "thing");
    }
    assert_int_equal(metrics_render(stage.metrics, &page), 0);
    assert_line(&page, "pollbridge_polls_total{result=\"baseline\",source=\"thing\"} 1\n");
    assert_line(&page, "pollbridge_polls_total{result=\"changed\",source=\"thing\"} 1\n");
    assert_line(&page, "pollbridge_polls_total{result=\"unchanged\",source=\"thing\"} 1\n");
    assert_line(&page, "pollbridge_polls_total{result=\"failed\",source=\"thing\"} 0\n");
    assert_line(&page, "pollbridge_events_total{type=\"document.changed\",source=\"thing\"} 1\n");
    assert_line(&page, "pollbridge_suppressed_total{reason=\"noise\",source=\"thing\"} 1\n");
    assert_line(&page, "pollbridge_poll_duration_seconds_count 3\n");
    assert_line(&page,
                "pollbridge_source_last_success_timestamp_seconds{source=\"thing\"} 1767225600\n");
    assert_line(&page, "pollbridge_source_overdue_seconds 0\n");
}

static void health_names_what_fails(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    struct poller_health health;
    stage_init(&stage, one);
    stage_answer(&stage, &(struct stage_answer){ .status = 404 });
    stage_expect(&stage, "thing", POLL_FAILED, "");
    poller_get_health(stage.poller, &health);
    assert_int_equal(health.sources, 1);
    assert_int_equal(health.failing, 1);
    assert_int_equal(health.overdue, 0);
}

// ---- watching ----

static void on_clock_set(void *userdata)
{
    ++*(int *)userdata;
}

static void what_is_overdue_is_seen_and_so_is_a_clock_that_was_set(void **state)
{
    (void)state;
    struct hand_clock hand;
    hand_clock_init(&hand);
    const struct source_settings settings = { .interval_ms = MINUTE };
    struct poll_source source = { .settings = &settings, .name = "thing" };
    struct poll_source *v[] = { &source };
    const struct source_list sources = { .v = v, .n = 1 };
    int sets = 0;
    struct poll_watchdog watchdog = {
        .clock = &hand.clock,
        .sources = &sources,
        .on_clock_set = on_clock_set,
        .userdata = &sets,
        .offset_ms = hand.wall_ms - hand.mono_ms,
    };
    poll_watchdog_look(&watchdog);
    assert_int_equal(watchdog.overdue, 0); // nobody started it
    source.due_ms = hand.mono_ms;
    hand_clock_pass(&hand, 2 * MINUTE);
    poll_watchdog_look(&watchdog);
    assert_int_equal(watchdog.overdue, 0);
    hand_clock_pass(&hand, 1);
    poll_watchdog_look(&watchdog);
    assert_int_equal(watchdog.overdue, 1);
    assert_int_equal(poll_overdue_ms(&source, hand.mono_ms), 1);
    source.due_ms = hand.mono_ms;
    poll_watchdog_look(&watchdog);
    assert_int_equal(watchdog.overdue, 0);
    assert_int_equal(sets, 0);
    hand.wall_ms += 4000; // slewed
    poll_watchdog_look(&watchdog);
    assert_int_equal(sets, 0);
    hand.wall_ms -= 24 * 60 * MINUTE;
    poll_watchdog_look(&watchdog);
    poll_watchdog_look(&watchdog);
    assert_int_equal(sets, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kill_after_a_commit_neither_loses_nor_repeats_a_change),
        cmocka_unit_test(what_the_api_gave_as_validator_is_sent_after_a_restart),
        cmocka_unit_test(failures_are_counted_on_after_a_restart),
        cmocka_unit_test(a_flush_stores_when_a_quiet_source_was_last_seen),
        cmocka_unit_test(a_failure_is_stored_soon_without_being_asked),
        cmocka_unit_test(a_poll_under_way_ends_under_the_settings_it_began_with),
        cmocka_unit_test(a_source_that_comes_back_continues_where_it_was),
        cmocka_unit_test(an_edited_address_is_asked_from_the_next_poll_on),
        cmocka_unit_test(polls_follow_each_other_and_never_overlap),
        cmocka_unit_test(a_source_that_left_is_not_polled_and_a_new_one_is),
        cmocka_unit_test(a_shorter_interval_counts_at_once),
        cmocka_unit_test(the_place_in_the_schedule_survives_a_reload_and_a_restart),
        cmocka_unit_test(so_does_a_back_off),
        cmocka_unit_test(a_stop_drops_what_has_no_answer_and_nothing_of_it_is_stored),
        cmocka_unit_test(polls_events_and_times_are_counted_by_source),
        cmocka_unit_test(health_names_what_fails),
        cmocka_unit_test(what_is_overdue_is_seen_and_so_is_a_clock_that_was_set),
    };
    log_init(LOG_LOGFMT, LOG_ERROR, -1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
