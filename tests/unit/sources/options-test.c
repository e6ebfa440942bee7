// Rules between the options: what is refused, at which line, and that no secret is repeated.

#include <string.h>

#include "bridge/base/str.h"
#include "tests/unit/sources/support.h"

struct rule {
    const char *keys;
    const char *refusal; // the beginning of "code line: message"; NULL: all is well
    const char *words;   // a part of it; NULL: any
};

typedef char *(*refusal_fn)(const char *keys);

static void check_rules(refusal_fn refusal, const struct rule *rules, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        AUTO_FREE char *words = refusal(rules[i].keys);
        const char *wanted = rules[i].refusal ? rules[i].refusal : "";
        if (!str_starts(words, wanted) || (!rules[i].refusal && *words) ||
            (rules[i].words && !strstr(words, rules[i].words)) || strstr(words, "hush") ||
            strchr(words, '\n')) {
            fail_msg("%s\n=> %s", rules[i].keys, words);
        }
    }
}

static void a_body_needs_a_method_and_is_one(void **state)
{
    (void)state;
    static const struct rule rules[] = {
        { "method: POST\nbody: hush", NULL, NULL },
        { "method: POST\njson: { a: hush }", NULL, NULL },
        { "body: hush", "conflict 1:", "method: POST" },
        { "interval: 5m\njson: { a: hush }", "conflict 2:", "\"json\"" },
        { "method: GET\njson: [hush]", "conflict 2:", "method: POST" },
        { "method: PUT\nbody: hush\njson: [hush]", "conflict 2:", "exclude each other" },
        { "method: DELETE", "wrong_type 1:", "GET" },
    };
    check_rules(support_source_refusal, rules, ARRAY_LEN(rules));
}

static void fields_that_are_ours_cannot_be_configured(void **state)
{
    (void)state;
    static const char *const fields[] = {
        "Connection", "content-length", "Transfer-Encoding", "accept-encoding",   "If-None-Match",
        "if-match",   "Range",          "if-range",          "If-Modified-Since", "expect",
    };
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        AUTO_FREE char *source = str_printf("interval: 5m\nheaders: { %s: hush }", fields[i]);
        AUTO_FREE char *login = str_printf("type: login\ntoken: .t\n"
                                           "request: { url: \"https://a.example.com/\", "
                                           "headers: { %s: hush } }",
                                           fields[i]);
        AUTO_FREE char *header = str_printf("type: login\ntoken: .t\n"
                                            "request: { url: \"https://a.example.com/\" }\n"
                                            "header: %s",
                                            fields[i]);
        check_rules(support_source_refusal,
                    &(struct rule){ source, "refused_header 2:", fields[i] }, 1);
        check_rules(support_auth_refusal, &(struct rule){ login, "refused_header 3:", fields[i] },
                    1);
        check_rules(support_auth_refusal, &(struct rule){ header, "refused_header 4:", fields[i] },
                    1);
    }
}

static void a_user_agent_is_one_line_and_said_once(void **state)
{
    (void)state;
    static const struct rule rules[] = {
        { "user_agent: me", NULL, NULL },
        { "headers: { user-agent: me }", NULL, NULL },
        { "user_agent: me\nheaders: { User-Agent: you }", "conflict 1:", "User-Agent" },
        { "user_agent: \"me\\nX-Evil: 1\"", "bad_text 1:", "line end" },
    };
    check_rules(support_source_refusal, rules, ARRAY_LEN(rules));
}

static void numbers_of_a_source_have_bounds(void **state)
{
    (void)state;
    static const struct rule rules[] = {
        { "max_body_size: 1", NULL, NULL },
        { "max_body_size: 1GiB", NULL, NULL },
        { "max_body_size: 0", "out_of_bounds 1:", NULL },
        { "max_body_size: 2GiB", "out_of_bounds 1:", NULL },
        { "redirects: 20", NULL, NULL },
        { "redirects: 21", "out_of_bounds 1:", NULL },
        { "redirects: -1", "out_of_bounds 1:", NULL },
        { "timeout: 0", "out_of_bounds 1:", NULL },
        { "timeout: 1h", NULL, NULL },
        { "timeout: 61m", "out_of_bounds 1:", NULL },
        { "connect_timeout: 11m", "out_of_bounds 1:", NULL },
        { "format: jsn", "wrong_type 1:", "json" },
    };
    check_rules(support_source_refusal, rules, ARRAY_LEN(rules));
}

static void the_connections_rules_hold_for_sources_and_logins(void **state)
{
    (void)state;
    static const struct rule sources[] = {
        { "proxy: http://hush.example.com:1", NULL, NULL },
        { "interval: 5m\nproxy: ftp://hush", "bad_url 2:", "\"proxy\"" },
        { "proxy: http://hush:1\nallow_private: false", "conflict 1:", "allow_private" },
        { "tls: { key_file: /k.pem }", "missing_key 1:", "cert_file" },
        { "tls: { cert_file: /c.pem }", NULL, NULL },
    };
    static const struct rule logins[] = {
        { "type: login\ntoken: .t\nrequest: { url: \"https://a.example.com/\", proxy: hush }",
          "bad_url 3:", "\"proxy\"" },
        { "type: login\ntoken: .t\n"
          "request: { url: \"https://a.example.com/\", tls: { key_file: /k.pem } }",
          "missing_key 3:", "cert_file" },
    };
    check_rules(support_source_refusal, sources, ARRAY_LEN(sources));
    check_rules(support_auth_refusal, logins, ARRAY_LEN(logins));
}

static void basic_takes_what_the_field_can_carry(void **state)
{
    (void)state;
    static const struct rule rules[] = {
        { "type: basic\nusername: ada\npassword: \"hush: é\"", NULL, NULL },
        { "type: basic\nusername: ada", NULL, NULL },
        { "type: basic\npassword: hush", "missing_key", "username" },
        { "type: basic\nusername: \"\"\npassword: hush", "missing_key 2:", "username" },
        { "type: basic\nusername: a:hush", "bad_text 2:", "colon" },
        { "type: basic\nusername: \"hush\\n\"", "bad_text 2:", "line end" },
        { "type: basic\nusername: ada\npassword: \"hush\\n\"", "bad_text 3:", "\"password\"" },
        { "type: basic\nusername: ada\npassword: \"hush\\u007f\"", "bad_text 3:", NULL },
    };
    check_rules(support_auth_refusal, rules, ARRAY_LEN(rules));
}

static void bearer_takes_what_the_field_can_carry(void **state)
{
    (void)state;
    static const struct rule rules[] = {
        { "type: bearer\ntoken: hush-._~+/=", NULL, NULL },
        { "type: bearer", "missing_key", "token" },
        { "type: bearer\ntoken: \"\"", "missing_value 2:", "empty" },
        { "type: bearer\ntoken: hush hush", "bad_text 2:", "white space" },
        { "type: bearer\ntoken: Bearer hush", "bad_text 2:", "white space" },
        { "type: bearer\ntoken: \"hush\\n\"", "bad_text 2:", NULL },
        { "type: bearer\ntoken: hushé", "bad_text 2:", "ASCII" },
    };
    check_rules(support_auth_refusal, rules, ARRAY_LEN(rules));
}

#define LOGIN "type: login\nrequest: { url: \"https://a.example.com/\" }\n"

static void an_api_key_has_one_place(void **state)
{
    (void)state;
    static const struct rule rules[] = {
        { "type: api_key\nkey: hush\nheader: X-API-Key", NULL, NULL },
        { "type: api_key\nkey: hush\nparam: appid", NULL, NULL },
        { "type: api_key\nkey: hush", "missing_key 2:", "header: X-API-Key" },
        { "type: api_key\nheader: X-Key", "missing_key", "key" },
        { "type: api_key\nkey: hush\nheader: X-Key\nparam: k", "conflict 4:", "\"header\"" },
        { "type: api_key\nkey: hush\nparam: k\nscheme: Key", "conflict 4:", "\"scheme\"" },
        { "type: api_key\nkey: hush\nparam: \"\"", "bad_name 3:", "empty" },
        { "type: api_key\nkey: hush\nheader: \"X Key\"", "bad_name 3:", "\"header\"" },
        { "type: api_key\nkey: hush\nheader: Connection", "refused_header 3:", "Connection" },
        { "type: api_key\nkey: hush\nheader: X-Key\nscheme: a b", "bad_text 4:", "one word" },
        { "type: api_key\nkey: \"hush\\r\"\nheader: X-Key", "bad_text 2:", "line end" },
    };
    check_rules(support_auth_refusal, rules, ARRAY_LEN(rules));
}

static void a_login_says_where_its_token_is(void **state)
{
    (void)state;
    static const struct rule rules[] = {
        { LOGIN "token: .a.b[0]", NULL, NULL },
        { LOGIN "token_header: X-Token", NULL, NULL },
        { LOGIN, "missing_key", "token: .access_token" },
        { LOGIN "token: .t\ntoken_header: X-Token", "conflict 3:", "exclude each other" },
        { LOGIN "token: .t + \"x\"", "bad_expression 3:", "plain path" },
        { LOGIN "token: access_token", "bad_expression 3:", NULL },
        { LOGIN "token_header: \"X Token\"", "bad_name 3:", "token_header" },
        { LOGIN "token_header: \"\"", "bad_name 3:", NULL },
        { "type: login\ntoken: .t", "missing_key", "request" },
        { "type: login\ntoken: .t\nrequest: { method: POST }", "missing_key 3:", "url" },
    };
    check_rules(support_auth_refusal, rules, ARRAY_LEN(rules));
}

static void a_login_has_at_most_one_body(void **state)
{
    (void)state;
    static const struct rule rules[] = {
        { "type: login\ntoken: .t\nrequest: { url: \"https://a.example.com/\", json: { p: hush }, "
          "form: { p: hush } }",
          "conflict 3:", "exclude each other" },
        { "type: login\ntoken: .t\nrequest: { url: \"https://a.example.com/\", body: hush, "
          "form: { p: hush } }",
          "conflict 3:", "exclude each other" },
        { "type: login\ntoken: .t\nrequest: { url: \"https://a.example.com/\", method: GET, "
          "json: { p: hush } }",
          "conflict 3:", "method: GET" },
        { "type: login\ntoken: .t\nrequest: { url: \"https://a.example.com/\", method: PATCH }",
          "wrong_type 3:", "POST" },
    };
    check_rules(support_auth_refusal, rules, ARRAY_LEN(rules));
}

static void a_tokens_field_and_life_are_checked(void **state)
{
    (void)state;
    static const struct rule rules[] = {
        { LOGIN "token: .t\nexpires_in: 30m", NULL, NULL },
        { LOGIN "token: .t\nexpires_in: .e?", NULL, NULL },
        { LOGIN "token: .t\nexpires_at: .e", NULL, NULL },
        { LOGIN "token: .t\nexpires_in: 0", "out_of_bounds 4:", "longer than 0" },
        { LOGIN "token: .t\nexpires_in: 3600", "wrong_type 4:", "30m" },
        { LOGIN "token: .t\nexpires_in: -5m", "wrong_type 4:", NULL },
        { LOGIN "token: .t\nexpires_in: .e * 2", "wrong_type 4:", "plain path" },
        { LOGIN "token: .t\nexpires_in: \"\"", "wrong_type 4:", NULL },
        { LOGIN "token: .t\nexpires_at: .e | tonumber", "bad_expression 4:", "plain path" },
        { LOGIN "token: .t\nexpires_at: .e\nexpires_in: 5m", "conflict 5:", "exclude each other" },
        { LOGIN "token: .t\nheader: \"X Y\"", "bad_name 4:", "\"header\"" },
        { LOGIN "token: .t\nheader: \"X\\r\\nY\"", "bad_name 4:", "\"header\"" },
        { LOGIN "token: .t\nscheme: \"\"", NULL, NULL },
        { LOGIN "token: .t\nscheme: To ken", "bad_text 4:", "\"scheme\"" },
        { LOGIN "token: .t\nscheme: \"T\\n\"", "bad_text 4:", "\"scheme\"" },
    };
    check_rules(support_auth_refusal, rules, ARRAY_LEN(rules));
}

static void slips_of_the_pen_are_named_with_the_nearest(void **state)
{
    (void)state;
    static const struct rule sources[] = {
        { "user_agnet: me", "unknown_key 1:", "\"user_agent\"" },
        { "timeout: 5s\nredirect: 1", "unknown_key 2:", "\"redirects\"" },
    };
    static const struct rule auths[] = {
        { "type: basic\nusername: ada\npasword: hush", "unknown_key 3:", "\"password\"" },
        { "type: beerer\ntoken: hush", "unknown", "bearer" },
    };
    check_rules(support_source_refusal, sources, ARRAY_LEN(sources));
    check_rules(support_auth_refusal, auths, ARRAY_LEN(auths));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_needs_a_method_and_is_one),
        cmocka_unit_test(fields_that_are_ours_cannot_be_configured),
        cmocka_unit_test(a_user_agent_is_one_line_and_said_once),
        cmocka_unit_test(numbers_of_a_source_have_bounds),
        cmocka_unit_test(the_connections_rules_hold_for_sources_and_logins),
        cmocka_unit_test(basic_takes_what_the_field_can_carry),
        cmocka_unit_test(bearer_takes_what_the_field_can_carry),
        cmocka_unit_test(an_api_key_has_one_place),
        cmocka_unit_test(a_login_says_where_its_token_is),
        cmocka_unit_test(a_login_has_at_most_one_body),
        cmocka_unit_test(a_tokens_field_and_life_are_checked),
        cmocka_unit_test(slips_of_the_pen_are_named_with_the_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
