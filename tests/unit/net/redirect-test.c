// Where a Location leads and what of the request may go along.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bridge/net/redirect.h"

static const struct {
    const char *base;
    const char *location;
    const char *url; // NULL: refused
    bool same_origin;
    bool same_host;
} cases[] = {
    { "http://a/x/y?q=1", "z", "http://a/x/z", true, true },
    { "http://a/x/y?q=1", "/z?r=2", "http://a/z?r=2", true, true },
    { "http://a/x/y?q=1", "?r=2", "http://a/x/y?r=2", true, true },
    { "http://a/x", "//b/y", "http://b/y", false, false },
    { "https://a/x", "//a/y", "https://a/y", true, true },
    { "http://a/x", "http://A:80/y", "http://A:80/y", true, true },
    { "http://a/x", "http://a:8080/y", "http://a:8080/y", false, true },
    { "http://a/x", "https://a/y", "https://a/y", false, true },
    { "https://a/x", "http://a/y", "http://a/y", false, true },
    { "https://a/x", "HTTPS://a:443/y", "https://a:443/y", true, true },
    { "http://a/x", "http://a.evil/y", "http://a.evil/y", false, false },
    { "http://a/x", "http://a@evil/y", "http://evil/y", false, false },
    { "http://u:p@a/x", "http://b/y", "http://b/y", false, false },
    { "http://u:p@a/x", "/y", "http://u:p@a/y", true, true },
    { "http://u:p@a/x", "http://a/y", "http://u:p@a/y", true, true },
    { "http://a/x", "http://u:p@b/y", "http://b/y", false, false },
    { "http://a/x", "/y#part", "http://a/y", true, true },
    { "http://a/x", "/with blank", "http://a/with%20blank", true, true },
    { "http://a/x", "http://[::1]:8080/y", "http://[::1]:8080/y", false, false },
    { "http://a/x", "ftp://a/y", NULL, false, false },
    { "http://a/x", "file:///etc/passwd", NULL, false, false },
    { "http://a/x", "gopher://a/", NULL, false, false },
    { "http://a/x", "http://", NULL, false, false },
    { "http://a/x", "http://a:99999/", NULL, false, false },
};

static void a_location_resolves_and_is_compared_with_its_base(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(redirect_deinit) struct redirect redirect = { 0 };
        const char *words = NULL;
        int r = redirect_resolve(&redirect, cases[i].base, cases[i].location, &words);
        if (r != (cases[i].url ? 0 : REDIRECT_E_URL)) {
            fail_msg("%s + %s: %d", cases[i].base, cases[i].location, r);
        }
        if (r != 0) {
            assert_non_null(words);
            assert_null(redirect.url);
            continue;
        }
        assert_string_equal(redirect.url, cases[i].url);
        assert_int_equal(redirect.same_origin, cases[i].same_origin);
        assert_int_equal(redirect.same_host, cases[i].same_host);
    }
}

static void only_five_statuses_point_elsewhere(void **state)
{
    (void)state;
    for (int status = 100; status < 600; status++) {
        bool expected =
            status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
        assert_int_equal(redirect_is_status(status), expected);
    }
}

static void methods_change_as_the_fetch_standard_says(void **state)
{
    static const struct {
        int status;
        const char *method;
        bool becomes_get;
    } table[] = {
        { 301, "POST", true },  { 301, "GET", false },    { 301, "PUT", false },
        { 302, "POST", true },  { 302, "DELETE", false }, { 303, "POST", true },
        { 303, "PUT", true },   { 303, "DELETE", true },  { 303, "HEAD", false },
        { 303, "GET", false },  { 307, "POST", false },   { 307, "PUT", false },
        { 308, "POST", false }, { 308, "PATCH", false },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        assert_int_equal(redirect_becomes_get(table[i].status, table[i].method),
                         table[i].becomes_get);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_location_resolves_and_is_compared_with_its_base),
        cmocka_unit_test(only_five_statuses_point_elsewhere),
        cmocka_unit_test(methods_change_as_the_fetch_standard_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
