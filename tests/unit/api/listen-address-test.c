#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "bridge/api/listen-address.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"

static void written_forms_give_the_address_that_is_meant(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } rows[] = {
        { "127.0.0.1:8080", "127.0.0.1:8080" },
        { "0.0.0.0:80", "0.0.0.0:80" },
        { "*:80", "0.0.0.0:80" },
        { "10.1.2.3:0", "10.1.2.3:0" },
        { "[::1]:8080", "[::1]:8080" },
        { "[::]:65535", "[::]:65535" },
        { "[2001:DB8::5]:1", "[2001:db8::5]:1" },
        // Without an address: nobody outside this machine.
        { "8080", "127.0.0.1:8080" },
        { ":8080", "127.0.0.1:8080" },
        { "localhost:8080", "127.0.0.1:8080" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct listen_address address;
        assert_int_equal(listen_address_parse(&address, rows[i].text, NULL), 0);
        char text[LISTEN_ADDRESS_TEXT_SIZE];
        listen_address_format(&address, text);
        assert_string_equal(text, rows[i].expected);
    }
}

static void wrong_forms_are_refused_with_a_reason(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } rows[] = {
        { "", "port must be a number" },
        { "127.0.0.1", "port must be a number" },
        { "127.0.0.1:", "port must be a number" },
        { "127.0.0.1:http", "port must be a number" },
        { "127.0.0.1:65536", "port must be a number" },
        { "127.0.0.1:-1", "port must be a number" },
        { "127.0.0.1: 80", "port must be a number" },
        { "::1:8080", "needs [] around it" },
        { "[::1:8080", "closing ]" },
        { "[:8080", "closing ]" },
        { "[]:8080", "no IPv6 address" },
        { "[127.0.0.1]:8080", "no IPv6 address" },
        { "[fe80::1%lo]:8080", "no IPv6 address" },
        { "256.0.0.1:80", "names are not looked up" },
        { "example.com:80", "names are not looked up" },
        { "http://127.0.0.1:80", "needs [] around it" },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:80",
          "too long" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct listen_address address;
        CLEANUP(problem_freep) struct problem *problem = NULL;
        assert_int_equal(listen_address_parse(&address, rows[i].text, &problem), -EINVAL);
        if (!strstr(problem->message, rows[i].why)) {
            fail_msg("\"%s\": %s", rows[i].text, problem->message);
        }
        assert_string_equal(problem->code, "listen_address");
    }
}

static void an_address_of_another_machine_is_told_in_words(void **state)
{
    (void)state;
    struct listen_address address;
    assert_int_equal(listen_address_parse(&address, "192.0.2.1:0", NULL), 0);
    CLEANUP(problem_freep) struct problem *problem = NULL;
    int fd = -1;
    assert_int_equal(listen_address_open(&address, &fd, &problem), -EADDRNOTAVAIL);
    assert_int_equal(fd, -1);
    assert_non_null(strstr(problem->message, "192.0.2.1:0"));
    assert_non_null(strstr(problem->message, "does not have that address"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_forms_give_the_address_that_is_meant),
        cmocka_unit_test(wrong_forms_are_refused_with_a_reason),
        cmocka_unit_test(an_address_of_another_machine_is_told_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
