// One poll, from the token to the commit, on real parts.

#include "tests/unit/poll/stage.h"

#include <string.h>

#include "bridge/base/log.h"
#include "bridge/spi/settings.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)

static const char document[] = "server: { listen: 'off' }\n"
                               "sources: { thing: { url: '@/thing', ignore: [.at] } }\n"
                               "sinks: { out: { type: stdout } }\n";
static const char list[] = "server: { listen: 'off' }\n"
                           "sources: { list: { url: '@/list', items: '.[]', key: .id } }\n"
                           "sinks: { out: { type: stdout } }\n";
static const char two_hosts[] = "server: { listen: 'off' }\n"
                                "auth: { key: { type: bearer, token: abcdefgh } }\n"
                                "sources:\n"
                                "  first: { url: '@/first' }\n"
                                "  second: { url: '@/second' }\n"
                                "  known: { url: '@/known', auth: key }\n";
static const char login[] = "server: { listen: 'off' }\n"
                            "auth:\n"
                            "  shop:\n"
                            "    type: login\n"
                            "    request: { method: POST, url: '@/login', json: { user: u } }\n"
                            "    token: .token\n"
                            "sources:\n"
                            "  first: { url: '@/first', auth: shop }\n"
                            "  second: { url: '@/second', auth: shop }\n";

static uint64_t batches(const struct stage *stage)
{
    struct store_stats stats;
    stage->store.store->ops->stats(stage->store.store, &stats);
    return stats.batches;
}

// ---- what changed and what did not ----

static void the_first_answer_is_told_to_nobody_and_the_next_change_once(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, document);
    stage_answer_body(&stage, "{'n':1}");
    stage_expect(&stage, "thing", POLL_BASELINE, "");
    assert_int_equal(stage.deliveries, 0);
    stage_answer_body(&stage, "{'n':2}");
    stage_expect(&stage, "thing", POLL_CHANGED, "document.changed");
    assert_int_equal(stage.deliveries, 1);
    stage_answer_body(&stage, "{'n':2}");
    stage_expect(&stage, "thing", POLL_UNCHANGED, "");
    assert_int_equal(stage.deliveries, 1);
}

static void an_unchanged_answer_is_neither_parsed_nor_written(void **state)
{
    (void)state;
    static const struct stage_answer whole = { .status = 200,
                                               .body = "{'n':1}",
                                               .headers = { "ETag", "W/\"a\"" } };
    AUTO_STAGE struct stage stage;
    stage_init(&stage, document);
    stage_answer(&stage, &whole);
    stage_expect(&stage, "thing", POLL_BASELINE, "");
    uint64_t before = batches(&stage);
    stage_parsed = 0;
    stage_answer(&stage, &(struct stage_answer){ .status = 304 });
    stage_expect(&stage, "thing", POLL_NOT_MODIFIED, "");
    assert_string_equal(stage.requests[1].if_none_match, "W/\"a\"");
    // The body decides, whatever the validators say; the new ones are kept all the same.
    stage_answer(&stage, &(struct stage_answer){
                             .status = 200, .body = "{'n':1}", .headers = { "ETag", "\"b\"" } });
    stage_expect(&stage, "thing", POLL_UNCHANGED, "");
    stage_answer(&stage, &(struct stage_answer){ .status = 304 });
    stage_expect(&stage, "thing", POLL_NOT_MODIFIED, "");
    assert_string_equal(stage.requests[3].if_none_match, "\"b\"");
    assert_int_equal(stage_parsed, 0);
    assert_int_equal(batches(&stage), before);
}

static void noise_is_parsed_but_not_written(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, document);
    stage_answer_body(&stage, "{'n':1,'at':1}");
    stage_expect(&stage, "thing", POLL_BASELINE, "");
    uint64_t before = batches(&stage);
    stage_answer_body(&stage, "{'at':2,'n':1.0}");
    stage_expect(&stage, "thing", POLL_UNCHANGED, "");
    stage_parsed = 0;
    stage_answer_body(&stage, "{'at':2,'n':1.0}"); // the same bytes again: known by now
    stage_expect(&stage, "thing", POLL_UNCHANGED, "");
    assert_int_equal(stage_parsed, 0);
    assert_int_equal(batches(&stage), before);
}

static void a_304_that_was_not_asked_for_is_a_failure(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, document);
    stage_answer(&stage, &(struct stage_answer){ .status = 304 });
    stage_expect(&stage, "thing", POLL_FAILED, "");
    assert_string_equal(stage.reports[0].code, "http_status");
}

// ---- failures ----

static void a_passing_fault_is_asked_again_within_the_poll(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, document);
    stage_answer(&stage, &(struct stage_answer){ .status = 502 });
    stage_answer(&stage, &(struct stage_answer){ .status = 500 });
    stage_answer_body(&stage, "{'n':1}");
    stage_expect(&stage, "thing", POLL_BASELINE, "");
    assert_int_equal(stage.request_count, 3);
    assert_int_equal(stage.report_count, 1);
}

static void a_lasting_fault_fails_the_poll_after_two_more_tries(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, document);
    for (int i = 0; i < 3; i++) {
        stage_answer(&stage, &(struct stage_answer){ .status = 502 });
    }
    stage_expect(&stage, "thing", POLL_FAILED, "");
    assert_int_equal(stage.request_count, 3);
    assert_string_equal(stage.reports[0].code, "http_status");
    assert_string_equal(stage.reports[0].reason, "backoff");
    stage_answer(&stage, &(struct stage_answer){ .status = 404 }); // nothing that passes by itself
    stage_expect(&stage, "thing", POLL_FAILED, "");
    assert_int_equal(stage.request_count, 4);
    assert_true(stage.reports[1].wait_ms >= 4 * 5 * MINUTE); // doubled twice
}

static void a_refused_connection_is_named(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage,
               "server: { listen: 'off' }\nsources: { gone: { url: 'http://127.0.0.1:1/' } }\n");
    stage_expect(&stage, "gone", POLL_FAILED, "");
    assert_string_equal(stage.reports[0].code, "connection_refused");
}

static void failing_is_told_once_and_so_is_the_recovery(void **state)
{
    (void)state;
    static const struct stage_answer whole = { .status = 200,
                                               .body = "{'n':1}",
                                               .headers = { "ETag", "\"a\"" } };
    AUTO_STAGE struct stage stage;
    stage_init(&stage, document);
    stage_answer(&stage, &whole);
    stage_expect(&stage, "thing", POLL_BASELINE, "");
    for (int i = 0; i < 5; i++) {
        stage_answer(&stage, &(struct stage_answer){ .status = 404 });
        stage_expect(&stage, "thing", POLL_FAILED, i == 2 ? "source.failing" : "");
    }
    assert_string_equal(stage.requests[5].if_none_match, ""); // dropped by the failure
    stage_answer(&stage, &whole);
    stage_expect(&stage, "thing", POLL_UNCHANGED, "source.recovered");
    stage_answer(&stage, &whole);
    stage_expect(&stage, "thing", POLL_UNCHANGED, "");
    assert_int_equal(stage.deliveries, 2);
}

static void an_answer_that_is_no_data_fails_and_leaves_the_base(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, document);
    stage_answer_body(&stage, "{'n':1}");
    stage_expect(&stage, "thing", POLL_BASELINE, "");
    stage_answer_body(&stage, "<html>please log in</html>");
    stage_expect(&stage, "thing", POLL_FAILED, "");
    stage_answer_body(&stage, "{'n':1}");
    stage_expect(&stage, "thing", POLL_UNCHANGED, "");
}

// ---- politeness ----

static void a_429_rests_the_host_for_all_who_share_the_credential(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, two_hosts);
    stage_set_interval(&stage, MINUTE); // shorter than the rest, which then decides
    stage_answer(&stage,
                 &(struct stage_answer){ .status = 429, .headers = { "Retry-After", "120" } });
    stage_expect(&stage, "first", POLL_THROTTLED, "");
    assert_string_equal(stage.reports[0].reason, "retry_after");
    assert_true(stage.reports[0].wait_ms >= 120 * SECOND);
    stage_expect(&stage, "second", POLL_THROTTLED, "");
    assert_int_equal(stage.request_count, 1);
    stage_answer_body(&stage, "1");
    stage_expect(&stage, "known", POLL_BASELINE, ""); // another credential
    hand_clock_pass(&stage.hand, 120 * SECOND);
    stage_answer_body(&stage, "1");
    stage_expect(&stage, "second", POLL_BASELINE, "");
    assert_int_equal(stage.request_count, 3);
}

static void a_rest_is_kept_by_every_poll_and_forgotten_after_a_good_answer(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, two_hosts);
    stage_set_interval(&stage, 20);
    for (int i = 0; i < 2; i++) {
        stage_answer(&stage, &(struct stage_answer){ .status = 503 });
        stage_expect(&stage, "first", POLL_THROTTLED, "");
        assert_in_range(stage.reports[3 * i].wait_ms, MINUTE, MINUTE + 100); // not doubled
        hand_clock_pass(&stage.hand, 20 * SECOND);
        stage_expect(&stage, "second", POLL_THROTTLED, "");
        assert_in_range(stage.reports[3 * i + 1].wait_ms, 40 * SECOND, 40 * SECOND + 100);
        hand_clock_pass(&stage.hand, 40 * SECOND);
        stage_answer_body(&stage, "1");
        stage_expect(&stage, "second", i == 0 ? POLL_BASELINE : POLL_UNCHANGED, "");
    }
}

static void silence_by_rests_is_told_as_failing_once(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, document);
    stage_answer_body(&stage, "1");
    stage_expect(&stage, "thing", POLL_BASELINE, "");
    for (int i = 0; i < 4; i++) {
        stage_answer(&stage,
                     &(struct stage_answer){ .status = 429, .headers = { "Retry-After", "1" } });
        stage_expect(&stage, "thing", POLL_THROTTLED, i == 2 ? "source.failing" : "");
        hand_clock_pass(&stage.hand, 10 * MINUTE);
    }
    stage_answer_body(&stage, "1");
    stage_expect(&stage, "thing", POLL_UNCHANGED, "source.recovered");
}

// ---- tokens ----

static void one_token_serves_all_sources_of_an_auth(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, login);
    stage_answer(&stage, &(struct stage_answer){
                             .path = "/login", .status = 200, .body = "{'token':'token-one'}" });
    stage_answer(&stage, &(struct stage_answer){ .path = "/first", .status = 200, .body = "1" });
    stage_answer(&stage, &(struct stage_answer){ .path = "/second", .status = 200, .body = "2" });
    stage_expect(&stage, NULL, POLL_BASELINE, "");
    assert_int_equal(stage.request_count, 3);
    assert_int_equal(stage.report_count, 2);
    assert_string_equal(stage.requests[1].authorization, "Bearer token-one");
    assert_string_equal(stage.requests[2].authorization, "Bearer token-one");
}

static void a_401_renews_the_token_once_and_asks_again(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, login);
    static const struct stage_answer refused = { .path = "/first", .status = 401 };
    stage_answer(&stage, &(struct stage_answer){
                             .path = "/login", .status = 200, .body = "{'token':'token-one'}" });
    stage_answer(&stage, &refused);
    stage_answer(&stage, &(struct stage_answer){
                             .path = "/login", .status = 200, .body = "{'token':'token-two'}" });
    stage_answer(&stage, &(struct stage_answer){ .path = "/first", .status = 200, .body = "1" });
    stage_expect(&stage, "first", POLL_BASELINE, "");
    assert_string_equal(stage.requests[3].authorization, "Bearer token-two");

    stage_answer(&stage, &refused);
    stage_answer(&stage, &(struct stage_answer){
                             .path = "/login", .status = 200, .body = "{'token':'token-three'}" });
    stage_answer(&stage, &refused);
    stage_expect(&stage, "first", POLL_FAILED, "");
    assert_int_equal(stage.request_count, 7);
    assert_string_equal(stage.reports[1].code, "http_status");

    stage_answer(&stage, &refused); // a new token was of no help a moment ago
    stage_expect(&stage, "first", POLL_FAILED, "");
    assert_int_equal(stage.request_count, 8);
}

static void a_refused_login_fails_the_poll_without_asking_the_api(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, login);
    stage_answer(&stage, &(struct stage_answer){ .path = "/login", .status = 403 });
    stage_expect(&stage, NULL, POLL_FAILED, "");
    assert_int_equal(stage.request_count, 1); // not one for each source either
    assert_string_equal(stage.reports[0].code, "auth_refused");
    assert_string_equal(stage.reports[1].code, "auth_refused");
}

// ---- the guard ----

static void an_answer_that_lost_most_items_is_looked_at_twice_and_held(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, list);
    stage_set_interval(&stage, 20);
    stage_answer_body(&stage, "[{'id':1},{'id':2},{'id':3},{'id':4}]");
    stage_expect(&stage, "list", POLL_BASELINE, "");
    stage_answer_body(&stage, "[{'id':1}]");
    stage_answer_body(&stage, "[{'id':1}]");
    stage_expect(&stage, "list", POLL_HELD, "source.held");
    assert_int_equal(stage.request_count, 3);
    stage_answer_body(&stage, "[]"); // known by now: not looked at twice, not told again
    stage_expect(&stage, "list", POLL_HELD, "");
    stage_answer_body(&stage, "[{'id':1},{'id':2},{'id':3}]"); // the base is the first list
    stage_expect(&stage, "list", POLL_CHANGED, "item.deleted 4");
}

static void a_second_look_that_is_good_tells_nothing_of_the_first(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, list);
    stage_set_interval(&stage, 20);
    stage_answer_body(&stage, "[{'id':1},{'id':2},{'id':3}]");
    stage_expect(&stage, "list", POLL_BASELINE, "");
    stage_answer_body(&stage, "[]");
    stage_answer_body(&stage, "[{'id':1},{'id':2},{'id':3}]");
    stage_expect(&stage, "list", POLL_UNCHANGED, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_answer_is_told_to_nobody_and_the_next_change_once),
        cmocka_unit_test(an_unchanged_answer_is_neither_parsed_nor_written),
        cmocka_unit_test(noise_is_parsed_but_not_written),
        cmocka_unit_test(a_304_that_was_not_asked_for_is_a_failure),
        cmocka_unit_test(a_passing_fault_is_asked_again_within_the_poll),
        cmocka_unit_test(a_lasting_fault_fails_the_poll_after_two_more_tries),
        cmocka_unit_test(a_refused_connection_is_named),
        cmocka_unit_test(failing_is_told_once_and_so_is_the_recovery),
        cmocka_unit_test(an_answer_that_is_no_data_fails_and_leaves_the_base),
        cmocka_unit_test(a_429_rests_the_host_for_all_who_share_the_credential),
        cmocka_unit_test(a_rest_is_kept_by_every_poll_and_forgotten_after_a_good_answer),
        cmocka_unit_test(silence_by_rests_is_told_as_failing_once),
        cmocka_unit_test(one_token_serves_all_sources_of_an_auth),
        cmocka_unit_test(a_401_renews_the_token_once_and_asks_again),
        cmocka_unit_test(a_refused_login_fails_the_poll_without_asking_the_api),
        cmocka_unit_test(an_answer_that_lost_most_items_is_looked_at_twice_and_held),
        cmocka_unit_test(a_second_look_that_is_good_tells_nothing_of_the_first),
    };
    log_init(LOG_LOGFMT, LOG_ERROR, -1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
