// The request that the source `http` makes of its settings.

#include <string.h>

#include "bridge/base/str.h"
#include "tests/unit/sources/support.h"

static void a_url_alone_makes_a_careful_get(void **state)
{
    (void)state;
    struct settings AUTO_SETTINGS *settings = support_source("");
    struct http_request AUTO_REQUEST request = support_request(settings);
    assert_null(request.method); // which means GET
    assert_string_equal(request.url, "https://api.example.com/v1/it");
    assert_string_equal(support_shown(&request, "Accept"), "application/json, */*;q=0.5");
    assert_int_equal(request.headers.n, 1);
    assert_int_equal(request.secret_headers.n, 0);
    assert_int_equal(request.body.len, 0);
    assert_int_equal(request.timeout_ms, 30000);
    assert_int_equal(request.connect_timeout_ms, 5000);
    assert_int_equal(request.max_body_bytes, 10 * 1024 * 1024);
    assert_int_equal(request.max_redirects, 5);
    assert_true(request.decompress);
    assert_true(request.allow_private);
    assert_false(request.truncate_body); // half a document is none
    assert_null(request.proxy);
    assert_non_null(request.tls);
    assert_false(request.tls->insecure_skip_verify);
    assert_int_equal(request.tls->min_version, TLS_1_2);
}

static void every_option_of_the_connection_arrives(void **state)
{
    (void)state;
    struct settings AUTO_SETTINGS *settings =
        support_source("timeout: 7s\n"
                       "connect_timeout: 250ms\n"
                       "max_body_size: 3KiB\n"
                       "redirects: 0\n"
                       "proxy: socks5h://127.0.0.1:1080\n"
                       "tls: { ca_file: /ca.pem, cert_file: /c.pem, key_file: /k.pem, "
                       "server_name: inner.example.com, min_version: 1.3, "
                       "insecure_skip_verify: true }\n");
    struct http_request AUTO_REQUEST request = support_request(settings);
    assert_int_equal(request.timeout_ms, 7000);
    assert_int_equal(request.connect_timeout_ms, 250);
    assert_int_equal(request.max_body_bytes, 3072);
    assert_int_equal(request.max_redirects, 0);
    assert_string_equal(request.proxy, "socks5h://127.0.0.1:1080");
    assert_string_equal(request.tls->ca_file, "/ca.pem");
    assert_string_equal(request.tls->cert_file, "/c.pem");
    assert_string_equal(request.tls->key_file, "/k.pem");
    assert_string_equal(request.tls->server_name, "inner.example.com");
    assert_int_equal(request.tls->min_version, TLS_1_3);
    assert_true(request.tls->insecure_skip_verify);
}

static void an_address_policy_arrives(void **state)
{
    (void)state;
    struct settings AUTO_SETTINGS *settings = support_source("allow_private: false");
    struct http_request AUTO_REQUEST request = support_request(settings);
    assert_false(request.allow_private);
}

static void params_are_encoded_and_keep_their_order(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        const char *query; // what follows the path
    } cases[] = {
        { "params: { latitude: 40.4, longitude: -3.7 }", "?latitude=40.4&longitude=-3.7" },
        { "params: { z: 1, a: 2 }", "?z=1&a=2" },
        { "params: { city: San José }", "?city=San%20Jos%C3%A9" },
        { "params: { q: \"a&b=c#d+e%20?/\" }", "?q=a%26b%3Dc%23d%2Be%2520%3F%2F" },
        { "params: { \"a b&\": \"\" }", "?a%20b%26=" },
        { "params: { big: 12345678901234567890 }", "?big=12345678901234567890" },
        { "params: { safe: \"-._~\" }", "?safe=-._~" },
        { "params: { crlf: \"a\\r\\nHost: evil\" }", "?crlf=a%0D%0AHost%3A%20evil" },
        { "params: {}", "" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct settings AUTO_SETTINGS *settings = support_source(cases[i].keys);
        struct http_request AUTO_REQUEST request = support_request(settings);
        const char *path = "https://api.example.com/v1/it";
        assert_true(str_starts(request.url, path));
        assert_string_equal(request.url + strlen(path), cases[i].query);
    }
}

static void only_harmless_fields_are_shown(void **state)
{
    (void)state;
    struct settings AUTO_SETTINGS *settings =
        support_source("headers:\n"
                       "  accept: application/vnd.github+json\n"
                       "  user-agent: weather-watch\n"
                       "  x-api-key: hush\n"
                       "  Cookie: session=hush\n"
                       "  authorization: Custom hush\n"
                       "  X-GitHub-Api-Version: \"2022-11-28\"\n");
    struct http_request AUTO_REQUEST request = support_request(settings);
    assert_string_equal(support_shown(&request, "Accept"), "application/vnd.github+json");
    assert_string_equal(support_shown(&request, "User-Agent"), "weather-watch");
    assert_int_equal(request.headers.n, 2); // not a second Accept
    assert_string_equal(support_hidden(&request, "X-API-Key"), "hush");
    assert_string_equal(support_hidden(&request, "Cookie"), "session=hush");
    assert_string_equal(support_hidden(&request, "Authorization"), "Custom hush");
    assert_string_equal(support_hidden(&request, "X-GitHub-Api-Version"), "2022-11-28");
    assert_int_equal(request.secret_headers.n, 4);
}

static void a_user_agent_is_a_field(void **state)
{
    (void)state;
    struct settings AUTO_SETTINGS *settings =
        support_source("user_agent: weather-watch (ops@example.com)");
    struct http_request AUTO_REQUEST request = support_request(settings);
    assert_string_equal(support_shown(&request, "User-Agent"), "weather-watch (ops@example.com)");
}

static void bodies_are_sent_as_written(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        const char *method;
        const char *body;
        const char *content_type; // NULL: none
    } cases[] = {
        { "method: POST\njson: { query: \"{ a }\", n: 1.50, big: 12345678901234567890 }", "POST",
          "{\"query\":\"{ a }\",\"n\":1.50,\"big\":12345678901234567890}", "application/json" },
        { "method: PUT\njson: [1, ~, true, é]", "PUT", "[1,null,true,\"é\"]", "application/json" },
        { "method: POST\njson: {}\nheaders: { content-type: application/graphql+json }", "POST",
          "{}", "application/graphql+json" },
        { "method: PATCH\nbody: \"a=1&b=%20\"", "PATCH", "a=1&b=%20", NULL },
        { "method: POST\nbody: <q/>\nheaders: { Content-Type: text/xml }", "POST", "<q/>",
          "text/xml" },
        { "method: POST", "POST", "", NULL },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct settings AUTO_SETTINGS *settings = support_source(cases[i].keys);
        struct http_request AUTO_REQUEST request = support_request(settings);
        assert_string_equal(request.method, cases[i].method);
        assert_int_equal(request.body.len, strlen(cases[i].body));
        assert_string_equal(request.body.data ? request.body.data : "", cases[i].body);
        const char *type = support_shown(&request, "Content-Type");
        if (!str_eq(type, cases[i].content_type)) {
            fail_msg("%s: content type %s", cases[i].keys, type ? type : "absent");
        }
    }
}

static void statuses_that_carry_data_are_the_configured_ones(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        int status;
        bool accepted;
    } cases[] = {
        { "", 200, true },
        { "", 204, true },
        { "", 299, true },
        { "", 199, false },
        { "", 301, false },
        { "", 304, false },
        { "", 404, false },
        { "", 500, false },
        { "ok_status: [200, 404]", 404, true },
        { "ok_status: [200, 404]", 201, false },
        { "ok_status: 2xx", 250, true },
        { "ok_status: [\"200-204\", 410]", 205, false },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct settings AUTO_SETTINGS *settings = support_source(cases[i].keys);
        const struct source_settings *source = &settings->sources[0];
        bool accepted = source->driver->accepts(source->driver_settings, cases[i].status);
        if (accepted != cases[i].accepted) {
            fail_msg("%s: status %d", cases[i].keys, cases[i].status);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_alone_makes_a_careful_get),
        cmocka_unit_test(every_option_of_the_connection_arrives),
        cmocka_unit_test(an_address_policy_arrives),
        cmocka_unit_test(params_are_encoded_and_keep_their_order),
        cmocka_unit_test(only_harmless_fields_are_shown),
        cmocka_unit_test(a_user_agent_is_a_field),
        cmocka_unit_test(bodies_are_sent_as_written),
        cmocka_unit_test(statuses_that_carry_data_are_the_configured_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
