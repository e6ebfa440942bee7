// Prepared URLs: what counts as the same, what is refused, and that the table stays bounded.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "bridge/net/target.h"

#define URLS  20000
#define TURNS 4096

static int set_up(void **state)
{
    struct target_table *table = NULL;
    assert_int_equal(target_table_new(&table), 0);
    *state = table;
    return 0;
}

static int tear_down(void **state)
{
    assert_null(target_table_free(*state));
    return 0;
}

static struct target *get(struct target_table *table, const char *url, const char *server_name)
{
    struct target *target = NULL;
    const char *words = NULL;
    assert_int_equal(target_get(table, url, server_name, &target, &words), 0);
    return target;
}

static void one_url_is_prepared_once(void **state)
{
    struct target *a = get(*state, "http://a/x", NULL);
    struct target *b = get(*state, "http://a/x", NULL);
    struct target *c = get(*state, "http://a/X", NULL);
    struct target *d = get(*state, "http://a/x", "b");
    assert_ptr_equal(a, b);
    assert_ptr_not_equal(a, c);
    assert_ptr_not_equal(a, d);
    (void)target_unref(a);
    (void)target_unref(b);
    (void)target_unref(c);
    (void)target_unref(d);
}

static void origin_is_scheme_host_and_port(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool same;
    } cases[] = {
        { "http://a/x", "http://A:80/y?z", true }, { "https://a/", "https://a:443/", true },
        { "http://a/", "https://a/", false },      { "http://a/", "http://a:81/", false },
        { "http://a/", "http://b/", false },       { "HTTP://a/", "http://a/", true },
        { "http://u:p@a/", "http://a/", true },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct target *a = get(*state, cases[i].a, NULL);
        struct target *b = get(*state, cases[i].b, NULL);
        assert_int_equal(a->origin == b->origin, cases[i].same);
        (void)target_unref(a);
        (void)target_unref(b);
    }
}

static void what_is_no_http_url_is_refused_with_words(void **state)
{
    static const char *const urls[] = { "",
                                        "a",
                                        "a/b",
                                        "ftp://a/",
                                        "file:///a",
                                        "http://",
                                        "http://a:0x1/",
                                        "http://a b/",
                                        "http://a/ b",
                                        "://a",
                                        "http://a:70000/" };
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct target *target = NULL;
        const char *words = NULL;
        assert_int_equal(target_get(*state, urls[i], NULL, &target, &words), TARGET_E_URL);
        assert_null(target);
        assert_non_null(words);
    }
}

static void a_server_name_is_asked_for_at_the_urls_address(void **state)
{
    struct target *plain = get(*state, "https://10.0.0.1:8443/x", NULL);
    struct target *named = get(*state, "https://10.0.0.1:8443/x", "api.example");
    struct target *default_port = get(*state, "https://10.0.0.1/x", "api.example");
    struct target *v6 = get(*state, "https://[::1]/x", "api.example");
    assert_null(plain->connect_to.data);
    assert_null(plain->host);
    assert_string_equal(named->connect_to.data, "api.example:8443:10.0.0.1:8443");
    assert_string_equal(named->host, "10.0.0.1:8443");
    assert_string_equal(default_port->connect_to.data, "api.example:443:10.0.0.1:443");
    assert_string_equal(default_port->host, "10.0.0.1");
    assert_string_equal(v6->connect_to.data, "api.example:443:[::1]:443");
    assert_string_equal(v6->host, "[::1]");
    (void)target_unref(plain);
    (void)target_unref(named);
    (void)target_unref(default_port);
    (void)target_unref(v6);
}

static void a_wrong_server_name_is_refused(void **state)
{
    struct target *target = NULL;
    const char *words = NULL;
    assert_int_equal(target_get(*state, "https://a/", "a b", &target, &words), TARGET_E_URL);
    assert_non_null(words);
}

// More URLs than places: references outlive their place, and what is asked again and again stays.
static void a_hot_url_keeps_its_place_among_many(void **state)
{
    struct target *hot = get(*state, "http://hot/", NULL);
    unsigned found = 0;
    for (unsigned i = 0; i < URLS; i++) {
        char url[64];
        (void)snprintf(url, sizeof(url), "http://host-%u.example/", i);
        (void)target_unref(get(*state, url, NULL));
        struct target *again = get(*state, "http://hot/", NULL);
        found += again == hot;
        (void)target_unref(again);
    }
    assert_int_equal(found, URLS);
    (void)target_unref(hot);
}

// As sources are polled: all in turn, again and again. A quarter of the places would do for them.
static void urls_asked_in_turn_keep_their_places(void **state)
{
    static struct target *targets[TURNS];
    unsigned found = 0;
    for (unsigned i = 0; i < 2 * TURNS; i++) {
        char url[64];
        (void)snprintf(url, sizeof(url), "http://host-%u.example/", i % TURNS);
        struct target *target = get(*state, url, NULL);
        if (i < TURNS) {
            targets[i] = target;
        } else {
            found += target == targets[i - TURNS];
            (void)target_unref(target);
        }
    }
    for (unsigned i = 0; i < TURNS; i++) {
        (void)target_unref(targets[i]);
    }
    assert_true(found > TURNS / 100 * 95); // a few sets have more URLs than places
}

static void a_url_nobody_asks_for_any_more_gives_its_place_up(void **state)
{
    struct target *cold = get(*state, "http://cold/", NULL);
    for (unsigned i = 0; i < 10 * URLS; i++) {
        char url[64];
        (void)snprintf(url, sizeof(url), "http://host-%u.example/", i);
        (void)target_unref(get(*state, url, NULL));
    }
    assert_int_equal(cold->refs, 1); // ours alone
    (void)target_unref(cold);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(one_url_is_prepared_once),
        CASE(origin_is_scheme_host_and_port),
        CASE(what_is_no_http_url_is_refused_with_words),
        CASE(a_server_name_is_asked_for_at_the_urls_address),
        CASE(a_wrong_server_name_is_refused),
        CASE(a_hot_url_keeps_its_place_among_many),
        CASE(urls_asked_in_turn_keep_their_places),
        CASE(a_url_nobody_asks_for_any_more_gives_its_place_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
