// The token request of OAuth 2.0, what its answers mean, and that no word repeats a value of them.

#include <string.h>

#include "bridge/base/str.h"
#include "tests/unit/sources/support.h"

#define NOW_MS INT64_C(1767225600000)
#define CLIENT                                                                                     \
    "type: oauth2\ntoken_url: \"https://login.example.com/token\"\n"                               \
    "client_id: s6BhdRkqt3\nclient_secret: 7Fjfp0ZBr1KtDRbnfVdmIw\n"
#define REFRESH CLIENT "grant: refresh_token\nrefresh_token: tGzv3JOkF0XG5Qx2TlKWIA\n"

static struct http_request request_of(const struct settings *settings, const char *renewal)
{
    struct http_request request = { 0 };
    struct secret secret = { 0 };
    const struct auth_settings *auth = &settings->auths[0];
    if (renewal) {
        assert_int_equal(secret_init(&secret, renewal, strlen(renewal)), 0);
    }
    assert_int_equal(
        auth->driver->token_request(auth->driver_settings, renewal ? &secret : NULL, &request), 0);
    secret_deinit(&secret);
    return request;
}

static void a_client_asks_for_itself(void **state)
{
    (void)state;
    struct settings AUTO_SETTINGS *settings = support_auth(CLIENT);
    assert_null(settings->auths[0].driver->seed(settings->auths[0].driver_settings));
    struct http_request AUTO_REQUEST request = request_of(settings, NULL);
    assert_string_equal(request.method, "POST");
    assert_string_equal(request.url, "https://login.example.com/token");
    assert_string_equal(support_shown(&request, "Accept"), "application/json");
    assert_string_equal(support_shown(&request, "Content-Type"),
                        "application/x-www-form-urlencoded");
    // RFC 6749 section 2.3.1.
    assert_string_equal(support_hidden(&request, "Authorization"),
                        "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3");
    assert_string_equal(request.body.data, "grant_type=client_credentials");
    assert_int_equal(request.max_redirects, 0); // they would carry the secret on
    assert_int_equal(request.max_body_bytes, 1024 * 1024);
    assert_int_equal(request.timeout_ms, 30000);
    assert_true(request.allow_private);
}

static void bodies_say_what_is_wanted(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        const char *renewal;
        const char *body;
        bool in_field;
    } cases[] = {
        { CLIENT "scopes: [a.read, b]", NULL, "grant_type=client_credentials&scope=a.read%20b",
          true },
        { CLIENT "scopes: one\naudience: https://api/\nparams: { resource: \"r&s\", x: 1 }", NULL,
          "grant_type=client_credentials&scope=one&audience=https%3A%2F%2Fapi%2F"
          "&resource=r%26s&x=1",
          true },
        { CLIENT "client_auth: body", NULL,
          "grant_type=client_credentials&client_id=s6BhdRkqt3"
          "&client_secret=7Fjfp0ZBr1KtDRbnfVdmIw",
          false },
        { REFRESH, NULL, "grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA", true },
        { REFRESH, "next/one+", "grant_type=refresh_token&refresh_token=next%2Fone%2B", true },
        { "type: oauth2\ntoken_url: \"https://login.example.com/token\"\nclient_id: public\n"
          "grant: refresh_token\nrefresh_token: abc",
          NULL, "grant_type=refresh_token&refresh_token=abc&client_id=public", false },
        { "type: oauth2\ntoken_url: \"https://login.example.com/token\"\nclient_id: known by TLS\n"
          "tls: { cert_file: c.pem }",
          NULL, "grant_type=client_credentials&client_id=known%20by%20TLS", false },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct settings AUTO_SETTINGS *settings = support_auth(cases[i].keys);
        struct http_request AUTO_REQUEST request = request_of(settings, cases[i].renewal);
        assert_string_equal(request.body.data, cases[i].body);
        assert_int_equal(support_hidden(&request, "Authorization") != NULL, cases[i].in_field);
    }
}

// A colon in the id would end it, a colon or percent sign in the secret would be read as another.
static void id_and_secret_are_encoded_before_they_are_joined(void **state)
{
    (void)state;
    struct settings AUTO_SETTINGS *settings =
        support_auth("type: oauth2\ntoken_url: \"https://login.example.com/token\"\n"
                     "client_id: \"a:b c\"\nclient_secret: \"p%1:é\"");
    struct http_request AUTO_REQUEST request = request_of(settings, NULL);
    // a%3Ab%20c:p%251%3A%C3%A9
    assert_string_equal(support_hidden(&request, "Authorization"),
                        "Basic YSUzQWIlMjBjOnAlMjUxJTNBJUMzJUE5");
}

static void the_seed_is_the_configured_refresh_token(void **state)
{
    (void)state;
    struct settings AUTO_SETTINGS *settings = support_auth(REFRESH);
    const struct secret *seed = settings->auths[0].driver->seed(settings->auths[0].driver_settings);
    assert_string_equal(seed->data, "tGzv3JOkF0XG5Qx2TlKWIA");
}

static void a_poll_carries_the_token(void **state)
{
    (void)state;
    struct settings AUTO_SETTINGS *settings = support_auth(CLIENT);
    struct token AUTO_TOKEN token = { 0 };
    assert_int_equal(secret_init(&token.value, "2YotnFZFEjr1zCsicMWpAA", 22), 0);
    struct http_request AUTO_REQUEST request = support_apply(settings, &token);
    assert_string_equal(support_hidden(&request, "Authorization"), "Bearer 2YotnFZFEjr1zCsicMWpAA");
}

// ---- the answer ----

struct reply {
    const char *keys;
    int status;
    const char *body;
    const char *token; // NULL: refused …
    const char *words; // … with this in the message
    const char *renewal;
    int64_t life_ms; // 0: unknown
};

static void check_reply(const struct reply *reply)
{
    struct problem AUTO_PROBLEM *why = NULL;
    struct token AUTO_TOKEN token = { 0 };
    struct settings AUTO_SETTINGS *settings = support_auth(reply->keys);
    const struct auth_settings *auth = &settings->auths[0];
    struct http_response AUTO_RESPONSE answer = support_answer(reply->status, NULL, reply->body);
    int r = auth->driver->token_parse(auth->driver_settings, &answer, NOW_MS, &token, &why);
    if (r != (reply->token ? 0 : AUTH_E_REFUSED) || (r != 0) != (why != NULL)) {
        fail_msg("%d %s: %d, %s", reply->status, reply->body, r, why ? why->message : "no words");
    }
    if (!reply->token) {
        assert_null(token.value.data);
        assert_null(token.renewal.data);
        assert_string_equal(why->code, "auth_refused");
        if (!strstr(why->message, reply->words) || strstr(why->message, "hush")) {
            fail_msg("%d %s: %s", reply->status, reply->body, why->message);
        }
        return;
    }
    assert_string_equal(token.value.data, reply->token);
    assert_true(str_eq(token.renewal.data, reply->renewal));
    assert_int_equal(token.expires_at_ms, reply->life_ms ? NOW_MS + reply->life_ms : 0);
}

static void check_replies(const struct reply *replies, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        check_reply(&replies[i]);
    }
}

static void tokens_live_as_long_as_the_server_says(void **state)
{
    (void)state;
    static const struct reply replies[] = {
        { .keys = CLIENT,
          200,
          "{\"access_token\":\"a\",\"token_type\":\"example\"}",
          NULL,
          "no bearer token" },
        { .keys = CLIENT, 200, "{\"access_token\":\"a\",\"token_type\":\"bearer\"}", "a" },
        { .keys = CLIENT,
          201,
          "{\"access_token\":\"a\",\"expires_in\":3600}",
          "a",
          .life_ms = 3600000 },
        { .keys = CLIENT,
          200,
          "{\"access_token\":\"a\",\"expires_in\":\"3600\"}",
          "a",
          .life_ms = 3600000 },
        { .keys = CLIENT "expires_in: 5m",
          200,
          "{\"access_token\":\"a\",\"expires_in\":3600.5}",
          "a",
          .life_ms = 3600500 },
        { .keys = CLIENT "expires_in: 5m",
          200,
          "{\"access_token\":\"a\"}",
          "a",
          .life_ms = 300000 },
        { .keys = CLIENT "expires_in: 5m",
          200,
          "{\"access_token\":\"a\",\"expires_in\":\"soon\"}",
          "a",
          .life_ms = 300000 },
        { .keys = CLIENT "expires_in: 5m",
          200,
          "{\"access_token\":\"a\",\"expires_in\":-1}",
          "a",
          .life_ms = 300000 },
        { .keys = CLIENT, 200, "{\"access_token\":\"a\",\"expires_in\":{\"hush\":1}}", "a" },
        { .keys = CLIENT,
          200,
          "{\"access_token\":\"a\",\"expires_in\":1e300}",
          "a",
          .life_ms = INT64_C(3660) * 86400000 },
    };
    check_replies(replies, ARRAY_LEN(replies));
}

static void the_next_refresh_token_is_taken(void **state)
{
    (void)state;
    static const struct reply replies[] = {
        { .keys = REFRESH,
          200,
          "{\"access_token\":\"a\",\"refresh_token\":\"next\"}",
          "a",
          .renewal = "next" },
        { .keys = REFRESH, 200, "{\"access_token\":\"a\"}", "a" },
        { .keys = REFRESH, 200, "{\"access_token\":\"a\",\"refresh_token\":null}", "a" },
        { .keys = REFRESH,
          200,
          "{\"access_token\":\"hush\",\"refresh_token\":\"\"}",
          NULL,
          "empty token" },
        // Section 4.4.3: not for a client that asks for itself.
        { .keys = CLIENT, 200, "{\"access_token\":\"a\",\"refresh_token\":\"next\"}", "a" },
    };
    check_replies(replies, ARRAY_LEN(replies));
}

static void refusals_are_told_in_words(void **state)
{
    (void)state;
    static const struct reply replies[] = {
        { .keys = CLIENT,
          401,
          "{\"error\":\"invalid_client\",\"error_description\":\"hush\"}",
          NULL,
          "check \"client_id\", \"client_secret\" and \"client_auth\" (invalid_client)" },
        { .keys = REFRESH,
          400,
          "{\"error\":\"invalid_grant\"}",
          NULL,
          "configure the new \"refresh_token\"" },
        { .keys = CLIENT,
          400,
          "{\"error\":\"invalid_grant\"}",
          NULL,
          "does not take what it was given (invalid_grant)" },
        { .keys = CLIENT, 400, "{\"error\":\"invalid_scope\"}", NULL, "check \"scopes\"" },
        { .keys = CLIENT, 400, "{\"error\":\"invalid_request\"}", NULL, "\"audience\"" },
        { .keys = CLIENT, 400, "{\"error\":\"unauthorized_client\"}", NULL, "check \"grant\"" },
        { .keys = CLIENT, 400, "{\"error\":\"unsupported_grant_type\"}", NULL, "\"token_url\"" },
        { .keys = CLIENT,
          200,
          "{\"error\":\"bad_verification_code\",\"hush\":1}",
          NULL,
          "the error \"bad_verification_code\"" },
        { .keys = CLIENT, 400, "{\"error\":\"hush: https://hush/\"}", NULL, "the error \"…\"" },
        { .keys = CLIENT, 400, "{\"error\":{\"code\":\"hush\"}}", NULL, "status 400; check" },
        { .keys = CLIENT, 401, "<html>hush</html>", NULL, "status 401; check \"client_id\"" },
        { .keys = CLIENT, 404, "hush", NULL, "status 404; check \"token_url\"" },
        { .keys = CLIENT, 302, "", NULL, "redirects of a token request" },
        { .keys = CLIENT, 500, "{\"error\":[]}", NULL, "status 500" },
    };
    check_replies(replies, ARRAY_LEN(replies));
}

static void what_is_no_token_answer_is_refused(void **state)
{
    (void)state;
    static const struct reply replies[] = {
        { .keys = CLIENT, 200, "<html>hush</html>", NULL, "no sound JSON" },
        { .keys = CLIENT, 200, "access_token=hush&token_type=bearer", NULL, "no sound JSON" },
        { .keys = CLIENT, 200, "", NULL, "no sound JSON" },
        { .keys = CLIENT, 200, "[\"hush\"]", NULL, "no \"access_token\"; check \"token_url\"" },
        { .keys = CLIENT,
          200,
          "{\"access_token\":1234567,\"hush\":1}",
          NULL,
          "no \"access_token\"" },
        { .keys = CLIENT,
          200,
          "{\"access_token\":\"hush\\r\\nHost: x\"}",
          NULL,
          "control character" },
        { .keys = CLIENT, 200, "{\"access_token\":\"\"}", NULL, "empty token" },
    };
    check_replies(replies, ARRAY_LEN(replies));
}

static void settings_that_cannot_work_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        const char *words;
    } cases[] = {
        { "type: oauth2\nclient_id: a\nclient_secret: b", "token_url" },
        { "type: oauth2\ntoken_url: \"https://a/\"\nclient_secret: b", "client_id" },
        { "type: oauth2\ntoken_url: \"https://a/\"\nclient_id: a", "needs a \"client_secret\"" },
        { CLIENT "refresh_token: abc", "conflict 5: \"refresh_token\" is used by" },
        { CLIENT "grant: refresh_token", "needs a \"refresh_token\"" },
        { CLIENT "grant: password", "client_credentials or refresh_token" },
        { CLIENT "params: { scope: a }", "set by the key \"scopes\"" },
        { CLIENT "params: { grant_type: password }", "set by the key \"grant\"" },
        { CLIENT "proxy: ftp://x", "\"proxy\" must be" },
        { CLIENT "expires_in: 0s", "\"expires_in\" must be from 1s" },
        { "type: oauth2\ntoken_url: \"https://a/\"\nclient_id: a\nclient_secret: \"b\\n\"",
          "\"client_secret\" holds a control character" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_FREE char *words = support_auth_refusal(cases[i].keys);
        if (!strstr(words, cases[i].words)) {
            fail_msg("%s: %s", cases[i].keys, words);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_asks_for_itself),
        cmocka_unit_test(bodies_say_what_is_wanted),
        cmocka_unit_test(id_and_secret_are_encoded_before_they_are_joined),
        cmocka_unit_test(the_seed_is_the_configured_refresh_token),
        cmocka_unit_test(a_poll_carries_the_token),
        cmocka_unit_test(tokens_live_as_long_as_the_server_says),
        cmocka_unit_test(the_next_refresh_token_is_taken),
        cmocka_unit_test(refusals_are_told_in_words),
        cmocka_unit_test(what_is_no_token_answer_is_refused),
        cmocka_unit_test(settings_that_cannot_work_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
