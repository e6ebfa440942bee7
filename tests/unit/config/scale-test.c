// What must not grow with the square of the file.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "bridge/base/buf.h"
#include "bridge/spi/settings.h"
#include "tests/unit/config/load-text.h"

#define SOURCES 100000
// A second without sanitizers; anything quadratic takes minutes.
#define CPU_SECONDS_MAX 30

static double cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static void a_hundred_thousand_sources_load_in_seconds(void **state)
{
    (void)state;
    AUTO_BUF struct buf text = { 0 };
    assert_int_equal(buf_append_str(&text, "x-c: &c { interval: 1m, auth: shop }\n"
                                           "auth: { shop: { username: me, password: 123456 } }\n"
                                           "sources:\n"),
                     0);
    for (int i = 0; i < SOURCES; i++) {
        assert_int_equal(
            buf_printf(&text, "  s%d: { <<: *c, url: 'http://x/%d', items: '.d[]', key: .id }\n", i,
                       i),
            0);
    }
    assert_int_equal(
        buf_append_str(&text, "sinks: { s: { url: http://x, sources: [s1, s99999] } }\n"), 0);
    double before = cpu_seconds();
    struct loaded loaded = load_good(buf_str(&text));
    assert_true(cpu_seconds() - before < CPU_SECONDS_MAX);
    assert_int_equal(loaded.settings->source_count, SOURCES);
    assert_non_null(settings_find_source(loaded.settings, "s77777"));
    loaded_deinit(&loaded);
}

static void a_hundred_thousand_mistakes_are_told_in_seconds(void **state)
{
    (void)state;
    AUTO_BUF struct buf text = { 0 };
    assert_int_equal(buf_append_str(&text, "sources:\n"), 0);
    for (int i = 0; i < SOURCES; i++) {
        assert_int_equal(buf_printf(&text, "  s%d: { url: nothing, auth: nobody }\n", i / 2), 0);
    }
    assert_int_equal(buf_append_str(&text, "sinks:\n  s:\n    url: http://x\n    sources:\n"), 0);
    for (int i = 0; i < SOURCES; i++) {
        assert_int_equal(buf_printf(&text, "    - t%d\n", i), 0);
    }
    double before = cpu_seconds();
    struct loaded loaded = load_text(buf_str(&text));
    assert_true(cpu_seconds() - before < CPU_SECONDS_MAX);
    assert_null(loaded.settings);
    loaded_deinit(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_thousand_sources_load_in_seconds),
        cmocka_unit_test(a_hundred_thousand_mistakes_are_told_in_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
