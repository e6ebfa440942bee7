// The request that logs in, the token in its answer, and how polls carry it.

#include <string.h>

#include "bridge/base/str.h"
#include "tests/unit/sources/support.h"

#define NOW_MS INT64_C(1767225600000)
#define LOGIN  "type: login\nrequest: { url: \"https://a.example.com/login\" }\n"

static void a_login_is_a_careful_request(void **state)
{
    (void)state;
    struct settings AUTO_SETTINGS *settings = support_auth(LOGIN "token: .t");
    assert_true(settings->auths[0].driver->needs_token);
    struct http_request AUTO_REQUEST request = support_login(settings);
    assert_string_equal(request.method, "POST");
    assert_string_equal(request.url, "https://a.example.com/login");
    assert_string_equal(support_shown(&request, "Accept"), "application/json, */*;q=0.5");
    assert_int_equal(request.headers.n, 1);
    assert_int_equal(request.secret_headers.n, 0);
    assert_int_equal(request.body.len, 0);
    assert_int_equal(request.max_redirects, 0); // they would carry the password on
    assert_int_equal(request.max_body_bytes, 1024 * 1024);
    assert_int_equal(request.timeout_ms, 30000);
    assert_int_equal(request.connect_timeout_ms, 5000);
    assert_true(request.decompress);
    assert_true(request.allow_private);
    assert_false(request.truncate_body);
    assert_non_null(request.tls);
}

static void every_option_of_the_connection_arrives(void **state)
{
    (void)state;
    struct settings AUTO_SETTINGS *settings =
        support_auth("type: login\n"
                     "token: .t\n"
                     "request:\n"
                     "  url: https://a.example.com/login\n"
                     "  timeout: 7s\n"
                     "  connect_timeout: 250ms\n"
                     "  proxy: http://127.0.0.1:3128\n"
                     "  tls: { ca_file: /ca.pem, min_version: 1.3 }\n");
    struct http_request AUTO_REQUEST request = support_login(settings);
    assert_int_equal(request.timeout_ms, 7000);
    assert_int_equal(request.connect_timeout_ms, 250);
    assert_string_equal(request.proxy, "http://127.0.0.1:3128");
    assert_string_equal(request.tls->ca_file, "/ca.pem");
    assert_int_equal(request.tls->min_version, TLS_1_3);
    struct settings AUTO_SETTINGS *strict =
        support_auth("type: login\ntoken: .t\n"
                     "request: { url: \"https://a.example.com/\", allow_private: false }");
    struct http_request AUTO_REQUEST strict_request = support_login(strict);
    assert_false(strict_request.allow_private);
}

static void bodies_are_json_forms_or_plain(void **state)
{
    (void)state;
    static const struct {
        const char *keys; // of `request`
        const char *method;
        const char *body;
        const char *content_type; // NULL: none
    } cases[] = {
        { "json: { user: ada, password: \"p\\\"w\", n: 1 }", "POST",
          "{\"user\":\"ada\",\"password\":\"p\\\"w\",\"n\":1}", "application/json" },
        { "form: { user: ada, password: \"a&b=c d+é\" }", "POST",
          "user=ada&password=a%26b%3Dc%20d%2B%C3%A9", "application/x-www-form-urlencoded" },
        { "form: { grant_type: password }, method: PUT", "PUT", "grant_type=password",
          "application/x-www-form-urlencoded" },
        { "form: { a: \"#?\", \"\": x }", "POST", "a=%23%3F&=x",
          "application/x-www-form-urlencoded" },
        { "body: \"<login/>\", headers: { content-type: text/xml }", "POST", "<login/>",
          "text/xml" },
        { "body: raw", "POST", "raw", NULL },
        { "method: GET", "GET", "", NULL },
        { "json: {}, headers: { content-type: application/vnd.api+json }", "POST", "{}",
          "application/vnd.api+json" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_FREE char *keys = str_printf("type: login\ntoken: .t\n"
                                          "request: { url: \"https://a.example.com/\", %s }",
                                          cases[i].keys);
        struct settings AUTO_SETTINGS *settings = support_auth(keys);
        struct http_request AUTO_REQUEST request = support_login(settings);
        assert_string_equal(request.method, cases[i].method);
        assert_string_equal(request.body.data ? request.body.data : "", cases[i].body);
        assert_int_equal(request.body.len, strlen(cases[i].body));
        assert_true(str_eq(support_shown(&request, "Content-Type"), cases[i].content_type));
    }
}

static void a_logins_own_credentials_are_hidden(void **state)
{
    (void)state;
    struct settings AUTO_SETTINGS *settings =
        support_auth("type: login\ntoken: .t\n"
                     "request: { url: \"https://a.example.com/\", "
                     "headers: { x-client-secret: hush, accept: text/json } }");
    struct http_request AUTO_REQUEST request = support_login(settings);
    assert_string_equal(support_hidden(&request, "X-Client-Secret"), "hush");
    assert_string_equal(support_shown(&request, "Accept"), "text/json");
    assert_int_equal(request.headers.n, 1);
}

// ---- the answer ----

struct reply {
    const char *keys; // of the auth
    int status;
    const char *field; // X-Token; NULL: none
    const char *body;
    const char *token; // NULL: refused …
    const char *words; // … with this in the message
};

static void check_reply(const struct reply *reply)
{
    struct problem AUTO_PROBLEM *why = NULL;
    struct token AUTO_TOKEN token = { 0 };
    AUTO_FREE char *keys = str_printf(LOGIN "%s", reply->keys);
    struct settings AUTO_SETTINGS *settings = support_auth(keys);
    const struct auth_settings *auth = &settings->auths[0];
    struct http_response AUTO_RESPONSE answer = support_answer(reply->status, NULL, reply->body);
    if (reply->field) {
        assert_int_equal(headers_add(&answer.headers, "X-Token", reply->field), 0);
    }
    int r = auth->driver->token_parse(auth->driver_settings, &answer, NOW_MS, &token, &why);
    if (r != (reply->token ? 0 : AUTH_E_REFUSED) || (r != 0) != (why != NULL)) {
        fail_msg("%d %s: %d, %s", reply->status, reply->body, r, why ? why->message : "no words");
    }
    if (reply->token) {
        assert_string_equal(token.value.data, reply->token);
        assert_int_equal(token.value.len, strlen(reply->token));
        return;
    }
    assert_null(token.value.data);
    assert_string_equal(why->code, "auth_refused");
    if (!strstr(why->message, reply->words) || strstr(why->message, "hush")) {
        fail_msg("%d %s: %s", reply->status, reply->body, why->message);
    }
}

static void check_replies(const struct reply *replies, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        check_reply(&replies[i]);
    }
}

static void a_token_stands_at_its_path(void **state)
{
    (void)state;
    static const struct reply replies[] = {
        { "token: .access_token", 200, NULL, "{\"access_token\":\"abc.def\"}", "abc.def", NULL },
        { "token: .data.auth[0].token", 201, NULL, "{\"data\":{\"auth\":[{\"token\":\"t\"}]}}", "t",
          NULL },
        { "token: .", 200, NULL, "\"bare\"", "bare", NULL },
        { "token: .t", 200, NULL, "\xEF\xBB\xBF{\"t\":\"bom\"}", "bom", NULL },
        { "token: .t", 200, NULL, "{\"t\":1234567890123456789}", "1234567890123456789", NULL },
        { "token: .t", 200, NULL, "{\"t\":\"a b/\xC3\xA9\"}", "a b/\xC3\xA9", NULL },
        { "token: .t", 200, NULL, "{\"t\":\"a\\/b\\u0041\"}", "a/bA", NULL },
    };
    check_replies(replies, ARRAY_LEN(replies));
}

static void a_token_stands_in_a_field(void **state)
{
    (void)state;
    static const struct reply replies[] = {
        { "token_header: x-token", 200, "abc", "", "abc", NULL },
        { "token_header: X-Token", 204, "Bearer abc", "<html>", "abc", NULL },
        { "token_header: X-Token", 200, "bearer  abc", "", "abc", NULL },
        { "token_header: X-Token", 200, "Bearerabc", "", "Bearerabc", NULL },
        { "token_header: X-Token\nscheme: Token", 200, "Token abc", "", "abc", NULL },
        { "token_header: X-Token\nscheme: Token", 200, "Bearer abc", "", "Bearer abc", NULL },
        { "token_header: X-Token\nscheme: \"\"", 200, "Bearer abc", "", "Bearer abc", NULL },
        { "token_header: X-Token\nexpires_in: 5m", 200, "abc", "", "abc", NULL },
        { "token_header: X-Token\nexpires_in: .e", 200, "abc", "{\"e\":60}", "abc", NULL },
        { "token_header: X-Token", 200, NULL, "{\"token\":\"hush\"}", NULL, "\"X-Token\"" },
        { "token_header: X-Token", 200, "", "", NULL, "empty" },
        { "token_header: X-Token\nexpires_in: .e", 200, "abc", "hush", NULL, "no sound JSON" },
    };
    check_replies(replies, ARRAY_LEN(replies));
}

static void a_refused_login_says_what_to_look_at(void **state)
{
    (void)state;
    static const struct reply replies[] = {
        { "token: .t", 401, NULL, "{\"t\":\"hush\"}", NULL, "status 401; check its request" },
        { "token: .t", 403, NULL, "{\"t\":\"hush\"}", NULL, "credentials" },
        { "token: .t", 400, NULL, "{\"error\":\"hush\"}", NULL, "status 400" },
        { "token: .t", 302, NULL, "{\"t\":\"hush\"}", NULL, "redirects of a login" },
        { "token: .t", 304, NULL, "{\"t\":\"hush\"}", NULL, "status 304" },
        { "token: .t", 500, NULL, "{\"t\":\"hush\"}", NULL, "status 500" },
        { "token: .t", 199, NULL, "{\"t\":\"hush\"}", NULL, "status 199" },
        { "token_header: X-Token", 401, "hush", "", NULL, "status 401" },
    };
    check_replies(replies, ARRAY_LEN(replies));
}

// It is the server that fails there, and nothing that can be checked here.
static void a_broken_server_is_not_blamed_on_the_credentials(void **state)
{
    (void)state;
    struct settings AUTO_SETTINGS *settings = support_auth(LOGIN "token: .t");
    const struct auth_settings *auth = &settings->auths[0];
    struct problem AUTO_PROBLEM *why = NULL;
    struct token AUTO_TOKEN token = { 0 };
    struct http_response AUTO_RESPONSE answer = support_answer(502, "text/html", "<html>");
    assert_int_equal(
        auth->driver->token_parse(auth->driver_settings, &answer, NOW_MS, &token, &why),
        AUTH_E_REFUSED);
    assert_string_equal(why->message, "the login was answered with status 502");
}

static void an_answer_without_a_token_is_refused(void **state)
{
    (void)state;
    static const struct reply replies[] = {
        { "token: .t", 200, NULL, "{\"error\":\"hush\"}", NULL, "no token at .t" },
        { "token: .t", 200, NULL, "{\"t\":null}", NULL, "no token at .t" },
        { "token: .t", 200, NULL, "{\"t\":{\"hush\":1}}", NULL, "no token at .t" },
        { "token: .t", 200, NULL, "{\"t\":[\"hush\"]}", NULL, "no token at .t" },
        { "token: .t", 200, NULL, "{\"t\":true}", NULL, "no token at .t" },
        { "token: .t", 200, NULL, "[\"hush\"]", NULL, "no token at .t" },
        { "token: .t", 200, NULL, "null", NULL, "no token at .t" },
        { "token: .t?", 200, NULL, "{}", NULL, "no token at .t?" },
        { "token: .t", 200, NULL, "{\"t\":\"\"}", NULL, "empty" },
        { "token: .t", 200, NULL, "", NULL, "no sound JSON" },
        { "token: .t", 200, NULL, "<html>hush</html>", NULL, "no sound JSON" },
        { "token: .t", 200, NULL, "{\"hush\":1,\"hush\":2,\"t\":\"a\"}", NULL, "no sound JSON" },
    };
    check_replies(replies, ARRAY_LEN(replies));
}

static void a_token_cannot_break_out_of_its_field(void **state)
{
    (void)state;
    static const struct reply replies[] = {
        { "token: .t", 200, NULL, "{\"t\":\"hush\\r\\nHost: x\"}", NULL, "control character" },
        { "token: .t", 200, NULL, "{\"t\":\"hush\\n\"}", NULL, "control character" },
        { "token: .t", 200, NULL, "{\"t\":\"hush\\u0000tail\"}", NULL, "control character" },
        { "token: .t", 200, NULL, "{\"t\":\"\\u0000\"}", NULL, "control character" },
        { "token: .t", 200, NULL, "{\"t\":\"hush\\u007f\"}", NULL, "control character" },
        { "token_header: X-Token", 200, "hush\tx", "", NULL, "control character" },
    };
    check_replies(replies, ARRAY_LEN(replies));
}

static void a_token_has_a_greatest_length(void **state)
{
    (void)state;
    static char text[16 * 1024 + 2];
    for (size_t len = 16 * 1024; len <= 16 * 1024 + 1; len++) {
        memset(text, 'x', len);
        text[len] = '\0';
        AUTO_FREE char *body = str_printf("{\"t\":\"%s\"}", text);
        bool is_fine = len == 16 * 1024;
        check_reply(
            &(struct reply){ "token: .t", 200, NULL, body, is_fine ? text : NULL, "16 KiB" });
    }
}

// ---- cookies ----

static void add_cookie(struct http_response *answer, const char *field)
{
    if (field) {
        assert_int_equal(headers_add(&answer->headers, "set-cookie", field), 0);
    }
}

static void cookies_are_a_token_or_belong_to_one(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        int status;
        const char *fields[2];
        const char *body;
        const char *sent;          // the field Cookie of a poll; NULL: refused …
        const char *words;         // … with this in the message
        const char *authorization; // of the poll
        int64_t life_ms;
    } cases[] = {
        { "",
          200,
          { "sid=hush; Path=/", "a=b; Path=/" },
          "<html>",
          "sid=hush; a=b",
          NULL,
          NULL,
          0 },
        { "", 302, { "sid=hush; Path=/" }, "", "sid=hush", NULL, NULL, 0 },
        { "", 204, { "sid=hush; Path=/; Max-Age=600" }, "", "sid=hush", NULL, NULL, 600000 },
        { "\nexpires_in: 5m",
          200,
          { "sid=hush; Path=/; Max-Age=600" },
          "",
          "sid=hush",
          NULL,
          NULL,
          300000 },
        { "\ntoken: .csrf\nscheme: \"\"",
          200,
          { "sid=hush; Path=/" },
          "{\"csrf\":\"t\"}",
          "sid=hush",
          NULL,
          "t",
          0 },
        { "\ntoken: .csrf", 302, { "sid=hush; Path=/" }, "", NULL, "no sound JSON", NULL, 0 },
        { "",
          200,
          { NULL },
          "<html>hush",
          NULL,
          "(status 200) sets no cookie that may be used",
          NULL,
          0 },
        { "", 200, { "sid=hush; Domain=elsewhere.org" }, "", NULL, "sets no cookie", NULL, 0 },
        { "", 200, { "sid=hush; Max-Age=0" }, "", NULL, "sets no cookie", NULL, 0 },
        { "", 401, { "sid=hush" }, "", NULL, "status 401", NULL, 0 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct problem AUTO_PROBLEM *why = NULL;
        struct token AUTO_TOKEN token = { 0 };
        AUTO_FREE char *keys = str_printf(LOGIN "cookies: true%s", cases[i].keys);
        struct settings AUTO_SETTINGS *settings = support_auth(keys);
        const struct auth_settings *auth = &settings->auths[0];
        struct http_response AUTO_RESPONSE answer =
            support_answer(cases[i].status, NULL, cases[i].body);
        add_cookie(&answer, cases[i].fields[0]);
        add_cookie(&answer, cases[i].fields[1]);
        int r = auth->driver->token_parse(auth->driver_settings, &answer, NOW_MS, &token, &why);
        assert_int_equal(r, cases[i].sent ? 0 : AUTH_E_REFUSED);
        if (!cases[i].sent) {
            assert_non_null(strstr(why->message, cases[i].words));
            assert_null(strstr(why->message, "hush"));
            continue;
        }
        assert_int_equal(token.expires_at_ms, cases[i].life_ms ? NOW_MS + cases[i].life_ms : 0);
        struct http_request AUTO_REQUEST request = { .url = strdup("https://a.example.com/api") };
        assert_int_equal(auth->driver->apply(auth->driver_settings, &token, &request), 0);
        assert_int_equal(request.headers.n, 0);
        assert_string_equal(support_hidden(&request, "Cookie"), cases[i].sent);
        assert_true(str_eq(support_hidden(&request, "Authorization"), cases[i].authorization));
    }
}

static void cookies_stand_beside_the_sources_own_and_go_where_they_belong(void **state)
{
    (void)state;
    struct problem AUTO_PROBLEM *why = NULL;
    struct token AUTO_TOKEN token = { 0 };
    struct settings AUTO_SETTINGS *settings = support_auth(LOGIN "cookies: true");
    const struct auth_settings *auth = &settings->auths[0];
    struct http_response AUTO_RESPONSE answer = support_answer(200, NULL, "");
    add_cookie(&answer, "sid=1; Path=/");
    assert_int_equal(
        auth->driver->token_parse(auth->driver_settings, &answer, NOW_MS, &token, &why), 0);
    struct http_request AUTO_REQUEST request = { .url = strdup("https://a.example.com/") };
    assert_int_equal(headers_set(&request.secret_headers, "cookie", "lang=de"), 0);
    assert_int_equal(auth->driver->apply(auth->driver_settings, &token, &request), 0);
    assert_string_equal(support_hidden(&request, "Cookie"), "lang=de; sid=1");
    assert_int_equal(request.secret_headers.n, 1);
    struct http_request AUTO_REQUEST other = { .url = strdup("https://b.example.com/") };
    assert_int_equal(auth->driver->apply(auth->driver_settings, &token, &other), 0);
    assert_int_equal(other.secret_headers.n, 0);
}

// ---- the poll ----

static void a_poll_carries_the_token_as_configured(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        const char *field;
        const char *value;
    } cases[] = {
        { "", "Authorization", "Bearer abc" },
        { "scheme: Token", "Authorization", "Token abc" },
        { "scheme: \"\"", "Authorization", "abc" },
        { "header: X-Session", "X-Session", "Bearer abc" },
        { "header: X-Session\nscheme: \"\"", "X-Session", "abc" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_FREE char *keys = str_printf(LOGIN "token: .t\n%s", cases[i].keys);
        struct settings AUTO_SETTINGS *settings = support_auth(keys);
        struct token AUTO_TOKEN token = { 0 };
        assert_int_equal(secret_init(&token.value, "abc", 3), 0);
        struct http_request AUTO_REQUEST request = support_apply(settings, &token);
        assert_int_equal(request.secret_headers.n, 1);
        assert_string_equal(support_hidden(&request, cases[i].field), cases[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_login_is_a_careful_request),
        cmocka_unit_test(every_option_of_the_connection_arrives),
        cmocka_unit_test(bodies_are_json_forms_or_plain),
        cmocka_unit_test(a_logins_own_credentials_are_hidden),
        cmocka_unit_test(a_token_stands_at_its_path),
        cmocka_unit_test(a_token_stands_in_a_field),
        cmocka_unit_test(a_refused_login_says_what_to_look_at),
        cmocka_unit_test(a_broken_server_is_not_blamed_on_the_credentials),
        cmocka_unit_test(an_answer_without_a_token_is_refused),
        cmocka_unit_test(a_token_cannot_break_out_of_its_field),
        cmocka_unit_test(a_token_has_a_greatest_length),
        cmocka_unit_test(cookies_are_a_token_or_belong_to_one),
        cmocka_unit_test(cookies_stand_beside_the_sources_own_and_go_where_they_belong),
        cmocka_unit_test(a_poll_carries_the_token_as_configured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
