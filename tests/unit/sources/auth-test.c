// What the auths that need no token put into a request.

#include <string.h>

#include "bridge/base/encode.h"
#include "bridge/base/str.h"
#include "tests/unit/sources/support.h"

static void basic_makes_the_fields_of_the_standard(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        const char *field;
    } cases[] = {
        // RFC 7617 sections 2 and 2.1.
        { "username: Aladdin\npassword: open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" },
        { "username: test\npassword: 123£", "Basic dGVzdDoxMjPCow==" },
        // RFC 4648's three lengths of padding.
        { "username: a\npassword: b", "Basic YTpi" },
        { "username: a\npassword: bc", "Basic YTpiYw==" },
        { "username: a\npassword: bcd", "Basic YTpiY2Q=" },
        // A colon ends the name only.
        { "username: a\npassword: \":b:\"", "Basic YTo6Yjo=" },
        // Keys of services that take no password.
        { "username: sk_live_1", "Basic c2tfbGl2ZV8xOg==" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_FREE char *keys = str_printf("type: basic\n%s", cases[i].keys);
        struct settings AUTO_SETTINGS *settings = support_auth(keys);
        struct http_request AUTO_REQUEST request = support_apply(settings, NULL);
        assert_int_equal(request.secret_headers.n, 1);
        assert_string_equal(support_hidden(&request, "Authorization"), cases[i].field);
    }
}

// Longer than any buffer's first piece of memory.
static void basic_carries_a_long_password_whole(void **state)
{
    (void)state;
    char password[2001];
    memset(password, 'x', sizeof(password) - 1);
    password[sizeof(password) - 1] = '\0';
    AUTO_FREE char *keys = str_printf("type: basic\nusername: me\npassword: %s", password);
    struct settings AUTO_SETTINGS *settings = support_auth(keys);
    struct http_request AUTO_REQUEST request = support_apply(settings, NULL);
    const char *field = support_hidden(&request, "Authorization");
    AUTO_BYTES struct bytes pair = { 0 };
    assert_true(str_starts(field, "Basic "));
    field += strlen("Basic ");
    assert_int_equal(base64_decode(&pair, field, strlen(field)), 0);
    assert_int_equal(pair.len, 3 + sizeof(password) - 1);
    assert_memory_equal(pair.data, "me:", 3);
    assert_memory_equal(pair.data + 3, password, sizeof(password) - 1);
}

static void bearer_sends_its_token(void **state)
{
    (void)state;
    struct settings AUTO_SETTINGS *settings = support_auth("type: bearer\ntoken: mF_9.B5f-4.1JqM/");
    struct http_request AUTO_REQUEST request = support_apply(settings, NULL);
    assert_int_equal(request.secret_headers.n, 1);
    assert_string_equal(support_hidden(&request, "Authorization"), "Bearer mF_9.B5f-4.1JqM/");
}

// A source's own Authorization field and its auth do not both go out.
static void the_auth_replaces_a_configured_field(void **state)
{
    (void)state;
    struct settings AUTO_SETTINGS *settings = support_auth("type: bearer\ntoken: the-token");
    const struct auth_settings *auth = &settings->auths[0];
    struct http_request AUTO_REQUEST request = support_request(settings);
    assert_int_equal(headers_add(&request.secret_headers, "authorization", "old"), 0);
    assert_int_equal(auth->driver->apply(auth->driver_settings, NULL, &request), 0);
    assert_int_equal(request.secret_headers.n, 1);
    assert_string_equal(request.secret_headers.v[0].value, "Bearer the-token");
}

static void a_key_stands_in_its_field(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        const char *name;
        const char *value;
    } cases[] = {
        { "header: X-API-Key", "x-api-key", "k3y=/+ ü" },
        { "header: Authorization\nscheme: ApiKey", "Authorization", "ApiKey k3y=/+ ü" },
        { "header: X-K\nscheme: \"\"", "X-K", "k3y=/+ ü" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_FREE char *keys = str_printf("type: api_key\nkey: \"k3y=/+ ü\"\n%s", cases[i].keys);
        struct settings AUTO_SETTINGS *settings = support_auth(keys);
        struct http_request AUTO_REQUEST request = support_apply(settings, NULL);
        assert_int_equal(request.secret_headers.n, 1);
        assert_string_equal(support_hidden(&request, cases[i].name), cases[i].value);
        assert_null(request.url);
    }
}

static void a_key_joins_the_query(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        const char *whole;
    } cases[] = {
        { "https://a.example.com/", "https://a.example.com/?app%20id=k%C3%BC%26y" },
        { "https://a.example.com/?q=1", "https://a.example.com/?q=1&app%20id=k%C3%BC%26y" },
        { "https://a.example.com/?q=1#part", "https://a.example.com/?q=1&app%20id=k%C3%BC%26y" },
    };
    struct settings AUTO_SETTINGS *settings =
        support_auth("type: api_key\nkey: \"kü&y\"\nparam: \"app id\"");
    const struct auth_settings *auth = &settings->auths[0];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct http_request AUTO_REQUEST request = { .url = strdup(cases[i].url) };
        assert_int_equal(auth->driver->apply(auth->driver_settings, NULL, &request), 0);
        assert_string_equal(request.url, cases[i].whole);
        assert_int_equal(request.secret_headers.n + request.headers.n, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(basic_makes_the_fields_of_the_standard),
        cmocka_unit_test(basic_carries_a_long_password_whole),
        cmocka_unit_test(bearer_sends_its_token),
        cmocka_unit_test(a_key_stands_in_its_field),
        cmocka_unit_test(a_key_joins_the_query),
        cmocka_unit_test(the_auth_replaces_a_configured_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
