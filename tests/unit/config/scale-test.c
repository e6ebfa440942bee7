// What must not grow with the square of the file. Prints its figures.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/spi/settings.h"
#include "tests/unit/config/load-text.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#endif

// A sanitizer makes it several times slower and counts memory differently; what grows with the
// square shows at a fifth of the size as well.
#ifdef SANITIZED
#define SOURCES         20000
#define CPU_SECONDS_MAX 20
#else
#define SOURCES         100000
#define CPU_SECONDS_MAX 5
#endif
#define HELD_BYTES_MAX 2000 // per source, while the settings live
#define PEAK_BYTES_MAX 3000 // per source, while they are read

static double cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

// Bytes; field is "VmRSS:" or "VmHWM:".
static long long read_status(const char *field)
{
    static char text[8192];
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t n = read(fd, text, sizeof(text) - 1);
    assert_true(n > 0);
    (void)close(fd);
    text[n] = '\0';
    const char *at = strstr(text, field);
    assert_non_null(at);
    return strtoll(at + strlen(field), NULL, 10) * 1024;
}

// Starts VmHWM anew.
static void reset_peak(void)
{
    int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0 && write(fd, "5", 1) == 1);
    (void)close(fd);
}

static void write_sources(struct buf *text)
{
    assert_int_equal(buf_append_str(text, "x-c: &c { interval: 1m, auth: shop }\n"
                                          "auth: { shop: { username: me, password: 123456 } }\n"
                                          "sources:\n"),
                     0);
    for (int i = 0; i < SOURCES; i++) {
        assert_int_equal(
            buf_printf(text, "  s%d: { <<: *c, url: 'http://x/%d', items: '.d[]', key: .id }\n", i,
                       i),
            0);
    }
    assert_int_equal(
        buf_append_str(text, "sinks: { s: { url: http://x, sources: [s1, s19999] } }\n"), 0);
}

static void very_many_sources_load_in_seconds_and_bounded_memory(void **state)
{
    (void)state;
    AUTO_BUF struct buf text = { 0 };
    write_sources(&text);
    (void)malloc_trim(0);
    reset_peak();
    long long start = read_status("VmRSS:");
    double before = cpu_seconds();
    struct loaded loaded = load_good(buf_str(&text));
    double seconds = cpu_seconds() - before;
    (void)malloc_trim(0);
    long long held = (read_status("VmRSS:") - start) / SOURCES;
    long long peak = (read_status("VmHWM:") - start) / SOURCES;
    (void)printf("%d sources, %zu MiB of YAML: %.2f s; bytes for each: %lld held, %lld at the "
                 "peak\n",
                 SOURCES, text.len >> 20, seconds, held, peak);
    assert_true(seconds < CPU_SECONDS_MAX);
#ifndef SANITIZED
    assert_true(held < HELD_BYTES_MAX);
    assert_true(peak < PEAK_BYTES_MAX);
#endif
    assert_int_equal(loaded.settings->source_count, SOURCES);
    assert_non_null(settings_find_source(loaded.settings, "s17777"));
    loaded_deinit(&loaded);
}

static void very_many_mistakes_are_told_in_seconds(void **state)
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
        cmocka_unit_test(very_many_sources_load_in_seconds_and_bounded_memory),
        cmocka_unit_test(very_many_mistakes_are_told_in_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
