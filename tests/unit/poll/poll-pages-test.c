// Polls that ask page by page, on real parts: all pages or nothing.

#include "tests/unit/poll/stage.h"

#include <string.h>

#include "bridge/base/log.h"
#include "bridge/base/str.h"
#include "bridge/spi/settings.h"

#define HEAD "server: { listen: 'off' }\n"
#define LIST ", items: '.data[]', key: .id"

static const char by_page[] =
    HEAD "sources: { list: { url: '@/list', pagination: { type: page, max_pages: 4, "
         "max_items: 7, max_total_size: 200 }" LIST ", ignore: [.at] } }\n";
static const char by_cursor[] =
    HEAD "sources: { list: { url: '@/list', pagination: { type: cursor, next: .next, param: at, "
         "max_pages: 5 }" LIST " } }\n";
static const char by_link[] = HEAD
    "sources: { list: { url: '@/list', pagination: { type: link }, items: '.[]', key: .id } }\n";
static const char logged_in[] =
    HEAD "auth: { api: { type: login, request: { url: '@/login' }, token: .token } }\n"
         "sources: { list: { url: '@/list', auth: api, pagination: { type: page }" LIST " } }\n";
static void answer(struct stage *stage, const char *path, const char *body)
{
    stage_answer(stage, &(struct stage_answer){ .path = path, .status = 200, .body = body });
}

static void expect_failure(struct stage *stage, const char *code, const char *detail)
{
    const struct stage_report *report = stage_poll(stage, "list");
    assert_int_equal(report->result, POLL_FAILED);
    assert_string_equal(report->code, code);
    if (!strstr(report->detail, detail)) {
        fail_msg("%s: %s", code, report->detail);
    }
}

static void base_of_three(struct stage *stage)
{
    answer(stage, "/list?page=1", "{'data':[{'id':1,'at':1},{'id':2}]}");
    answer(stage, "/list?page=2", "{'data':[{'id':3}]}");
    answer(stage, "/list?page=3", "{'data':[]}");
    stage_expect(stage, "list", POLL_BASELINE, "");
}

static void all_pages_are_one_document(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, by_page);
    base_of_three(&stage);
    answer(&stage, "/list?page=1", "{'data':[{'id':0},{'id':1,'at':1}]}");
    answer(&stage, "/list?page=2", "{'data':[{'id':2},{'id':3}]}"); // all moved on by one
    answer(&stage, "/list?page=3", "{'data':[]}");
    stage_expect(&stage, "list", POLL_CHANGED, "item.created 0");
    answer(&stage, "/list?page=1", "{'data':[{'id':0},{'id':1,'at':1}]}");
    answer(&stage, "/list?page=2", "{'data':[{'id':2},{'id':3}]}");
    answer(&stage, "/list?page=3", "{'data':[]}");
    stage_expect(&stage, "list", POLL_UNCHANGED, "");
    // The page shrinks: the third item is on no page any more.
    answer(&stage, "/list?page=1", "{'data':[{'id':0},{'id':1,'at':2}]}");
    answer(&stage, "/list?page=2", "{'data':[{'id':2}]}");
    answer(&stage, "/list?page=3", "{'data':[]}");
    stage_expect(&stage, "list", POLL_CHANGED, "item.deleted 3");
    assert_int_equal(stage.request_count, 12);
}

static void an_item_that_moves_between_pages_counts_once(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, by_page);
    base_of_three(&stage);
    answer(&stage, "/list?page=1", "{'data':[{'id':1},{'id':2,'at':1}]}");
    answer(&stage, "/list?page=2", "{'data':[{'id':2,'at':2},{'id':3}]}");
    answer(&stage, "/list?page=3", "{'data':[]}");
    stage_expect(&stage, "list", POLL_UNCHANGED, ""); // only what is ignored differs
    answer(&stage, "/list?page=1", "{'data':[{'id':1},{'id':2}]}");
    answer(&stage, "/list?page=2", "{'data':[{'id':2,'n':1},{'id':3}]}");
    answer(&stage, "/list?page=3", "{'data':[]}");
    expect_failure(&stage, "key_duplicate", "pages 1 and 2 hold items with the same key 2");
    answer(&stage, "/list?page=1", "{'data':[{'id':1},{'id':4}]}");
    answer(&stage, "/list?page=2", "{'data':[{'id':3},{'id':3}]}");
    answer(&stage, "/list?page=3", "{'data':[]}");
    expect_failure(&stage, "key_duplicate", "two items of page 2 have the same key 3");
}

static void an_item_on_two_pages_is_compared_as_normalize_says(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, HEAD "sources: { list: { url: '@/list', pagination: { type: page }" LIST
                            ", normalize: { .n: round(0) } } }\n");
    answer(&stage, "/list?page=1", "{'data':[{'id':1,'n':1.1}]}");
    answer(&stage, "/list?page=2", "{'data':[{'id':1,'n':1.2},{'id':2,'n':1}]}");
    answer(&stage, "/list?page=3", "{'data':[]}");
    stage_expect(&stage, "list", POLL_BASELINE, "");
    answer(&stage, "/list?page=1", "{'data':[{'id':1,'n':1.1}]}");
    answer(&stage, "/list?page=2", "{'data':[{'id':1,'n':1.7},{'id':2,'n':1}]}");
    answer(&stage, "/list?page=3", "{'data':[]}");
    expect_failure(&stage, "key_duplicate", "pages 1 and 2");
}

static void each_page_has_two_quick_retries(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, by_page);
    for (int i = 0; i < 2; i++) {
        stage_answer(&stage, &(struct stage_answer){ .path = "/list?page=1", .status = 502 });
        stage_answer(&stage, &(struct stage_answer){ .path = "/list?page=2", .status = 500 });
    }
    base_of_three(&stage);
    assert_int_equal(stage.request_count, 7);
    assert_int_equal(stage.report_count, 1);
}

static void a_page_that_stays_bad_leaves_the_base(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, by_page);
    base_of_three(&stage);
    answer(&stage, "/list?page=1", "{'data':[{'id':9}]}");
    for (int i = 0; i < 3; i++) {
        stage_answer(&stage, &(struct stage_answer){ .path = "/list?page=2", .status = 500 });
    }
    expect_failure(&stage, "http_status", "page 2: the API answered with status 500");
    answer(&stage, "/list?page=1", "{'data':[{'id':9}]}");
    answer(&stage, "/list?page=2", "{'error':'try later'}");
    expect_failure(&stage, "selector_found_nothing", "page 2: ");
    answer(&stage, "/list?page=1", "{'data':[{'id':9}]}");
    answer(&stage, "/list?page=2", "{'data':");
    expect_failure(&stage, "json_syntax", "page 2: ");
    answer(&stage, "/list?page=1", "{'data':[{'id':1},{'id':2}]}");
    answer(&stage, "/list?page=2", "{'data':[{'id':3}]}");
    answer(&stage, "/list?page=3", "{'data':[]}");
    stage_expect(&stage, "list", POLL_UNCHANGED, "source.recovered");
}

static void a_429_in_the_middle_rests_the_host(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, by_page);
    base_of_three(&stage);
    answer(&stage, "/list?page=1", "{'data':[{'id':9}]}");
    stage_answer(&stage, &(struct stage_answer){ .path = "/list?page=2",
                                                 .status = 429,
                                                 .headers = { "Retry-After", "3600" } });
    stage_expect(&stage, "list", POLL_THROTTLED, "");
    assert_true(stage.reports[1].wait_ms >= 3600 * 1000);
    hand_clock_pass(&stage.hand, 3600 * 1000);
    answer(&stage, "/list?page=1", "{'data':[{'id':1},{'id':2}]}"); // from the first page
    answer(&stage, "/list?page=2", "{'data':[{'id':3},{'id':4}]}");
    answer(&stage, "/list?page=3", "{'data':[]}");
    stage_expect(&stage, "list", POLL_CHANGED, "item.created 4");
}

static void a_list_that_never_ends_is_named(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, by_page);
    base_of_three(&stage);
    answer(&stage, "/list?page=1", "{'data':[{'id':1}]}");
    answer(&stage, "/list?page=2", "{'data':[{'id':2}]}");
    answer(&stage, "/list?page=3", "{'data':[{'id':3}]}");
    answer(&stage, "/list?page=4", "{'data':[{'id':4}]}");
    expect_failure(&stage, "too_many_pages", "page 4: there are more than 4 pages");
    answer(&stage, "/list?page=1", "{'data':[{'id':1},{'id':2},{'id':3},{'id':4},{'id':5}]}");
    answer(&stage, "/list?page=2", "{'data':[{'id':6},{'id':7},{'id':8}]}");
    expect_failure(&stage, "too_many_items", "page 2: there are more than 7 items");
    answer(&stage, "/list?page=1", "{'data':[{'id':1}]}");
    answer(&stage, "/list?page=2",
           "{'data':[{'id':2,'text':'0123456789012345678901234567890123456789012345678901234567890"
           "123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
           "890123456789'}]}");
    expect_failure(&stage, "pages_too_large", "page 2: the pages so far hold more than 200");
}

static void a_page_that_comes_again_is_named(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, by_page);
    answer(&stage, "/list?page=1", "{'data':[{'id':1},{'id':2}],'request':'a'}");
    answer(&stage, "/list?page=2", "{'data':[{'id':1},{'id':2}],'request':'b'}");
    expect_failure(&stage, "page_repeated", "page 2: the same items were on page 1 already");
}

static void a_cursor_that_goes_in_a_circle_is_named(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, by_cursor);
    answer(&stage, "/list", "{'data':[{'id':1}],'next':'a'}");
    answer(&stage, "/list?at=a", "{'data':[{'id':2}],'next':'b'}");
    answer(&stage, "/list?at=b", "{'data':[{'id':3}],'next':'a'}");
    expect_failure(&stage, "page_repeated", "page 3: the next page is said to be page 2 again");
    answer(&stage, "/list", "{'data':[{'id':1}],'next':'a'}");
    answer(&stage, "/list?at=a", "{'data':[{'id':2}],'next':'a'}");
    expect_failure(&stage, "page_repeated", "page 2: the next page is said to be page 2 again");
    // Pages without items are no circle.
    answer(&stage, "/list", "{'data':[],'next':'a'}");
    answer(&stage, "/list?at=a", "{'data':[],'next':'b'}");
    answer(&stage, "/list?at=b", "{'data':[{'id':3}],'next':''}");
    stage_expect(&stage, "list", POLL_BASELINE, "");
}

static void only_a_single_page_is_asked_for_conditionally(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, by_cursor);
    stage_answer(&stage, &(struct stage_answer){ .path = "/list",
                                                 .status = 200,
                                                 .headers = { "ETag", "\"one\"" },
                                                 .body = "{'data':[{'id':1}]}" });
    stage_expect(&stage, "list", POLL_BASELINE, "");
    stage_answer(&stage, &(struct stage_answer){ .path = "/list", .status = 304 });
    stage_expect(&stage, "list", POLL_NOT_MODIFIED, "");
    assert_string_equal(stage.requests[1].if_none_match, "\"one\"");
    stage_answer(&stage, &(struct stage_answer){ .path = "/list",
                                                 .status = 200,
                                                 .headers = { "ETag", "\"two\"" },
                                                 .body = "{'data':[{'id':1}],'next':'a'}" });
    stage_answer(&stage, &(struct stage_answer){ .path = "/list?at=a",
                                                 .status = 200,
                                                 .headers = { "ETag", "\"three\"" },
                                                 .body = "{'data':[{'id':2}]}" });
    stage_expect(&stage, "list", POLL_CHANGED, "item.created 2");
    assert_string_equal(stage.requests[3].if_none_match, "");
    // With the first page as it was the second one may still have changed.
    answer(&stage, "/list", "{'data':[{'id':1}],'next':'a'}");
    answer(&stage, "/list?at=a", "{'data':[{'id':3}]}");
    stage_expect(&stage, "list", POLL_CHANGED, "item.created 3, item.deleted 2");
    assert_string_equal(stage.requests[4].if_none_match, "");
}

static void a_link_is_followed_and_never_conditional(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, by_link);
    stage_answer(&stage, &(struct stage_answer){ .path = "/list",
                                                 .status = 200,
                                                 .headers = { "ETag", "\"one\"" },
                                                 .body = "[{'id':1}]" });
    stage_expect(&stage, "list", POLL_BASELINE, "");
    stage_answer(&stage,
                 &(struct stage_answer){ .path = "/list",
                                         .status = 200,
                                         .headers = { "Link", "</list?page=2>; rel=\"next\"" },
                                         .body = "[{'id':1}]" });
    answer(&stage, "/list?page=2", "[{'id':2}]");
    stage_expect(&stage, "list", POLL_CHANGED, "item.created 2");
    assert_string_equal(stage.requests[1].if_none_match, "");
}

static void another_host_is_not_asked(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, by_link);
    stage_answer(&stage,
                 &(struct stage_answer){ .path = "/list",
                                         .status = 200,
                                         .headers = { "Link", "<http://localhost:1/>; rel=next" },
                                         .body = "[{'id':1}]" });
    expect_failure(&stage, "page_origin", "http://localhost:1");
    assert_int_equal(stage.request_count, 1);
}

static void a_401_in_the_middle_renews_the_token_once(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, logged_in);
    answer(&stage, "/login", "{'token':'token-one'}");
    answer(&stage, "/list?page=1", "{'data':[{'id':1}]}");
    stage_answer(&stage, &(struct stage_answer){ .path = "/list?page=2", .status = 401 });
    answer(&stage, "/login", "{'token':'token-two'}");
    answer(&stage, "/list?page=2", "{'data':[]}");
    stage_expect(&stage, "list", POLL_BASELINE, "");
    assert_int_equal(stage.request_count, 5);
    assert_string_equal(stage.requests[1].authorization, "Bearer token-one");
    assert_string_equal(stage.requests[4].authorization, "Bearer token-two");
}

// Every page is kept, so that edited rules find in all of them what they would have found.
static void an_edit_of_the_rules_tells_nothing(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, by_page);
    base_of_three(&stage);
    stage_apply(&stage, HEAD "sources: { list: { url: '@/list', pagination: { type: page }, "
                             "items: '.data[] | select(.id > 1)', key: .id } }\n");
    answer(&stage, "/list?page=1", "{'data':[{'id':1,'at':1},{'id':2}]}");
    answer(&stage, "/list?page=2", "{'data':[{'id':3},{'id':4}]}");
    answer(&stage, "/list?page=3", "{'data':[]}");
    stage_expect(&stage, "list", POLL_CHANGED, "item.created 4");
}

static void what_is_selected_on_each_page_is_joined(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, HEAD "sources: { list: { url: '@/list', pagination: { type: cursor, "
                            "next: .next, param: at }, select: .names } }\n");
    answer(&stage, "/list", "{'names':['a','b'],'next':1}");
    answer(&stage, "/list?at=1", "{'names':['c']}");
    stage_expect(&stage, "list", POLL_BASELINE, "");
    answer(&stage, "/list", "{'names':['a'],'next':2}"); // the same names on other pages
    answer(&stage, "/list?at=2", "{'names':['b','c']}");
    stage_expect(&stage, "list", POLL_UNCHANGED, "");
    answer(&stage, "/list", "{'names':['a','b','d']}");
    stage_expect(&stage, "list", POLL_CHANGED, "document.changed");
}

// Without `pagination` what is stored of several pages cannot be looked at with new rules.
static void pagination_that_is_taken_away_makes_a_new_base(void **state)
{
    (void)state;
    AUTO_STAGE struct stage stage;
    stage_init(&stage, by_page);
    base_of_three(&stage);
    stage_apply(&stage, HEAD "sources: { list: { url: '@/list'" LIST " } }\n");
    answer(&stage, "/list", "{'data':[{'id':1},{'id':5}]}");
    stage_expect(&stage, "list", POLL_BASELINE, "");
    answer(&stage, "/list", "{'data':[{'id':1}]}");
    stage_expect(&stage, "list", POLL_CHANGED, "item.deleted 5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_pages_are_one_document),
        cmocka_unit_test(an_item_that_moves_between_pages_counts_once),
        cmocka_unit_test(an_item_on_two_pages_is_compared_as_normalize_says),
        cmocka_unit_test(each_page_has_two_quick_retries),
        cmocka_unit_test(a_page_that_stays_bad_leaves_the_base),
        cmocka_unit_test(a_429_in_the_middle_rests_the_host),
        cmocka_unit_test(a_list_that_never_ends_is_named),
        cmocka_unit_test(a_page_that_comes_again_is_named),
        cmocka_unit_test(a_cursor_that_goes_in_a_circle_is_named),
        cmocka_unit_test(only_a_single_page_is_asked_for_conditionally),
        cmocka_unit_test(a_link_is_followed_and_never_conditional),
        cmocka_unit_test(another_host_is_not_asked),
        cmocka_unit_test(an_edit_of_the_rules_tells_nothing),
        cmocka_unit_test(what_is_selected_on_each_page_is_joined),
        cmocka_unit_test(pagination_that_is_taken_away_makes_a_new_base),
        cmocka_unit_test(a_401_in_the_middle_renews_the_token_once),
    };
    log_init(LOG_LOGFMT, LOG_ERROR, -1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
