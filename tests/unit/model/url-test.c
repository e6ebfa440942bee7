// URLs as they are shown, compared and extended. The forms are those of RFC 3986.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "bridge/base/str.h"
#include "bridge/model/http.h"

static void expect_origin(const char *url, const char *wanted)
{
    AUTO_FREE char *origin = url_origin(url);
    if (!wanted && origin) {
        fail_msg("%s: %s", url, origin);
    }
    if (wanted && (!origin || strcmp(origin, wanted) != 0)) {
        fail_msg("%s: %s, not %s", url, origin ? origin : "none", wanted);
    }
}

static void origins_have_one_form(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "http://www.ietf.org/rfc/rfc2396.txt", "http://www.ietf.org:80" },
        { "https://example.com", "https://example.com:443" },
        { "HTTPS://EXAMPLE.com:443/", "https://example.com:443" },
        { "https://example.com:/", "https://example.com:443" },
        { "https://example.com:0443/", "https://example.com:443" },
        { "http://example.com:8042/over/there?name=ferret#nose", "http://example.com:8042" },
        { "http://user:p%40ss@example.com/", "http://example.com:80" },
        { "http://a@b@example.com/", "http://example.com:80" },
        { "http://example.com\\@other.example/", "http://other.example:80" }, // as libcurl does
        { "http://example.com?x=http://other/", "http://example.com:80" },
        { "http://example.com#@other/", "http://example.com:80" },
        { "http://example.com/@other/", "http://example.com:80" },
        { "http://[2001:DB8::7]:8080/c=GB", "http://[2001:db8::7]:8080" },
        { "https://[::1]", "https://[::1]:443" },
        { "https://[::ffff:192.0.2.1]/", "https://[::ffff:192.0.2.1]:443" },
        { "http://192.0.2.16:65535/", "http://192.0.2.16:65535" },
        { "http://b\u00fccher.example/", "http://b\u00fccher.example:80" },
        { "http://x_y.example/", "http://x_y.example:80" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        expect_origin(cases[i][0], cases[i][1]);
    }
}

static void what_has_no_http_origin_has_none(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "http:",
        "http:/",
        "http://",
        "http:///path",
        "https://?x",
        "https://:80/",
        "https://user@/",
        "ftp://ftp.is.co.za/rfc/rfc1808.txt",
        "ldap://[2001:db8::7]/c=GB?objectClass?one",
        "mailto:John.Doe@example.com",
        "news:comp.infosystems.www.servers.unix",
        "tel:+1-816-555-1212",
        "urn:oasis:names:specification:docbook:dtd:xml:4.1.2",
        "//example.com/",
        "/path",
        "example.com",
        " http://example.com/",
        "httpx://example.com/",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http://example.com:99999999999/",
        "http://example.com:80a/",
        "http://example.com:-1/",
        "http://example.com: 80/",
        "http://exa mple.com/",
        "http://exam\nple.com/",
        "http://exam<ple.com/",
        "http://[::1/",
        "http://[]/",
        "http://[::1]x/",
        "http://[::1]80/",
        "http://[::1%25eth0]/",
        "http://::1/",
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        expect_origin(cases[i], NULL);
    }
}

static void what_is_shown_of_a_url_holds_no_credential(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "https://example.com/a/b", "https://example.com/a/b" },
        { "https://user:secret@example.com:8443/a", "https://example.com:8443/a" },
        { "https://user:se@cret@example.com/", "https://example.com/" },
        { "https://user:se\\cret@example.com/", "https://example.com/" },
        { "https://example.com/?key=secret", "https://example.com/?key=\u2026" },
        { "https://example.com/?a=1&key=se=cret&b=", "https://example.com/?a=1&key=\u2026&b=" },
        { "https://example.com/?city=Madrid&appid=0123",
          "https://example.com/?city=Madrid&appid=\u2026" },
        { "https://example.com/?x=0123456789abcdef0123456789abcdef",
          "https://example.com/?x=\u2026" },
        { "https://example.com/?secret", "https://example.com/?\u2026" },
        { "https://example.com/?secret&a=1", "https://example.com/?\u2026&a=1" },
        { "https://example.com/?", "https://example.com/?" },
        { "https://example.com/?a=1#secret", "https://example.com/?a=1" },
        { "https://example.com/#secret", "https://example.com/" },
        { "https://example.com/a@b", "https://example.com/a@b" },
        { "https://example.com?u=http://me:secret@x/", "https://example.com?u=\u2026" },
        { "https://example.com?u=http%3A%2F%2Fme:secret%40x", "https://example.com?u=\u2026" },
        { "user:secret@example.com/x", "example.com/x" },
        { "/path?key=1", "/path?key=\u2026" },
        { "", "" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_FREE char *shown = url_redact(cases[i][0]);
        assert_non_null(shown);
        assert_string_equal(shown, cases[i][1]);
    }
}

static void expect_param(const char *url, const char *name, const char *value, const char *wanted)
{
    AUTO_BUF struct buf buf = { 0 };
    assert_int_equal(buf_append_str(&buf, url), 0);
    assert_int_equal(url_add_param(&buf, name, value), 0);
    assert_string_equal(buf_str(&buf), wanted);
    assert_int_equal(buf.len, strlen(wanted));
}

static void parameters_are_added_where_they_belong(void **state)
{
    (void)state;
    expect_param("http://x", "a", "1", "http://x?a=1");
    expect_param("http://x/", "a", "1", "http://x/?a=1");
    expect_param("http://x/?", "a", "1", "http://x/?a=1");
    expect_param("http://x/?b=2", "a", "1", "http://x/?b=2&a=1");
    expect_param("http://x/?b=2&", "a", "1", "http://x/?b=2&a=1");
    expect_param("http://x/?b", "a", "", "http://x/?b&a=");
    expect_param("http://x/#part", "a", "1", "http://x/?a=1");
    expect_param("http://x/?b=2#part?c&", "a", "1", "http://x/?b=2&a=1");
    expect_param("http://x/#a?b", "a", "1", "http://x/?a=1");
    expect_param("http://x/?a=0", "a", "1", "http://x/?a=0&a=1");
}

// RFC 3986 section 2.3: all but the unreserved characters are encoded.
static void parameters_are_percent_encoded(void **state)
{
    (void)state;
    expect_param("u", "AZaz09-._~", "AZaz09-._~", "u?AZaz09-._~=AZaz09-._~");
    expect_param("u", "filter[a]", "x y+z", "u?filter%5Ba%5D=x%20y%2Bz");
    expect_param("u", "q", "a&b=c#d?e/f%20", "u?q=a%26b%3Dc%23d%3Fe%2Ff%2520");
    expect_param("u", "q", "\u00e4\u20ac", "u?q=%C3%A4%E2%82%AC");
    expect_param("u", "q", "\x01\n\x7f\xff", "u?q=%01%0A%7F%FF");
    expect_param("u", "", "", "u?=");
}

static void expect_set(const char *url, const char *wanted)
{
    AUTO_BUF struct buf buf = { 0 };
    assert_int_equal(buf_append_str(&buf, url), 0);
    assert_int_equal(url_set_param(&buf, "page[n]", "2"), 0);
    assert_string_equal(buf_str(&buf), wanted);
    assert_int_equal(buf.len, strlen(wanted));
}

static void a_parameter_takes_the_place_of_all_of_its_name(void **state)
{
    (void)state;
    expect_set("http://x", "http://x?page%5Bn%5D=2");
    expect_set("http://x/?", "http://x/?page%5Bn%5D=2");
    expect_set("http://x/?page%5Bn%5D=1", "http://x/?page%5Bn%5D=2");
    expect_set("http://x/?page[n]=1&a=1", "http://x/?a=1&page%5Bn%5D=2");
    expect_set("http://x/?a=1&page%5Bn%5D&b=1", "http://x/?a=1&b=1&page%5Bn%5D=2");
    expect_set("http://x/?page%5Bn%5D=1&page%5Bn%5D=7#part", "http://x/?page%5Bn%5D=2");
    expect_set("http://x/?xpage[n]=1&page[n]x=1", "http://x/?xpage[n]=1&page[n]x=1&page%5Bn%5D=2");
    expect_set("http://x/#part?page[n]=1", "http://x/?page%5Bn%5D=2");
}

static void expect_resolved(const char *base, const char *reference, const char *wanted)
{
    AUTO_FREE char *url = NULL;
    assert_int_equal(url_resolve(base, reference, &url), wanted ? 0 : -EINVAL);
    if (wanted && strcmp(url, wanted) != 0) {
        fail_msg("%s: %s, not %s", reference, url, wanted);
    }
}

// RFC 3986 sections 5.4.1 and 5.4.2, without fragments, which are never sent.
static void references_mean_what_the_rfc_says(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "http:g", NULL },
        { "g", "http://a/b/c/g" },
        { "./g", "http://a/b/c/g" },
        { "g/", "http://a/b/c/g/" },
        { "/g", "http://a/g" },
        { "//g", "http://g" },
        { "?y", "http://a/b/c/d;p?y" },
        { "g?y", "http://a/b/c/g?y" },
        { "#s", "http://a/b/c/d;p?q" },
        { "g#s", "http://a/b/c/g" },
        { "g?y#s", "http://a/b/c/g?y" },
        { ";x", "http://a/b/c/;x" },
        { "g;x", "http://a/b/c/g;x" },
        { "", "http://a/b/c/d;p?q" },
        { ".", "http://a/b/c/" },
        { "./", "http://a/b/c/" },
        { "..", "http://a/b/" },
        { "../", "http://a/b/" },
        { "../g", "http://a/b/g" },
        { "../..", "http://a/" },
        { "../../", "http://a/" },
        { "../../g", "http://a/g" },
        { "../../../g", "http://a/g" },
        { "../../../../g", "http://a/g" },
        { "/./g", "http://a/g" },
        { "/../g", "http://a/g" },
        { "g.", "http://a/b/c/g." },
        { ".g", "http://a/b/c/.g" },
        { "g..", "http://a/b/c/g.." },
        { "..g", "http://a/b/c/..g" },
        { "./../g", "http://a/b/g" },
        { "./g/.", "http://a/b/c/g/" },
        { "g/./h", "http://a/b/c/g/h" },
        { "g/../h", "http://a/b/c/h" },
        { "g;x=1/./y", "http://a/b/c/g;x=1/y" },
        { "g;x=1/../y", "http://a/b/c/y" },
        { "g?y/./x", "http://a/b/c/g?y/./x" },
        { "g?y/../x", "http://a/b/c/g?y/../x" },
        { "https://other:8443/x?y=1#z", "https://other:8443/x?y=1" },
        { "?page=2&q=a%2Fb", "http://a/b/c/d;p?page=2&q=a%2Fb" },
        { "g:h", NULL },
        { "javascript:alert(1)", NULL },
        { "file:///etc/passwd", NULL },
        { "http://", NULL },
        { "//", NULL },
        { "g h", NULL },
        { " g", NULL },
        { "g\r\nx: y", NULL },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        expect_resolved("http://a/b/c/d;p?q", cases[i][0], cases[i][1]);
    }
    expect_resolved("https://host", "g", "https://host/g");
    expect_resolved("https://host", "?y", "https://host?y");
    expect_resolved("https://host/a?q#s", "", "https://host/a?q");
    expect_resolved("/no/base", "g", NULL);
}

static void a_url_that_grows_too_long_stays_as_it_was(void **state)
{
    (void)state;
    AUTO_BUF struct buf url = { .max = 20 };
    assert_int_equal(buf_append_str(&url, "http://example/#part"), 0);
    assert_int_equal(url_add_param(&url, "name", "value"), -EMSGSIZE);
    assert_string_equal(buf_str(&url), "http://example/#part");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(origins_have_one_form),
        cmocka_unit_test(what_has_no_http_origin_has_none),
        cmocka_unit_test(what_is_shown_of_a_url_holds_no_credential),
        cmocka_unit_test(parameters_are_added_where_they_belong),
        cmocka_unit_test(parameters_are_percent_encoded),
        cmocka_unit_test(a_parameter_takes_the_place_of_all_of_its_name),
        cmocka_unit_test(references_mean_what_the_rfc_says),
        cmocka_unit_test(a_url_that_grows_too_long_stays_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
