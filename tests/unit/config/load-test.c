// What a good file becomes.
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/expr/expr.h"
#include "bridge/expr/pattern.h"
#include "bridge/spi/auth.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/sink.h"
#include "bridge/spi/source.h"
#include "tests/unit/config/load-text.h"
#include "tests/unit/config/test-drivers.h"

#define SINK "sinks: { s: { url: 'https://h.example/x' } }\n"

static const struct test_web *web_of(const struct settings *settings, const char *name)
{
    const struct source_settings *source = settings_find_source(settings, name);
    assert_non_null(source);
    assert_string_equal(source->driver->name, "web");
    return source->driver_settings;
}

static void everything_absent_takes_its_preset(void **state)
{
    (void)state;
    struct loaded loaded = load_good("sources: { a: { url: 'http://x.example' } }\n" SINK);
    const struct settings *settings = loaded.settings;
    assert_string_equal(settings->file, "f.yaml");
    assert_string_equal(settings->server.listen, "127.0.0.1:8080");
    assert_string_equal(settings->store.path, "pollbridge.db");
    assert_int_equal(settings->store.retention.age_ms, INT64_C(30) * 86400000);
    assert_int_equal(settings->store.retention.size_bytes, 1 << 30);
    assert_int_equal(settings->limit_count, 0);
    assert_int_equal(settings->auth_count, 0);

    const struct source_settings *source = settings_find_source(settings, "a");
    assert_int_equal(source->interval_ms, 300000);
    assert_null(source->rules.select);
    assert_null(source->rules.items);
    assert_null(source->rules.ignore);
    assert_null(source->auth);
    assert_int_equal(source->rules.key.n, 0);
    assert_false(source->rules.optional);
    assert_int_equal(source->rules.first_run, FIRST_RUN_BASELINE);
    assert_true(source->rules.guard.max_removed > 0.499 && source->rules.guard.max_removed < 0.501);
    const struct test_web *web = source->driver_settings;
    assert_int_equal(web->timeout_ms, 30000); // from `defaults`, not the driver's own 7s
    assert_int_equal(web->max_body_bytes, 10 << 20);
    assert_true(status_set_has(&web->ok_status, 299));
    assert_false(status_set_has(&web->ok_status, 300));

    const struct sink_settings *sink = settings_find_sink(settings, "s");
    assert_string_equal(sink->driver->name, "hook");
    assert_int_equal(sink->retry.schedule.n, 9);
    assert_int_equal(sink->retry.schedule.v_ms[0], 5000);
    assert_int_equal(sink->retry.schedule.v_ms[8], 86400000);
    assert_true(status_set_has(&sink->retry.final_statuses, 410));
    assert_int_equal(sink->limits.in_flight, 8);
    assert_int_equal(sink->sources.n, 0);
    loaded_deinit(&loaded);
}

static void ranges_that_are_opened_are_read(void **state)
{
    (void)state;
    struct loaded loaded = load_good("egress: { allow_cidrs: [10.0.0.0/8, '::1'] }\n"
                                     "sources: { a: { url: 'http://x.example' } }\n" SINK);
    const struct egress_settings *egress = &loaded.settings->egress;
    assert_int_equal(egress->open.n, 2);
    assert_int_equal(egress->open.v[0].bits, 96 + 8);
    assert_int_equal(egress->open.v[1].bits, 128);
    assert_false(egress->allow_http);
    loaded_deinit(&loaded);
}

static void every_type_is_read(void **state)
{
    (void)state;
    struct loaded loaded = load_good(
        "sources:\n"
        "  all:\n"
        "    url: https://api.example.com:8443/a?b=c\n"
        "    method: POST\n"
        "    params: { latitude: 40.4, 'filter[a]': \"x y\", flag: true }\n"
        "    headers: { Accept: text/plain, X-Two: 2 }\n"
        "    json: { s: text, n: 12345678901234567890, f: -1.50e3, z: 007, q: \"1\",\n"
        "            t: true, e: ~, l: [1, [], {}], v: '${NUMBER}' }\n"
        "    timeout: 1m\n"
        "    max_body_size: 512KiB\n"
        "    ok_status: [200, 3xx, 400-404 410]\n"
        "    tls: { ca_file: ca.pem, min_version: 1.3 }\n"
        "    interval: 1h30m\n"
        "    items: .data[]\n"
        "    key: [.id, .region]\n"
        "    ignore: .updated_at\n"
        "    optional: true\n"
        "    first_run: items\n"
        "    guard: { max_removed: 12.5% }\n"
        "  probe: { type: probe, level: -5, share: 100% }\n"
        "sinks:\n"
        "  hook:\n"
        "    url: http://127.0.0.1:9000/hook\n"
        "    secret: 'it''s a long secret, really'\n"
        "    headers: { x-event: '{{ .type }}' }\n"
        "    body: .data\n"
        "    sources: [all, 'pro*']\n"
        "    types: item.*\n"
        "    retry: { schedule: [1s, 2s 3s], final_statuses: 4xx }\n"
        "    limits: { in_flight: 1 }\n"
        "  log: { type: log, path: '-' }\n"
        "limits: { 'api.example.com:8443': { requests: 60, per: 1h, concurrency: 2 } }\n");
    const struct source_settings *source = settings_find_source(loaded.settings, "all");
    const struct test_web *web = web_of(loaded.settings, "all");
    assert_string_equal(web->url, "https://api.example.com:8443/a?b=c");
    assert_int_equal(web->method, 1);
    assert_int_equal(web->params.n, 3);
    assert_string_equal(web->params.v[0].name, "latitude");
    assert_string_equal(web->params.v[0].value, "40.4");
    assert_string_equal(web->params.v[1].name, "filter[a]");
    assert_string_equal(web->params.v[2].value, "true");
    assert_string_equal(headers_get(&web->headers, "x-two"), "2");
    assert_string_equal(web->json, "{\"s\":\"text\",\"n\":12345678901234567890,\"f\":-1.50e3,"
                                   "\"z\":\"007\",\"q\":\"1\",\"t\":true,\"e\":null,"
                                   "\"l\":[1,[],{}],\"v\":\"42\"}");
    assert_int_equal(web->timeout_ms, 60000);
    assert_int_equal(web->max_body_bytes, 512 << 10);
    assert_true(status_set_has(&web->ok_status, 399));
    assert_true(status_set_has(&web->ok_status, 404));
    assert_true(status_set_has(&web->ok_status, 410));
    assert_false(status_set_has(&web->ok_status, 405));
    assert_string_equal(web->tls.ca_file, "ca.pem");
    assert_int_equal(web->tls.min_version, 1);
    assert_int_equal(source->interval_ms, 5400000);
    assert_string_equal(expr_text(source->rules.items), ".data[]");
    assert_int_equal(source->rules.key.n, 2);
    assert_string_equal(expr_text(source->rules.key.v[1]), ".region");
    assert_non_null(source->rules.ignore);
    assert_true(source->rules.optional);
    assert_int_equal(source->rules.first_run, FIRST_RUN_ITEMS);
    assert_true(source->rules.guard.max_removed == 0.125);

    const struct source_settings *probe = settings_find_source(loaded.settings, "probe");
    assert_int_equal(((const struct test_probe *)probe->driver_settings)->level, -5);
    assert_true(((const struct test_probe *)probe->driver_settings)->share == 1);

    const struct sink_settings *sink = settings_find_sink(loaded.settings, "hook");
    const struct test_hook *hook = sink->driver_settings;
    assert_string_equal(hook->secret.data, "it's a long secret, really");
    assert_string_equal(hook->headers.v[0].name, "x-event");
    assert_string_equal(template_text(hook->headers.v[0].value), "{{ .type }}");
    assert_int_equal(sink->sources.n, 2);
    assert_string_equal(sink->types.v[0], "item.*");
    assert_int_equal(sink->retry.schedule.n, 3);
    assert_int_equal(sink->retry.schedule.v_ms[2], 3000);
    assert_int_equal(sink->limits.in_flight, 1);
    const struct sink_settings *log = settings_find_sink(loaded.settings, "log");
    assert_string_equal(((const struct test_log *)log->driver_settings)->path, "-");

    assert_int_equal(loaded.settings->limit_count, 1);
    assert_string_equal(loaded.settings->limits[0].host, "api.example.com:8443");
    assert_int_equal(loaded.settings->limits[0].requests, 60);
    assert_int_equal(loaded.settings->limits[0].per_ms, 3600000);
    assert_int_equal(loaded.settings->limits[0].concurrency, 2);
    loaded_deinit(&loaded);
}

static void a_source_takes_from_defaults_what_it_does_not_say(void **state)
{
    (void)state;
    struct loaded loaded =
        load_good("defaults: { interval: 10s, timeout: '${SLOW_:-20s}', first_run: snapshot }\n"
                  "sources:\n"
                  "  silent: { url: 'http://x.example' }\n"
                  "  loud: { url: 'http://x.example', interval: 1m, timeout: 2s,\n"
                  "          first_run: baseline }\n" SINK);
    assert_int_equal(loaded.settings->defaults.interval_ms, 10000);
    assert_int_equal(loaded.settings->defaults.timeout_ms, 20000);
    assert_int_equal(loaded.settings->defaults.first_run, FIRST_RUN_SNAPSHOT);
    const struct source_settings *silent = settings_find_source(loaded.settings, "silent");
    assert_int_equal(silent->interval_ms, 10000);
    assert_int_equal(silent->rules.first_run, FIRST_RUN_SNAPSHOT);
    assert_int_equal(web_of(loaded.settings, "silent")->timeout_ms, 20000);
    const struct source_settings *loud = settings_find_source(loaded.settings, "loud");
    assert_int_equal(loud->interval_ms, 60000);
    assert_int_equal(loud->rules.first_run, FIRST_RUN_BASELINE);
    assert_int_equal(web_of(loaded.settings, "loud")->timeout_ms, 2000);
    loaded_deinit(&loaded);
}

static void sources_and_sinks_are_sorted_and_found_by_name(void **state)
{
    (void)state;
    struct loaded loaded = load_good("sources:\n"
                                     "  z: { url: 'http://z.example' }\n"
                                     "  a.b: { url: 'http://ab.example' }\n"
                                     "  a: { url: 'http://a.example' }\n"
                                     "sinks:\n"
                                     "  y: { url: 'http://y.example' }\n"
                                     "  b: { url: 'http://b.example' }\n");
    assert_string_equal(loaded.settings->sources[0].name, "a");
    assert_string_equal(loaded.settings->sources[1].name, "a.b");
    assert_string_equal(loaded.settings->sources[2].name, "z");
    assert_string_equal(web_of(loaded.settings, "a.b")->url, "http://ab.example");
    assert_string_equal(loaded.settings->sinks[0].name, "b");
    loaded_deinit(&loaded);
}

static void auths_are_shared_by_name_or_written_in_place(void **state)
{
    (void)state;
    struct loaded loaded =
        load_good("auth:\n"
                  "  shop: { type: login, url: 'https://x.example/login',\n"
                  "          json: { u: ada, p: '${PASSWORD}' }, paths: [.a, .b], eager: false }\n"
                  "  api: { username: me, password: hunter22 }\n"
                  "sources:\n"
                  "  two: { url: 'http://x.example', auth: shop }\n"
                  "  own: { url: 'http://x.example', auth: { username: '${USER_NAME}',\n"
                  "         password: '${PASSWORD}' } }\n"
                  "  one: { url: 'http://x.example', auth: shop }\n"
                  "  none: { url: 'http://x.example' }\n" SINK);
    const struct auth_settings *shop = settings_find_source(loaded.settings, "one")->auth;
    assert_non_null(shop);
    assert_ptr_equal(settings_find_source(loaded.settings, "two")->auth, shop);
    assert_null(settings_find_source(loaded.settings, "none")->auth);
    assert_string_equal(shop->name, "shop");
    assert_string_equal(shop->driver->name, "login");
    const struct test_login *login = shop->driver_settings;
    assert_string_equal(login->json, "{\"u\":\"ada\",\"p\":\"s3cret pass/word\"}");
    assert_string_equal(expr_text(login->token), ".token");
    assert_int_equal(login->paths.n, 2);
    assert_false(login->eager);

    const struct source_settings *own = settings_find_source(loaded.settings, "own");
    assert_string_equal(own->auth_name, "source/own");
    assert_string_equal(own->auth->name, "source/own");
    assert_string_equal(own->auth->driver->name, "basic");
    const struct test_basic *basic = own->auth->driver_settings;
    assert_string_equal(basic->username, "ada");
    assert_string_equal(basic->password.data, "s3cret pass/word");
    assert_int_equal(loaded.settings->auth_count, 3);
    loaded_deinit(&loaded);
}

static void anchors_and_merge_keys_serve_many_sources(void **state)
{
    (void)state;
    struct loaded loaded =
        load_good("x-common: &common { interval: 10s, headers: &h { accept: a/b } }\n"
                  "sources:\n"
                  "  a: { <<: *common, url: 'http://a.example' }\n"
                  "  b: { <<: *common, url: 'http://b.example', interval: 20s }\n"
                  "  c: { url: 'http://c.example', headers: *h }\n" SINK);
    assert_int_equal(settings_find_source(loaded.settings, "a")->interval_ms, 10000);
    assert_int_equal(settings_find_source(loaded.settings, "b")->interval_ms, 20000);
    assert_string_equal(headers_get(&web_of(loaded.settings, "b")->headers, "accept"), "a/b");
    assert_string_equal(headers_get(&web_of(loaded.settings, "c")->headers, "accept"), "a/b");
    loaded_deinit(&loaded);
}

static void variables_are_expanded_once(void **state)
{
    (void)state;
    static const struct {
        const char *written, *wanted;
    } cases[] = {
        { "${USER_NAME}", "ada" },
        { "<${USER_NAME}${NUMBER}>", "<ada42>" },
        { "x${NONE:-}", "x" },
        { "${NONE:-a b:-c}", "a b:-c" },
        { "${EMPTY:-full}", "full" },
        { "${USER_NAME:-other}", "ada" },
        { "$${USER_NAME}", "${USER_NAME}" },
        { "$$$${x", "$${x" },
        { "cost: 5$ and $x", "cost: 5$ and $x" },
        { "$", "$" },
        { "a}b", "a}b" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_FREE char *text =
            str_printf("sources: { a: { url: 'http://x.example', auth: { username: '%s',\n"
                       "  password: 123456 } } }\n" SINK,
                       cases[i].written);
        struct loaded loaded = load_good(text);
        const struct source_settings *source = settings_find_source(loaded.settings, "a");
        const struct test_basic *basic = source->auth->driver_settings;
        assert_string_equal(basic->username, cases[i].wanted);
        loaded_deinit(&loaded);
    }
}

// A folder with files in it, gone at the end of the test.
struct folder {
    char path[64];
};

static void write_file(const struct folder *folder, const char *name, const char *text, size_t len)
{
    AUTO_FREE char *path = str_printf("%s/%s", folder->path, name);
    AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), (ssize_t)len);
}

static void folder_init(struct folder *folder)
{
    strcpy(folder->path, "/tmp/config-test-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    write_file(folder, "secret", "from a file, long enough\n\n", 26);
    write_file(folder, "binary", "\x01\x02\xFF 0123456789abcdef", 20);
}

static void folder_deinit(const struct folder *folder)
{
    static const char *const names[] = { "secret", "binary", "f.yaml" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        AUTO_FREE char *path = str_printf("%s/%s", folder->path, names[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(folder->path), 0);
}

static void files_are_found_beside_the_configuration(void **state)
{
    (void)state;
    struct folder folder;
    folder_init(&folder);
    AUTO_FREE char *file = str_printf("%s/f.yaml", folder.path);
    struct loaded loaded = load_text_as(
        file, "store: { path: sub/bridge.db }\n"
              "sources: { a: { url: 'http://x.example', tls: { ca_file: /ca.pem } } }\n"
              "sinks:\n"
              "  file: { url: 'http://x.example', secret_file: secret }\n"
              "  place: { url: 'http://x.example', secret: '${file:secret}' }\n"
              "  bytes: { url: 'http://x.example', secret_file: binary }\n");
    AUTO_FREE char *words = loaded_words(&loaded);
    assert_string_equal(words, "");
    AUTO_FREE char *store = str_printf("%s/sub/bridge.db", folder.path);
    assert_string_equal(loaded.settings->store.path, store);
    assert_string_equal(web_of(loaded.settings, "a")->tls.ca_file, "/ca.pem");
    const struct test_hook *hook = settings_find_sink(loaded.settings, "file")->driver_settings;
    assert_string_equal(hook->secret.data, "from a file, long enough\n"); // one line end dropped
    assert_int_equal(loaded.settings->secret_file_count, 2);              // each once
    assert_true(str_ends(loaded.settings->secret_files[0].path, "/binary"));
    assert_true(str_ends(loaded.settings->secret_files[1].path, "/secret"));
    assert_int_equal(loaded.settings->secret_files[1].mark.size, 26);
    hook = settings_find_sink(loaded.settings, "place")->driver_settings;
    assert_string_equal(hook->secret.data, "from a file, long enough\n");
    hook = settings_find_sink(loaded.settings, "bytes")->driver_settings;
    assert_int_equal(hook->secret.len, 20);
    loaded_deinit(&loaded);
    folder_deinit(&folder);
}

static void the_file_itself_is_read(void **state)
{
    (void)state;
    static const char text[] = "sources: { a: { url: 'http://x.example' } }\n" SINK;
    struct folder folder;
    folder_init(&folder);
    write_file(&folder, "f.yaml", text, strlen(text));
    AUTO_FREE char *file = str_printf("%s/f.yaml", folder.path);
    struct loaded loaded = { 0 };
    struct config_input input = { .file = file, .drivers = &test_drivers };
    loaded.result = config_load(&loaded.settings, &input, &loaded.problems);
    assert_int_equal(loaded.result, 0);
    assert_int_equal(loaded.settings->source_count, 1);
    assert_string_equal(loaded.settings->file, file);
    loaded_deinit(&loaded);

    input.file = folder.path; // a folder is no configuration
    loaded.result = config_load(&loaded.settings, &input, &loaded.problems);
    assert_int_equal(loaded.result, -EINVAL);
    assert_string_equal(loaded.problems.v[0]->code, "unreadable_file");
    loaded_deinit(&loaded);
    folder_deinit(&folder);
}

static void expect_redacted(const char *text, const char *wanted)
{
    AUTO_BUF struct buf line = { 0 };
    assert_int_equal(buf_append_str(&line, text), 0);
    secret_redact(&line, 0);
    assert_string_equal(buf_str(&line), wanted);
}

static void secrets_are_struck_out_as_long_as_the_settings_live(void **state)
{
    (void)state;
    struct loaded loaded =
        load_good("auth: { l: { type: login, url: 'https://x.example',\n"
                  "        json: { password: '${PASSWORD}', user: '${USER_NAME}' } } }\n"
                  "sources: { a: { url: 'http://${HOST}/', auth: l,\n"
                  "           headers: { authorization: 'Bearer ${TOKEN}' } } }\n"
                  "sinks: { s: { url: 'https://h.example/x', secret: plain-text-secret-here } }\n");
    expect_redacted("plain-text-secret-here", "***");
    expect_redacted("p=s3cret%20pass%2Fword", "p=***");
    expect_redacted("{\"p\":\"s3cret pass/word\"}", "{\"p\":\"***\"}");
    expect_redacted("token-123456789", "***");
    expect_redacted("api.example.com", "api.example.com"); // a variable, but no secret
    loaded_deinit(&loaded);
    expect_redacted("plain-text-secret-here token-123456789 s3cret%20pass%2Fword",
                    "plain-text-secret-here token-123456789 s3cret%20pass%2Fword");
}

static void identities_of(const char *source, struct hash128 *ret_rules,
                          struct hash128 *ret_request)
{
    AUTO_FREE char *text = str_printf("defaults: { timeout: 9s }\n"
                                      "auth: { x: { username: u, password: 123456 },\n"
                                      "        y: { username: u, password: 123456 } }\n"
                                      "sources: { a: { %s } }\n" SINK,
                                      source);
    struct loaded loaded = load_good(text);
    *ret_rules = loaded.settings->sources[0].rules_hash;
    *ret_request = loaded.settings->sources[0].request_hash;
    loaded_deinit(&loaded);
}

static struct hash128 auth_identity_of(const char *auth)
{
    AUTO_FREE char *text =
        str_printf("auth: { x: { %s } }\nsources: { a: { url: 'http://x.example' } }\n" SINK, auth);
    struct loaded loaded = load_good(text);
    struct hash128 identity = loaded.settings->auths[0].identity;
    loaded_deinit(&loaded);
    return identity;
}

// Also by its secrets: one that has changed is another auth.
static void an_auth_is_the_same_when_all_of_it_is(void **state)
{
    (void)state;
    struct hash128 one = auth_identity_of("username: u, password: 123456");
    assert_true(hash128_eq(one, auth_identity_of("password: '123456', username: u")));
    assert_false(hash128_eq(one, auth_identity_of("username: u, password: 123457")));
    assert_false(hash128_eq(one, auth_identity_of("username: v, password: 123456")));
}

static void identities_change_with_what_they_stand_for_only(void **state)
{
    (void)state;
    static const char base[] =
        "url: 'http://x.example', items: '.d[]', key: .id, headers: { a: b }";
    static const struct {
        const char *source;
        bool same_rules, same_request;
    } cases[] = {
        { "headers: { a: b }, key: [.id], items: '.d[]', url: http://x.example", true, true },
        { "url: 'http://${NONE:-x.example}', items: '.d[]', key: .id, headers: { a: b }", true,
          true },
        { "method: GET, url: 'http://x.example', items: '.d[]', key: .id, headers: { a: b }, "
          "interval: 3s, first_run: items, guard: { max_removed: 1% }, timeout: 3s",
          true, true },
        { "url: 'http://x.example', items: '.d[]', key: .no, headers: { a: b }", false, true },
        { "url: 'http://x.example', items: '.e[]', key: .id, headers: { a: b }", false, true },
        { "url: 'http://x.example', items: '.d[]', key: [.id, .x], headers: { a: b }", false,
          true },
        { "url: 'http://x.example', items: '.d[]', key: .id, headers: { a: b }, ignore: .x", false,
          true },
        { "url: 'http://x.example', items: '.d[]', key: .id, headers: { a: b }, when: '.after'",
          false, true },
        { "url: 'http://x.example', items: '.d[]', key: .id, headers: { a: b }, "
          "normalize: { .x: trim }",
          false, true },
        { "url: 'http://x.example', items: '.d[]', key: .id, headers: { a: b }, "
          "deadband: { .x: 1 }",
          false, true },
        { "url: 'http://x.example/', items: '.d[]', key: .id, headers: { a: b }", true, false },
        { "url: 'http://x.example', items: '.d[]', key: .id, headers: { a: c }", true, false },
        { "url: 'http://x.example', items: '.d[]', key: .id, headers: { ab: '' }", true, false },
        { "url: 'http://x.example', items: '.d[]', key: .id, headers: { a: b }, method: POST", true,
          false },
        { "url: 'http://x.example', items: '.d[]', key: .id, headers: { a: b }, auth: x", true,
          false },
        { "url: 'http://x.example', items: '.d[]', key: .id, headers: { a: b }, "
          "tls: { ca_file: x }",
          true, false },
    };
    struct hash128 rules;
    struct hash128 request;
    identities_of(base, &rules, &request);
    assert_false(hash128_is_zero(rules));
    assert_false(hash128_eq(rules, request));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct hash128 other_rules;
        struct hash128 other_request;
        identities_of(cases[i].source, &other_rules, &other_request);
        if (hash128_eq(rules, other_rules) != cases[i].same_rules ||
            hash128_eq(request, other_request) != cases[i].same_request) {
            fail_msg("case %zu: %s", i, cases[i].source);
        }
    }
}

static void quoted_and_bare_json_are_two_requests(void **state)
{
    (void)state;
    struct hash128 rules;
    struct hash128 bare;
    struct hash128 quoted;
    identities_of("url: 'http://x.example', method: POST, json: { n: 1 }", &rules, &bare);
    identities_of("url: 'http://x.example', method: POST, json: { n: '1' }", &rules, &quoted);
    assert_false(hash128_eq(bare, quoted));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_absent_takes_its_preset),
        cmocka_unit_test(every_type_is_read),
        cmocka_unit_test(ranges_that_are_opened_are_read),
        cmocka_unit_test(a_source_takes_from_defaults_what_it_does_not_say),
        cmocka_unit_test(sources_and_sinks_are_sorted_and_found_by_name),
        cmocka_unit_test(auths_are_shared_by_name_or_written_in_place),
        cmocka_unit_test(anchors_and_merge_keys_serve_many_sources),
        cmocka_unit_test(variables_are_expanded_once),
        cmocka_unit_test(files_are_found_beside_the_configuration),
        cmocka_unit_test(the_file_itself_is_read),
        cmocka_unit_test(secrets_are_struck_out_as_long_as_the_settings_live),
        cmocka_unit_test(an_auth_is_the_same_when_all_of_it_is),
        cmocka_unit_test(identities_change_with_what_they_stand_for_only),
        cmocka_unit_test(quoted_and_bare_json_are_two_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
