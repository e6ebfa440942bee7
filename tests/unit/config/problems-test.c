// What a bad file is told: every problem, in the order of the file, each with its place.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/spi/settings.h"
#include "config/problems.h"
#include "tests/unit/config/load-text.h"

#define SINK   "sinks: { s: { url: 'https://h.example/x' } }\n"
#define SOURCE "sources: { a: { url: 'http://x.example' } }\n"

static void expect_words(const char *text, const char *wanted)
{
    struct loaded loaded = load_text(text);
    AUTO_FREE char *words = loaded_words(&loaded);
    assert_string_equal(words, wanted);
    assert_int_equal(loaded.result, -EINVAL);
    assert_null(loaded.settings);
    loaded_deinit(&loaded);
}

// The members of source `a` in one line; the wanted words follow "f.yaml:".
static void expect_of_source(const char *members, const char *wanted)
{
    AUTO_FREE char *text = str_printf("sources: { a: { %s } }\n" SINK, members);
    AUTO_FREE char *line = str_printf("f.yaml:%s\n", wanted);
    expect_words(text, line);
}

static void ranges_of_addresses_are_named_when_they_are_none(void **state)
{
    (void)state;
    expect_words("egress: { allow_cidrs: [10.0.0.0/8, 10.1.0.0/8, localhost] }\n" SOURCE SINK,
                 "f.yaml:1:37: \"10.1.0.0/8\" is no range of addresses; write it as 10.20.0.0/16 "
                 "or fd12::/48, with zeros behind the prefix\n"
                 "f.yaml:1:49: \"localhost\" is no range of addresses; write it as 10.20.0.0/16 "
                 "or fd12::/48, with zeros behind the prefix\n");
}

static void all_problems_come_at_once_in_the_order_of_the_file(void **state)
{
    (void)state;
    expect_words(
        "defaults:\n"
        "  interval: fast\n"
        "sources:\n"
        "  orders:\n"
        "    url: ftp://x.example\n"
        "    intervall: 5m\n"
        "    items: .data[\n"
        "  orders:\n"
        "    url: http://x.example\n"
        "  'bad name':\n"
        "    url: http://x.example\n"
        "sinks:\n"
        "  ops:\n"
        "    url: ${OPS_URL}\n"
        "    sources: [order, orders, '*']\n"
        "    types: [item.changed]\n"
        "  log: { type: lag }\n"
        "sink: {}\n",
        "f.yaml:2:13: \"interval\" must be a duration such as 250ms, 30s, 5m or 1h30m, but it is "
        "\"fast\"\n"
        "f.yaml:5:10: \"url\" is no usable URL: it must begin with http:// or https://, but it is "
        "\"ftp://x.example\"\n"
        "f.yaml:6:5: unknown key \"intervall\" in source \"orders\"; did you mean \"interval\"?\n"
        "f.yaml:7:5: \"items\" needs a \"key\" in source \"orders\" to tell one item from another; "
        "add it, such as: key: .id\n"
        "f.yaml:7:12: \"items\" cannot be used: \".data[\" is not an expression: syntax error, "
        "unexpected the end\n"
        "f.yaml:8:3: the key \"orders\" stands here a second time; it was first written in line 4, "
        "remove one of the two\n"
        "f.yaml:10:3: \"bad name\" cannot be the name of a source; use 1 to 128 letters, digits, "
        "dots, dashes and underscores\n"
        "f.yaml:14:10: the environment variable OPS_URL is not set; set it, or write a default as "
        "${OPS_URL:-default}\n"
        "f.yaml:15:15: there is no source \"order\"; did you mean \"orders\"?\n"
        "f.yaml:16:13: no event is of the type \"item.changed\"; did you mean \"item.created\"?\n"
        "f.yaml:17:16: there is no type \"lag\" of sink; there is: hook, log; did you mean "
        "\"log\"?\n"
        "f.yaml:18:1: unknown section \"sink\"; did you mean \"sinks\"?\n");
}

static void wrong_types_name_what_is_wanted(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "url: [1]", "1:22: \"url\" must be a single value, but it is a list" },
        { "url: ", "1:23: \"url\" has no value here; write one, or remove the key" },
        { "url: http://x, optional: yes", "1:42: \"optional\" must be true or false, but it is "
                                          "\"yes\"" },
        { "url: http://x, interval: 500ms",
          "1:42: \"interval\" must be from 1s to 366d, but it is \"500ms\"" },
        { "url: http://x, interval: 5", "1:42: \"interval\" must be a duration such as 250ms, 30s, "
                                        "5m or 1h30m, but it is \"5\"" },
        { "url: http://x, interval: '${NUMBER}'",
          "1:42: \"interval\" must be a duration such as 250ms, 30s, 5m or 1h30m, but it is what "
          "${…} stands for" },
        { "url: http://x, max_body_size: big",
          "1:47: \"max_body_size\" must be a size such as 4096, 512KiB or 10MiB, but it is "
          "\"big\"" },
        { "url: http://x, max_body_size: 2GiB",
          "1:47: \"max_body_size\" must be from 1 to 1GiB, but it is \"2GiB\"" },
        { "url: http://x, guard: { max_removed: 0.5 }",
          "1:54: \"max_removed\" must be a percentage such as 50%, but it is \"0.5\"" },
        { "url: http://x, guard: { max_removed: 101% }",
          "1:54: \"max_removed\" must be from 0% to 100%, but it is \"101%\"" },
        { "url: http://x, method: PUST",
          "1:40: \"method\" must be GET or POST, but it is \"PUST\"; did you mean \"POST\"?" },
        { "url: http://x, first_run: never",
          "1:43: \"first_run\" must be baseline, snapshot or items, but it is \"never\"" },
        { "url: http://x, ok_status: [200, 2x]",
          "1:49: \"ok_status\" must be made of HTTP statuses from 100 to 599 such as 200, 2xx or "
          "200-299, but it is \"2x\"" },
        { "url: http://x, params: [a]",
          "1:40: \"params\" must be a mapping of names to values, but it is a list" },
        { "url: http://x, params: { a: [b] }",
          "1:45: \"a\" must be a single value, but it is a list" },
        { "url: http://x, headers: { 'a b': c }",
          "1:43: \"a b\" in \"headers\" is no name of an HTTP header field; use letters, digits "
          "and dashes" },
        { "url: http://x, headers: { a: \"b\\nc\" }",
          "1:46: the header field \"a\" holds a line end; write it as one line" },
        { "url: http://x, ignore: { a: b }",
          "1:40: \"ignore\" must be a list or a single value, but it is a mapping" },
        { "url: http://x, guard: 5",
          "1:39: \"guard\" of source \"a\" must be a mapping of keys to values, but it is a single "
          "value" },
        { "url: http://x, guard: { max_remove: 5% }",
          "1:41: unknown key \"max_remove\" in \"guard\" of source \"a\"; did you mean "
          "\"max_removed\"?" },
        { "type: probe, level: 6", "1:37: \"level\" must be from -5 to 5, but it is \"6\"" },
        { "type: probe, level: 1.5", "1:37: \"level\" must be a whole number, but it is \"1.5\"" },
        { "type: probe, url: http://x", "1:30: unknown key \"url\" in source \"a\"; remove it" },
        { "type: [probe]", "1:23: \"type\" must be a single value, but it is a list" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        expect_of_source(cases[i][0], cases[i][1]);
    }
}

static void urls_are_checked_in_form(void **state)
{
    (void)state;
    static const char *const good[] = {
        "http://x",
        "HTTPS://X.example/ä?q#f",
        "http://[::1]:80/",
        "http://127.0.0.1:65535",
    };
    static const char *const bad[][2] = {
        { "x.example/path", "it must begin with http:// or https://" },
        { "file:///etc/passwd", "it must begin with http:// or https://" },
        { "http://", "it has no host" },
        { "http:///path", "it has no host" },
        { "http://:80", "it has no host" },
        { "http://x:0", "its port is no number from 1 to 65535" },
        { "http://x:65536", "its port is no number from 1 to 65535" },
        { "http://x:80a", "its port is no number from 1 to 65535" },
        { "http://x:/", "its port is no number from 1 to 65535" },
        { "http://[::1", "its host is no IPv6 address in brackets" },
        { "http://[zz]", "its host is no IPv6 address in brackets" },
        { "http://[::1]x", "something other than a port stands behind its host" },
        { "http://x/a b", "it holds white space or a control character; write a space as %20" },
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        AUTO_FREE char *text = str_printf("sources: { a: { url: '%s' } }\n" SINK, good[i]);
        struct loaded loaded = load_good(text);
        loaded_deinit(&loaded);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        AUTO_FREE char *members = str_printf("url: '%s'", bad[i][0]);
        AUTO_FREE char *wanted = str_printf("1:22: \"url\" is no usable URL: %s, but it is \"%s\"",
                                            bad[i][1], bad[i][0]);
        expect_of_source(members, wanted);
    }
    // A password is not repeated.
    expect_of_source("url: 'http://user:hunter2@x/'",
                     "1:22: \"url\" is no usable URL: it holds a user name; move user and password "
                     "to `auth`");
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    expect_of_source("interval: 5m", "1:12: source \"a\" has no \"url\"; add it, such as: "
                                     "https://api.example.com/v1/status");
    expect_words("sources: { a: }\n" SINK,
                 "f.yaml:1:12: source \"a\" has no \"url\"; add it, such as: "
                 "https://api.example.com/v1/status\n");
    expect_words("auth: { x: { username: '' } }\n" SOURCE SINK,
                 "f.yaml:1:9: auth \"x\" has no \"password\"; add it, such as: ${PASSWORD}\n"
                 "f.yaml:1:24: \"username\" must not be empty\n");
    expect_words("sources: {}\n" SINK,
                 "f.yaml:1:1: there is no source; write at least one under `sources:`, such as "
                 "`my-api: { url: https://api.example.com/v1/status }`\n");
    expect_words("sources:\n" SINK,
                 "f.yaml:1:1: there is no source; write at least one under `sources:`, such as "
                 "`my-api: { url: https://api.example.com/v1/status }`\n");
    expect_words("sources: [a]\n" SINK,
                 "f.yaml:1:10: \"sources\" must be a mapping of names, but it is a list\n");
    expect_words("- a\n", "f.yaml:1:1: the file must be a mapping with `sources:` in it, but it is "
                          "a list\n");
    expect_words("", "f.yaml:1:1: the file is empty; write at least one source under "
                     "`sources:`\n");
}

static void secrets_and_variables_that_are_missing_are_named(void **state)
{
    (void)state;
    expect_words(
        SOURCE "sinks:\n"
               "  a: { url: 'http://x', secret_file: /nonexistent/secret }\n"
               "  b: { url: 'http://x', secret: '${file:/nonexistent/b}' }\n"
               "  c: { url: 'http://x', secret: '${NONE}${file:/nonexistent/c}' }\n"
               "  d: { url: 'http://x', secret: '${EMPTY}' }\n"
               "  e: { url: 'http://x', secret: x, secret_file: y }\n"
               "  f: { url: 'http://x', secret_file: /dev/null }\n"
               "  g: { url: 'http://x', secret_file: / }\n"
               "  h: { url: 'http://x', url_file: / }\n"
               "  i: { url: '${', secret: '${1X}', body: '${A:-${B}}' }\n"
               "  j: { url: 'http://x', secret: '${BAD_UTF8}' }\n",
        "f.yaml:3:38: the secret file \"/nonexistent/secret\" cannot be read: No such file "
        "or directory; create it or correct the path\n"
        "f.yaml:4:33: the secret file \"/nonexistent/b\" cannot be read: No such file or "
        "directory; create it or correct the path\n"
        "f.yaml:5:33: the environment variable NONE is not set; set it, or write a default "
        "as ${NONE:-default}\n"
        "f.yaml:6:33: the secret \"secret\" is empty; give it a value\n"
        "f.yaml:7:36: \"secret\" and \"secret_file\" exclude each other; keep one of them\n"
        "f.yaml:8:38: the secret file \"/dev/null\" cannot be read: it is no regular file; "
        "create it or correct the path\n"
        "f.yaml:9:38: the secret file \"/\" cannot be read: it is no regular file; create "
        "it or correct the path\n"
        "f.yaml:10:25: unknown key \"url_file\" in sink \"h\"; remove it\n"
        "f.yaml:11:13: a ${…} here is none of ${VAR}, ${VAR:-default} and ${file:PATH}; "
        "for a plain \"${\" write \"$${\"\n"
        "f.yaml:11:27: a ${…} here is none of ${VAR}, ${VAR:-default} and ${file:PATH}; "
        "for a plain \"${\" write \"$${\"\n"
        "f.yaml:11:42: a ${…} here is none of ${VAR}, ${VAR:-default} and ${file:PATH}; "
        "for a plain \"${\" write \"$${\"\n"
        "f.yaml:12:33: what ${BAD_UTF8} stands for is no UTF-8 text; correct it where it "
        "comes from\n");
}

static void rules_between_keys_are_told_at_the_key(void **state)
{
    (void)state;
    expect_of_source("url: http://x, key: .id",
                     "1:32: \"key\" needs \"items\" in source \"a\"; add it, such as: items: "
                     ".data[]");
    expect_of_source(
        "url: http://x, items: .d, key: []",
        "1:32: \"items\" needs a \"key\" in source \"a\" to tell one item from another; "
        "add it, such as: key: .id");
    expect_of_source("url: http://x, items: .d, key: .id, select: .d",
                     "1:53: \"select\" and \"items\" exclude each other in source \"a\"; the whole "
                     "path to the items belongs into \"items\"");
    expect_of_source("url: http://x, json: {}", "1:32: a GET has no body; set method: POST");
}

static void names_that_lead_nowhere_are_told(void **state)
{
    (void)state;
    expect_words("auth: { shop: { username: a, password: b } }\n"
                 "sources:\n"
                 "  a: { url: 'http://x', auth: shpo }\n"
                 "  b: { url: 'http://x', auth: { user: c, password: d } }\n"
                 "  c: { url: 'http://x', auth: [shop] }\n"
                 "sinks:\n"
                 "  s: { url: 'http://x', sources: [zzzzzzz, a, '?'], types: [nothing, '*'] }\n"
                 "  t: { type: log, path: x, types: document.change }\n",
                 "f.yaml:3:31: there is no auth \"shpo\"; did you mean \"shop\"?\n"
                 "f.yaml:4:25: auth \"source/b\" has no \"username\"; add it, such as: me\n"
                 "f.yaml:4:33: unknown key \"user\" in auth \"source/b\"; remove it\n"
                 "f.yaml:5:31: \"auth\" must be a single value, but it is a list\n"
                 "f.yaml:7:35: there is no source \"zzzzzzz\"; correct the name or add the source\n"
                 "f.yaml:7:61: no event is of the type \"nothing\"; there are document.changed, "
                 "item.created, item.updated, item.deleted, batch, source.failing, "
                 "source.recovered, source.held and source.stale\n"
                 "f.yaml:8:35: no event is of the type \"document.change\"; did you mean "
                 "\"document.changed\"?\n");
}

static void a_source_with_a_mistake_is_still_known_to_sinks(void **state)
{
    (void)state;
    expect_words("sources: { a: { url: nothing } }\n"
                 "sinks: { s: { url: 'http://x', sources: a } }\n",
                 "f.yaml:1:22: \"url\" is no usable URL: it must begin with http:// or https://, "
                 "but it is \"nothing\"\n");
}

static void addresses_and_hosts_are_checked_in_form(void **state)
{
    (void)state;
    static const char *const good[] = { "off", "127.0.0.1:0", "localhost:8080", "[::1]:8080",
                                        "':9000'" };
    static const char *const bad[] = { "8080", "'127.0.0.1'", "'127.0.0.1:70000'", "'::1:80'" };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        AUTO_FREE char *text = str_printf("server: { listen: '%s' }\n" SOURCE SINK, good[i]);
        if (good[i][0] == '\'') {
            continue;
        }
        struct loaded loaded = load_good(text);
        loaded_deinit(&loaded);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        AUTO_FREE char *text = str_printf("server: { listen: %s }\n" SOURCE SINK, bad[i]);
        expect_words(text, "f.yaml:1:19: \"listen\" must be an address and a port such as "
                           "127.0.0.1:8080 or \"[::1]:8080\", or off\n");
    }
    expect_words(
        "limits: { 'http://x': {}, X.example: {}, 'x:0': {}, x: { requests: -1 } }\n" SOURCE SINK,
        "f.yaml:1:11: \"http://x\" is no host; write it in small letters as in the URL, "
        "such as api.example.com or api.example.com:8443\n"
        "f.yaml:1:27: \"X.example\" is no host; write it in small letters as in the URL, "
        "such as api.example.com or api.example.com:8443\n"
        "f.yaml:1:42: \"x:0\" is no host; write it in small letters as in the URL, such as "
        "api.example.com or api.example.com:8443\n"
        "f.yaml:1:68: \"requests\" must be from 0 to 1000000, but it is \"-1\"\n");
}

static void an_open_listener_needs_a_token(void **state)
{
    (void)state;
    expect_words("server: { listen: '0.0.0.0:8080' }\n" SOURCE SINK,
                 "f.yaml:1:19: \"listen\" is open to other machines, so the API needs a token: set "
                 "server.token (or tokens), or listen on 127.0.0.1\n");
    expect_words(
        "server: { token: short }\ntokens: { a: { token: 0123456789abcde }, b: {},"
        " 'c d': { token: x } }\n" SOURCE SINK,
        "f.yaml:1:11: a token of 5 characters can be guessed; take at least 16, such as "
        "those of: openssl rand -hex 24\n"
        "f.yaml:2:11: a token of 15 characters can be guessed; take at least 16, such as "
        "those of: openssl rand -hex 24\n"
        "f.yaml:2:42: tokens \"b\" has no \"token\"; add it, such as: ${CI_TOKEN}\n"
        "f.yaml:2:49: \"c d\" cannot be the name of a token; use 1 to 128 letters, digits, "
        "dots, dashes and underscores\n");
    struct loaded loaded =
        load_good("server: { listen: '[::]:80' }\n"
                  "tokens: { ci: { token: 0123456789abcdef, scope: write } }\n" SOURCE SINK);
    assert_int_equal(loaded.settings->token_count, 1);
    assert_string_equal(loaded.settings->tokens[0].name, "ci");
    assert_int_equal(loaded.settings->tokens[0].scope, TOKEN_WRITE);
    loaded_deinit(&loaded);
}

static void warnings_do_not_refuse_the_file(void **state)
{
    (void)state;
    struct loaded loaded = load_text(SOURCE "sinks: { s: { url: 'http://x', secret: shorty } }\n");
    AUTO_FREE char *words = loaded_words(&loaded);
    assert_string_equal(words, "f.yaml:2:32: the secret is short; use 24 bytes\n");
    assert_string_equal(loaded.problems.v[0]->code, "warning_weak_secret");
    assert_int_equal(loaded.result, 0);
    assert_non_null(loaded.settings);
    loaded_deinit(&loaded);

    loaded = load_text(SOURCE);
    assert_int_equal(loaded.result, 0);
    assert_int_equal(loaded.problems.n, 1);
    assert_string_equal(loaded.problems.v[0]->code, "warning_no_sink");
    loaded_deinit(&loaded);
}

static void a_mistake_behind_an_alias_is_told_once(void **state)
{
    (void)state;
    expect_words(
        "x-h: &h { interval: soon, url: '${NONE}' }\n"
        "sources: { a: *h, b: *h, c: { <<: *h } }\n" SINK,
        "f.yaml:1:21: \"interval\" must be a duration such as 250ms, 30s, 5m or 1h30m, "
        "but it is \"soon\"\n"
        "f.yaml:1:32: the environment variable NONE is not set; set it, or write a default "
        "as ${NONE:-default}\n");
}

static void a_wrong_default_is_told_once_at_its_place(void **state)
{
    (void)state;
    expect_words("defaults: { timeout: 2m }\n"
                 "sources: { a: { url: http://x }, b: { url: http://x } }\n" SINK,
                 "f.yaml:1:22: \"timeout\" must be from 1ms to 1m, but it is \"2m\"\n");
}

static void long_values_are_cut_between_characters(void **state)
{
    (void)state;
    for (int before = 0; before < 3; before++) {
        AUTO_BUF struct buf text = { 0 };
        assert_int_equal(
            buf_printf(&text, "sources: { a: { url: http://x, interval: '%.*s", before, "yyy"), 0);
        for (int i = 0; i < 100; i++) {
            assert_int_equal(buf_append_str(&text, "äx"), 0);
        }
        assert_int_equal(buf_append_str(&text, "' } }\n" SINK), 0);
        struct loaded loaded = load_text(buf_str(&text));
        assert_int_equal(loaded.problems.n, 1);
        const char *message = loaded.problems.v[0]->message;
        assert_true(str_is_utf8(message, strlen(message), NULL));
        assert_true(str_ends(message, "…\""));
        assert_true(strlen(message) < 200);
        loaded_deinit(&loaded);
    }
}

static void a_problem_is_one_line_of_plain_text(void **state)
{
    (void)state;
    expect_words("sources: { a: { url: http://x } }\n"
                 "sinks: { s: { url: http://x, \"a\\nb\\e[31m\\x85\u00e4\\x7f\": 1 } }\n",
                 "f.yaml:2:30: unknown key \"a?b?[31m??\u00e4?\" in sink \"s\"; remove it\n");
}

static void long_keys_are_cut_between_characters(void **state)
{
    (void)state;
    for (int before = 0; before < 3; before++) {
        AUTO_BUF struct buf text = { 0 };
        assert_int_equal(buf_printf(&text, "sources: { a: { url: http://x, ? '%.*s", before, "yyy"),
                         0);
        for (int i = 0; i < 500000; i++) {
            assert_int_equal(buf_append_str(&text, "\u20ac"), 0);
        }
        assert_int_equal(buf_append_str(&text, "' : 1 } }\n" SINK), 0);
        struct loaded loaded = load_text(buf_str(&text));
        assert_int_equal(loaded.problems.n, 1);
        const char *message = loaded.problems.v[0]->message;
        assert_true(str_is_utf8(message, strlen(message), NULL));
        assert_true(str_ends(message, "\u2026"));
        assert_true(strlen(message) < 2010);
        loaded_deinit(&loaded);
    }
}

static void a_flood_of_problems_is_summed_up(void **state)
{
    (void)state;
    AUTO_BUF struct buf text = { 0 };
    assert_int_equal(buf_append_str(&text, "sources:\n"), 0);
    for (int i = 0; i < PROBLEMS_MAX + 500; i++) {
        assert_int_equal(buf_printf(&text, "  s%d: {}\n", i), 0);
    }
    assert_int_equal(buf_append_str(&text, SINK), 0);
    struct loaded loaded = load_text(buf_str(&text));
    assert_int_equal(loaded.problems.n, PROBLEMS_MAX + 1);
    assert_string_equal(loaded.problems.v[PROBLEMS_MAX]->message,
                        "500 more problems are not shown; solve these first");
    loaded_deinit(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_problems_come_at_once_in_the_order_of_the_file),
        cmocka_unit_test(ranges_of_addresses_are_named_when_they_are_none),
        cmocka_unit_test(wrong_types_name_what_is_wanted),
        cmocka_unit_test(urls_are_checked_in_form),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(secrets_and_variables_that_are_missing_are_named),
        cmocka_unit_test(rules_between_keys_are_told_at_the_key),
        cmocka_unit_test(names_that_lead_nowhere_are_told),
        cmocka_unit_test(a_source_with_a_mistake_is_still_known_to_sinks),
        cmocka_unit_test(addresses_and_hosts_are_checked_in_form),
        cmocka_unit_test(an_open_listener_needs_a_token),
        cmocka_unit_test(warnings_do_not_refuse_the_file),
        cmocka_unit_test(a_mistake_behind_an_alias_is_told_once),
        cmocka_unit_test(a_wrong_default_is_told_once_at_its_place),
        cmocka_unit_test(long_values_are_cut_between_characters),
        cmocka_unit_test(a_problem_is_one_line_of_plain_text),
        cmocka_unit_test(long_keys_are_cut_between_characters),
        cmocka_unit_test(a_flood_of_problems_is_summed_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
