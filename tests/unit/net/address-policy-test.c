// Which addresses count as public: the first and the last address of every range, and their
// neighbours outside.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "bridge/base/cleanup.h"
#include "bridge/net/public-address.h"

static bool judge(const char *text)
{
    struct sockaddr_storage address = { 0 };
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        memcpy(&address, &v4, sizeof(v4));
    } else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) {
        memcpy(&address, &v6, sizeof(v6));
    } else {
        fail_msg("not an address: %s", text);
    }
    return address_is_public((struct sockaddr *)&address);
}

static void check(const char *const texts[], size_t n, bool expected)
{
    for (size_t i = 0; i < n; i++) {
        if (judge(texts[i]) != expected) {
            fail_msg("%s is %spublic", texts[i], expected ? "not " : "");
        }
    }
}

static void ipv4_ranges_are_refused_from_first_to_last(void **state)
{
    static const char *const refused[] = {
        "0.0.0.0",         "0.255.255.255",   "10.0.0.0",      "10.255.255.255",  "100.64.0.0",
        "100.127.255.255", "127.0.0.0",       "127.0.0.1",     "127.255.255.255", "169.254.0.0",
        "169.254.169.254", "169.254.255.255", "172.16.0.0",    "172.31.255.255",  "192.0.0.0",
        "192.0.0.255",     "192.0.2.0",       "192.0.2.255",   "192.88.99.0",     "192.88.99.255",
        "192.168.0.0",     "192.168.255.255", "198.18.0.0",    "198.19.255.255",  "198.51.100.0",
        "198.51.100.255",  "203.0.113.0",     "203.0.113.255", "224.0.0.0",       "239.255.255.255",
        "240.0.0.0",       "255.255.255.255",
    };
    (void)state;
    check(refused, ARRAY_LEN(refused), false);
}

static void ipv4_neighbours_of_the_ranges_pass(void **state)
{
    static const char *const passed[] = {
        "1.0.0.0",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.0",       "169.253.255.255", "169.255.0.0",    "172.15.255.255",
        "172.32.0.0",      "191.255.255.255", "192.0.1.0",       "192.0.1.255",    "192.0.3.0",
        "192.88.98.255",   "192.88.100.0",    "192.167.255.255", "192.169.0.0",    "198.17.255.255",
        "198.20.0.0",      "198.51.99.255",   "198.51.101.0",    "203.0.112.255",  "203.0.114.0",
        "223.255.255.255", "8.8.8.8",
    };
    (void)state;
    check(passed, ARRAY_LEN(passed), true);
}

static void ipv6_outside_global_unicast_is_refused(void **state)
{
    static const char *const refused[] = {
        "::",
        "::1",
        "::7f00:1",
        "100::1",
        "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "4000::",
        "5f00::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "64:ff9a::808:808",
        "64:ff9b:1::808:808",
    };
    (void)state;
    check(refused, ARRAY_LEN(refused), false);
}

static void ipv6_ranges_inside_global_unicast_are_refused_to_their_edges(void **state)
{
    static const char *const refused[] = {
        "2001::",         "2001:0:4136:e378:8000:63bf:3fff:fdd2",    "2001:1ff:ffff::1",
        "2001:db8::",     "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",  "2002::",
        "2002:808:808::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::",
        "3fff:fff::1",
    };
    static const char *const passed[] = {
        "2000::",      "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "2001:200::1", "2001:db7:ffff::1",
        "2001:db9::",  "2001:4860:4860::8888",
        "2003::",      "3ffe:ffff::1",
        "3fff:1000::", "2606:4700:4700::1111",
    };
    (void)state;
    check(refused, ARRAY_LEN(refused), false);
    check(passed, ARRAY_LEN(passed), true);
}

static void ipv4_inside_ipv6_is_judged_as_ipv4(void **state)
{
    static const char *const refused[] = {
        "::ffff:127.0.0.1", "::ffff:10.1.2.3",   "::ffff:169.254.169.254", "::ffff:0.0.0.0",
        "64:ff9b::7f00:1",  "64:ff9b::10.0.0.1", "64:ff9b::192.168.1.1",   "::127.0.0.1",
        "::8.8.8.8",        "::ffff:0:8.8.8.8",
    };
    static const char *const passed[] = { "::ffff:8.8.8.8", "64:ff9b::8.8.8.8" };
    (void)state;
    check(refused, ARRAY_LEN(refused), false);
    check(passed, ARRAY_LEN(passed), true);
}

static void what_is_no_ip_address_is_not_public(void **state)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/tmp/socket" };
    (void)state;
    assert_false(address_is_public((struct sockaddr *)&address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv4_ranges_are_refused_from_first_to_last),
        cmocka_unit_test(ipv4_neighbours_of_the_ranges_pass),
        cmocka_unit_test(ipv6_outside_global_unicast_is_refused),
        cmocka_unit_test(ipv6_ranges_inside_global_unicast_are_refused_to_their_edges),
        cmocka_unit_test(ipv4_inside_ipv6_is_judged_as_ipv4),
        cmocka_unit_test(what_is_no_ip_address_is_not_public),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
