// Which cookies are taken from an answer, and which requests carry them.

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "bridge/model/cookie.h"

#define NOW_MS INT64_C(1767225600000) // 2026-01-01T00:00:00Z
#define HERE   "https://app.example.com/auth/login?next=/x"

static void take(struct cookie_jar *jar, const char *url, const char *field)
{
    assert_int_equal(cookie_jar_take(jar, url, field, NOW_MS), 0);
}

static void expect(const struct cookie_jar *jar, const char *url, const char *wanted)
{
    AUTO_BUF struct buf text = { 0 };
    assert_int_equal(cookie_jar_format(jar, url, &text), 0);
    if (!str_eq(buf_str(&text), wanted)) {
        fail_msg("%s: \"%s\", not \"%s\"", url, buf_str(&text), wanted);
    }
}

#define AUTO_JAR CLEANUP(cookie_jar_deinit)

static void fields_are_read_as_the_standard_says(void **state)
{
    (void)state;
    static const struct {
        const char *field;
        const char *sent; // to the login's own URL
    } cases[] = {
        { "SID=31d4d96e407aad42", "SID=31d4d96e407aad42" },
        { "  SID \t=  a b ; Path=/", "SID=a b" },
        { "SID=\"quoted; Path=/", "SID=\"quoted" },
        { "SID=a=b==; HttpOnly; SameSite=Lax; Priority=High", "SID=a=b==" },
        { "SID=", "SID=" },
        { "SID=\xc3\xa4", "SID=\xc3\xa4" },
        { "=value", "" },
        { "no equals sign", "" },
        { "", "" },
        { ";;;=;", "" },
        { "SID=a\x01z", "" },
        { "SID=a; Secure", "SID=a" },
        { "SID=a; secure=no; PATH=/auth", "SID=a" }, // names without case
        { "SID=a; Path=", "SID=a" },                 // the folder of the URL
        { "SID=a; Path=relative", "SID=a" },
        { "SID=a; Path=/other", "" },
        { "SID=a; Domain=app.example.com", "SID=a" },
        { "SID=a; Domain=.Example.COM", "SID=a" },
        { "SID=a; Domain=", "SID=a" },
        { "SID=a; Domain=other.example.com", "" },
        { "SID=a; Domain=deep.app.example.com", "" },
        { "SID=a; Domain=ample.com", "" },
        { "SID=a; Domain=com", "" },
        { "SID=a; Domain=example.org; Domain=example.com", "SID=a" }, // the last one counts
        { "SID=a; Max-Age=60", "SID=a" },
        { "SID=a; Max-Age=0", "" },
        { "SID=a; Max-Age=-5; Expires=Fri, 01 Jan 2027 00:00:00 GMT", "" },
        { "SID=a; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60", "SID=a" },
        { "SID=a; Max-Age=99999999999999999999999999", "SID=a" },
        { "SID=a; Max-Age=soon", "SID=a" },
        { "SID=a; Expires=Thu, 01-Jan-1970 00:00:01 GMT", "" },
        { "SID=a; Expires=Wed, 31 Dec 2025 23:59:59 GMT", "" },
        { "SID=a; Expires=never", "SID=a" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_JAR struct cookie_jar jar = { 0 };
        take(&jar, HERE, cases[i].field);
        expect(&jar, HERE, cases[i].sent);
    }
}

static void cookies_go_where_they_belong(void **state)
{
    (void)state;
    AUTO_JAR struct cookie_jar jar = { 0 };
    take(&jar, HERE, "host=1");
    take(&jar, HERE, "all=2; Path=/");
    take(&jar, HERE, "wide=3; Domain=example.com; Path=/");
    take(&jar, HERE, "safe=4; Secure; Path=/");
    take(&jar, HERE, "api=5; Path=/api/v1");
    expect(&jar, "https://app.example.com/auth/x", "host=1; all=2; wide=3; safe=4");
    expect(&jar, "https://app.example.com/auth", "host=1; all=2; wide=3; safe=4");
    expect(&jar, "https://app.example.com/author", "all=2; wide=3; safe=4");
    expect(&jar, "https://app.example.com", "all=2; wide=3; safe=4");
    expect(&jar, "https://app.example.com?q=/auth/", "all=2; wide=3; safe=4");
    expect(&jar, "https://APP.example.com:8443/api/v1?q=1", "api=5; all=2; wide=3; safe=4");
    expect(&jar, "https://app.example.com/api/v1/list", "api=5; all=2; wide=3; safe=4");
    expect(&jar, "https://app.example.com/api/v10", "all=2; wide=3; safe=4");
    expect(&jar, "http://app.example.com/", "all=2; wide=3");
    expect(&jar, "https://api.example.com/auth/", "wide=3");
    expect(&jar, "https://example.com/", "wide=3");
    expect(&jar, "https://evil-example.com/", "");
    expect(&jar, "https://example.com.evil.org/", "");
}

static void an_address_has_no_hosts_below_it(void **state)
{
    (void)state;
    AUTO_JAR struct cookie_jar jar = { 0 };
    take(&jar, "http://127.0.0.1:8080/login", "a=1; Domain=0.0.1; Path=/");
    take(&jar, "http://127.0.0.1:8080/login", "b=2; Domain=127.0.0.1; Path=/");
    take(&jar, "http://127.0.0.1:8080/login", "c=3");
    take(&jar, "http://127.0.0.1:8080/login", "d=4; Secure"); // would not come back
    expect(&jar, "http://127.0.0.1:9090/api", "b=2; c=3");
    take(&jar, "http://[::1]:8080/login", "v6=1");
    expect(&jar, "http://[::1]/", "v6=1");
}

static void a_namesake_takes_the_place_of_the_older_one(void **state)
{
    (void)state;
    AUTO_JAR struct cookie_jar jar = { 0 };
    take(&jar, HERE, "SID=old; Path=/; Max-Age=60");
    take(&jar, HERE, "SID=deep; Path=/auth");
    take(&jar, HERE, "SID=new; Path=/");
    expect(&jar, HERE, "SID=deep; SID=new");
    assert_int_equal(cookie_jar_expires_at_ms(&jar), 0);
    take(&jar, HERE, "SID=; Path=/; Max-Age=0");
    expect(&jar, HERE, "SID=deep");
    assert_int_equal(jar.n, 1);
}

static void the_first_to_expire_says_when(void **state)
{
    (void)state;
    AUTO_JAR struct cookie_jar jar = { 0 };
    take(&jar, HERE, "session=1");
    assert_int_equal(cookie_jar_expires_at_ms(&jar), 0);
    take(&jar, HERE, "month=1; Expires=Sun, 01 Feb 2026 00:00:00 GMT");
    take(&jar, HERE, "hour=1; Max-Age=3600");
    assert_int_equal(cookie_jar_expires_at_ms(&jar), NOW_MS + 3600000);
}

static void a_jar_has_its_limits(void **state)
{
    (void)state;
    AUTO_JAR struct cookie_jar jar = { 0 };
    char field[COOKIE_BYTES_MAX + 64];
    for (int i = 0; i < COOKIE_JAR_MAX; i++) {
        (void)snprintf(field, sizeof(field), "c%d=1", i);
        take(&jar, HERE, field);
    }
    assert_int_equal(cookie_jar_take(&jar, HERE, "more=1", NOW_MS), -ENOSPC);
    take(&jar, HERE, "c7=2"); // takes the place of another
    take(&jar, HERE, "c8=; Max-Age=0");
    memset(field, 'x', sizeof(field));
    field[3] = '=';
    field[COOKIE_BYTES_MAX + 2] = '\0';
    take(&jar, HERE, field); // too long: ignored
    assert_int_equal(jar.n, COOKIE_JAR_MAX - 1);
    field[COOKIE_BYTES_MAX + 1] = '\0';
    take(&jar, HERE, field);
    assert_int_equal(jar.n, COOKIE_JAR_MAX);
}

static void dates_are_read_however_they_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t at_s; // 0: no date
    } cases[] = {
        { "Wed, 09 Jun 2021 10:18:14 GMT", 1623233894 },
        { "Wed, 09-Jun-2021 10:18:14 GMT", 1623233894 },
        { "Wednesday, 09-Jun-21 10:18:14 GMT", 1623233894 },
        { "Wed Jun  9 10:18:14 2021", 1623233894 },
        { "2021 june 9 10:18:14", 1623233894 },
        { "10:18:14 9 Jun 21", 1623233894 },
        { "9 Jun 2021 10:18:14 trailing 33 text", 1623233894 },
        { "1 Jan 70 0:0:1", 1 },
        { "29 Feb 2024 12:00:00", 1709208000 },
        { "29 Feb 2023 12:00:00", 0 },
        { "31 Apr 2024 12:00:00", 0 },
        { "9 Jun 2021", 0 },
        { "9 Jun 2021 24:00:00", 0 },
        { "9 Jun 2021 10:60:00", 0 },
        { "9 Jun 1600 10:00:00", 0 },
        { "Jun 2021 10:18:14", 0 },
        { "10:18:14", 0 },
        { "", 0 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t at_ms = 0;
        bool is_date = cookie_date_parse(cases[i].text, strlen(cases[i].text), &at_ms);
        if (is_date != (cases[i].at_s != 0) || (is_date && at_ms != cases[i].at_s * 1000)) {
            fail_msg("%s: %d, %lld", cases[i].text, is_date, (long long)at_ms);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_read_as_the_standard_says),
        cmocka_unit_test(cookies_go_where_they_belong),
        cmocka_unit_test(an_address_has_no_hosts_below_it),
        cmocka_unit_test(a_namesake_takes_the_place_of_the_older_one),
        cmocka_unit_test(the_first_to_expire_says_when),
        cmocka_unit_test(a_jar_has_its_limits),
        cmocka_unit_test(dates_are_read_however_they_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
