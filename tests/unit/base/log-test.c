#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first
#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bridge/base/log.h"
#include "bridge/base/secret.h"

// Logs go into a file in memory; `line` reads what came and forgets it.
static char text[70000];

static const char *lines(int fd)
{
    ssize_t len = pread(fd, text, sizeof(text) - 1, 0);
    assert_true(len >= 0);
    text[len] = '\0';
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return text;
}

// What follows the time stamp, whose form is checked here.
static const char *after_stamp(const char *line, const char *before)
{
    assert_memory_equal(line, before, strlen(before));
    const char *stamp = line + strlen(before);
    assert_int_equal(strspn(stamp, "0123456789-T:.Z"), 24);
    assert_int_equal(stamp[23], 'Z');
    return stamp + 24;
}

static int start(enum log_format format, enum log_level least)
{
    int fd = memfd_create("log", 0);
    assert_true(fd >= 0);
    log_init(format, least, fd);
    return fd;
}

static void stop(int fd)
{
    log_init(LOG_LOGFMT, LOG_INFO, -1);
    (void)close(fd);
}

static void logfmt_quotes_only_what_needs_it(void **state)
{
    (void)state;
    int fd = start(LOG_LOGFMT, LOG_DEBUG);
    log_info("source failing", LOG_STR("source", "orders"), LOG_INT("failures", -3),
             LOG_STR("a", ""), LOG_STR("b", "x=y"), LOG_STR("c", "say \"hi\""),
             LOG_STR("d", "two\nlines"), LOG_STR("e", "back\\slash"), LOG_STR("f", "é"),
             LOG_STR("g", "https://a/b?c"), LOG_STR("h", NULL), LOG_STR("i", "\xff"));
    assert_string_equal(after_stamp(lines(fd), "ts="),
                        " level=info msg=\"source failing\" source=orders failures=-3 a=\"\" "
                        "b=\"x=y\" c=\"say \\\"hi\\\"\" d=\"two\\nlines\" e=\"back\\\\slash\" "
                        "f=\"é\" g=https://a/b?c h=\"\" i=\"\xef\xbf\xbd\"\n");
    log_error("plain");
    assert_string_equal(after_stamp(lines(fd), "ts="), " level=error msg=plain\n");
    stop(fd);
}

static void json_lines_are_json(void **state)
{
    (void)state;
    int fd = start(LOG_JSON, LOG_DEBUG);
    log_warn("he said \"no\"", LOG_STR("k", "a\tb\x01"), LOG_INT("n", INT64_MIN));
    assert_string_equal(after_stamp(lines(fd), "{\"ts\":\""),
                        "\",\"level\":\"warn\",\"msg\":\"he said \\\"no\\\"\","
                        "\"k\":\"a\\tb\\u0001\",\"n\":-9223372036854775808}\n");
    log_debug("bare");
    assert_string_equal(after_stamp(lines(fd), "{\"ts\":\""),
                        "\",\"level\":\"debug\",\"msg\":\"bare\"}\n");
    stop(fd);
}

static void lower_levels_are_not_even_evaluated(void **state)
{
    (void)state;
    int fd = start(LOG_LOGFMT, LOG_WARN);
    int evaluated = 0;
    log_info("no", LOG_INT("n", ++evaluated));
    log_debug("no", LOG_INT("n", ++evaluated));
    assert_int_equal(evaluated, 0);
    assert_string_equal(lines(fd), "");
    log_warn("yes", LOG_INT("n", ++evaluated));
    assert_non_null(strstr(lines(fd), "msg=yes n=1"));
    assert_false(log_wants(LOG_INFO));
    assert_true(log_wants(LOG_ERROR));
    stop(fd);
    assert_false(log_wants(LOG_ERROR)); // without a descriptor there is silence
}

static void secrets_are_struck_out_before_quoting(void **state)
{
    (void)state;
    static const char secret[] = "pa\"ss\\wo\nrd";
    assert_int_equal(secret_register(secret, strlen(secret)), 0);
    for (int format = LOG_LOGFMT; format <= LOG_JSON; format++) {
        int fd = start((enum log_format)format, LOG_DEBUG);
        log_info("msg pa\"ss\\wo\nrd", LOG_STR("k", "x pa\"ss\\wo\nrd y"));
        const char *line = lines(fd);
        assert_null(strstr(line, "wo"));
        assert_non_null(strstr(line, "\"x *** y\""));
        assert_non_null(strstr(line, "\"msg ***\""));
        stop(fd);
    }
    secret_unregister(secret, strlen(secret));
}

static void long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    enum { LEN = 9000 };
    char *value = malloc(LEN + 1);
    assert_non_null(value);
    for (int i = 0; i < LEN; i += 3) {
        memcpy(value + i, "€", 3);
    }
    value[LEN] = '\0';
    int fd = start(LOG_JSON, LOG_INFO);
    log_info("m", LOG_STR("k", value));
    const char *line = lines(fd);
    assert_int_equal(strlen(strstr(line, "€")), 4095 + 3 + 3); // "…", quote, brace, end of line
    assert_null(strstr(line, "\xef\xbf\xbd"));
    free(value);
    stop(fd);
}

static void terminals_get_colours_and_files_do_not(void **state)
{
    (void)state;
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0 || grantpt(terminal) || unlockpt(terminal)) {
        print_message("no pseudo terminal here: skipped\n");
        skip();
    }
    int fd = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    assert_true(fd >= 0);
    log_init(LOG_LOGFMT, LOG_INFO, fd);
    log_error("red", LOG_STR("k", "v"));
    ssize_t len = read(terminal, text, sizeof(text) - 1);
    assert_true(len > 0);
    text[len] = '\0';
    assert_non_null(strstr(text, "\033[31merror\033[0m"));
    log_init(LOG_JSON, LOG_INFO, fd);
    log_error("plain");
    len = read(terminal, text, sizeof(text) - 1);
    assert_true(len > 0);
    text[len] = '\0';
    assert_null(strchr(text, '\033'));
    stop(fd);
    (void)close(terminal);
}

enum { THREADS = 4, LINES = 200 };

static void *write_lines(void *userdata)
{
    for (int i = 0; i < LINES; i++) {
        log_info("from a thread", LOG_STR("name", userdata), LOG_INT("i", i));
    }
    return NULL;
}

static void lines_of_many_threads_do_not_mix(void **state)
{
    (void)state;
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    (void)fcntl(pipes[1], F_SETPIPE_SZ, 1 << 20);
    log_init(LOG_LOGFMT, LOG_INFO, pipes[1]);
    pthread_t threads[THREADS];
    static char names[THREADS][8] = { "one", "two", "three", "four" };
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, names[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    log_init(LOG_LOGFMT, LOG_INFO, -1);
    (void)close(pipes[1]);
    FILE *in = fdopen(pipes[0], "r");
    int n = 0;
    char line[256];
    char name[16];
    int i;
    while (fgets(line, sizeof(line), in)) {
        const char *rest = after_stamp(line, "ts=");
        assert_int_equal(sscanf(rest, " level=info msg=\"from a thread\" name=%15s i=%d", name, &i),
                         2);
        n++;
    }
    assert_int_equal(n, THREADS * LINES);
    (void)fclose(in);
}

static void reader_that_went_away_is_survived(void **state)
{
    (void)state;
    int fd = open("/dev/full", O_WRONLY);
    assert_true(fd >= 0);
    log_init(LOG_LOGFMT, LOG_INFO, fd);
    log_info("nobody reads this"); // must return
    stop(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logfmt_quotes_only_what_needs_it),
        cmocka_unit_test(json_lines_are_json),
        cmocka_unit_test(lower_levels_are_not_even_evaluated),
        cmocka_unit_test(secrets_are_struck_out_before_quoting),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(terminals_get_colours_and_files_do_not),
        cmocka_unit_test(lines_of_many_threads_do_not_mix),
        cmocka_unit_test(reader_that_went_away_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
