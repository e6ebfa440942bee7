// Why the next poll is when it is: what answers ask for, on real parts.

#include "tests/unit/poll/stage.h"

#include <string.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

#define SOURCE(options)                                                                            \
    "server: { listen: 'off' }\nsources: { thing: { url: '@/thing', interval: 1m" options " } }\n"

static void assert_next(struct stage *stage, int64_t least_ms, const char *reason)
{
    const struct stage_report *report = stage_poll(stage, "thing");
    assert_in_range(report->wait_ms, least_ms, least_ms + MINUTE + SECOND);
    assert_string_equal(report->reason, reason);
}

static void answer_with(struct stage *stage, const char *name, const char *value)
{
    stage_answer(stage, &(struct stage_answer){
                            .status = 200, .body = "{'n':1}", .headers = { name, value } });
}

static void a_fresh_answer_is_not_asked_for_again_before_its_time(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, SOURCE(""));
    answer_with(&stage, "Cache-Control", "max-age=600");
    assert_next(&stage, 10 * MINUTE, "cache");
    answer_with(&stage, "Cache-Control", "max-age=1");
    assert_next(&stage, 0, "interval"); // its own distance is longer
    stage_answer(&stage, &(struct stage_answer){ .status = 304,
                                                 .headers = { "Cache-Control", "max-age=600" } });
    assert_next(&stage, 2 * MINUTE, "backoff"); // a 304 nobody asked for
    answer_with(&stage, "X-Poll-Interval", "300");
    assert_next(&stage, 5 * MINUTE, "poll_interval");
    answer_with(&stage, "Cache-Control", "max-age=31536000");
    assert_next(&stage, DAY, "cache"); // a full fetch at least daily
    stage_answer(&stage, &(struct stage_answer){ .status = 404,
                                                 .headers = { "Cache-Control", "max-age=86400" } });
    assert_next(&stage, 2 * MINUTE, "backoff"); // a failure is not kept
}

static void a_304_prolongs_it_too(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, SOURCE(""));
    answer_with(&stage, "ETag", "\"1\"");
    assert_next(&stage, 0, "interval");
    stage_answer(&stage, &(struct stage_answer){ .status = 304,
                                                 .headers = { "Cache-Control", "max-age=600" } });
    assert_next(&stage, 10 * MINUTE, "cache");
    stage_answer(&stage, &(struct stage_answer){ .status = 304 }); // as was said before
    assert_next(&stage, 10 * MINUTE, "cache");
    stage_answer(&stage, &(struct stage_answer){ .status = 304,
                                                 .headers = { "Cache-Control", "no-cache" } });
    assert_next(&stage, 0, "interval");
}

static void the_configuration_has_the_last_word_about_it(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, SOURCE(", honor_cache: false"));
    answer_with(&stage, "Cache-Control", "max-age=600");
    assert_next(&stage, 0, "interval");
    stage_apply(&stage, SOURCE(", max_interval: 5m"));
    answer_with(&stage, "Cache-Control", "max-age=600");
    assert_next(&stage, 5 * MINUTE, "cache");
    stage_apply(&stage, SOURCE(", method: POST"));
    answer_with(&stage, "Cache-Control", "max-age=600");
    assert_next(&stage, 0, "interval"); // nobody keeps answers to a POST
}

static const char two[] = "server: { listen: 'off' }\n"
                          "sources:\n"
                          "  thing: { url: '@/thing', interval: 1m }\n"
                          "  other: { url: '@/other', interval: 1m }\n";

// The last request of a quota, however good its answer is, is followed by none until the reset.
static void a_used_up_quota_stops_all_who_share_it(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, two);
    stage_answer(&stage, &(struct stage_answer){
                             .status = 200,
                             .body = "{'n':1}",
                             .headers = { "RateLimit-Remaining", "0", "RateLimit-Reset", "900" } });
    assert_next(&stage, 15 * MINUTE, "quota");
    const struct stage_report *other = stage_poll(&stage, "other");
    assert_int_equal(other->result, POLL_THROTTLED);
    assert_string_equal(other->reason, "quota");
    assert_int_equal(stage.request_count, 1);
    hand_clock_pass(&stage.hand, 15 * MINUTE);
    stage_answer_body(&stage, "{'n':2}");
    stage_expect(&stage, "thing", POLL_CHANGED, "document.changed"); // and nothing about failing
}

static void a_rest_outlives_the_process(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, two);
    stage_answer(&stage,
                 &(struct stage_answer){ .status = 429, .headers = { "Retry-After", "3600" } });
    assert_next(&stage, HOUR, "retry_after");
    stage_flush(&stage);
    stage_restart(&stage);
    hand_clock_pass(&stage.hand, 30 * MINUTE);
    assert_int_equal(poller_start(stage.poller), 0);
    poller_stop(stage.poller);
    const struct stage_report *other = stage_poll(&stage, "other");
    assert_int_equal(other->result, POLL_THROTTLED);
    assert_in_range(other->wait_ms, 30 * MINUTE, 31 * MINUTE + SECOND);
    assert_int_equal(stage.request_count, 1);
}

// ---- silence ----

static void silence_is_told_once_until_the_next_change(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, SOURCE(", expect_change_within: 1d"));
    stage_answer_body(&stage, "{'n':1}");
    stage_expect(&stage, "thing", POLL_BASELINE, "");
    hand_clock_pass(&stage.hand, DAY - SECOND);
    stage_answer_body(&stage, "{'n':1}");
    stage_expect(&stage, "thing", POLL_UNCHANGED, "");
    hand_clock_pass(&stage.hand, SECOND);
    stage_answer_body(&stage, "{'n':1}");
    stage_expect(&stage, "thing", POLL_UNCHANGED, "source.stale");
    stage_restart(&stage);
    stage_answer_body(&stage, "{'n':1 }"); // parsed, and the same
    stage_expect(&stage, "thing", POLL_UNCHANGED, "");
    hand_clock_pass(&stage.hand, DAY);
    stage_answer_body(&stage, "{'n':2}");
    stage_expect(&stage, "thing", POLL_CHANGED, "document.changed");
    hand_clock_pass(&stage.hand, DAY);
    stage_answer(&stage, &(struct stage_answer){ .status = 404 }); // silence for another reason
    stage_expect(&stage, "thing", POLL_FAILED, "source.stale");
    stage_answer_body(&stage, "{'n':2}");
    stage_expect(&stage, "thing", POLL_UNCHANGED, "");
}

static void an_adaptive_source_follows_its_changes(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, "server: { listen: 'off' }\n"
                       "sources: { thing: { url: '@/thing', min_interval: 1m,"
                       " max_interval: 1h } }\n");
    stage_answer_body(&stage, "{'n':1}");
    assert_next(&stage, MINUTE, "adaptive");
    hand_clock_pass(&stage.hand, 200 * MINUTE);
    stage_answer_body(&stage, "{'n':1}");
    assert_next(&stage, 20 * MINUTE, "adaptive");
    stage_answer_body(&stage, "{'n':2}");
    assert_next(&stage, MINUTE, "adaptive");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fresh_answer_is_not_asked_for_again_before_its_time),
        cmocka_unit_test(a_304_prolongs_it_too),
        cmocka_unit_test(a_used_up_quota_stops_all_who_share_it),
        cmocka_unit_test(a_rest_outlives_the_process),
        cmocka_unit_test(silence_is_told_once_until_the_next_change),
        cmocka_unit_test(an_adaptive_source_follows_its_changes),
        cmocka_unit_test(the_configuration_has_the_last_word_about_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
