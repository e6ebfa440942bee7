// Ranges of addresses as people write them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bridge/model/address-range.h"

static void what_is_no_range_is_refused(void **state)
{
    static const char *const texts[] = {
        "",           "/8",          "10",           "10.0.0.0/",    "10.0.0.0/33",
        "10.0.0.0/x", "10.0.0.0/-1", "10.0.0.0/8/8", "10.1.0.0/8",   "10.0.0.1/31",
        "fd00::/129", "fd00::1/64",  "localhost",    "010.0.0.0/8x", "10.0.0.0 /8",
        "::/0x",      "fe80::1%lo",
    };
    (void)state;
    struct address_range range;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (address_range_parse(texts[i], &range)) {
            fail_msg("\"%s\" was taken", texts[i]);
        }
    }
}

static bool has(const char *text, const char *address)
{
    struct address_range range;
    struct address_range one;
    assert_true(address_range_parse(text, &range));
    assert_true(address_range_parse(address, &one));
    return address_range_has(&range, one.bytes);
}

static void a_range_has_its_first_and_its_last_address_and_no_other(void **state)
{
    static const struct {
        const char *range, *first, *last, *before, *after;
    } cases[] = {
        { "10.0.0.0/8", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0" },
        { "10.1.2.3", "10.1.2.3", "10.1.2.3", "10.1.2.2", "10.1.2.4" },
        { "10.1.2.4/30", "10.1.2.4", "10.1.2.7", "10.1.2.3", "10.1.2.8" },
        { "172.16.0.0/12", "172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0" },
        { "0.0.0.0/0", "0.0.0.0", "255.255.255.255", "::1", "fd00::1" },
        { "fd12::/47", "fd12::", "fd12:0:1:ffff::1", "fd11:ffff::1", "fd12:0:2::" },
        { "::1", "::1", "::1", "::", "::2" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_true(has(cases[i].range, cases[i].first));
        assert_true(has(cases[i].range, cases[i].last));
        assert_false(has(cases[i].range, cases[i].before));
        assert_false(has(cases[i].range, cases[i].after));
    }
}

static void mapped_addresses_are_ipv4(void **state)
{
    (void)state;
    assert_true(has("10.0.0.0/8", "::ffff:10.1.2.3"));
    assert_true(has("::ffff:10.0.0.0/104", "10.1.2.3"));
    assert_true(has("::/0", "10.1.2.3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_range_is_refused),
        cmocka_unit_test(a_range_has_its_first_and_its_last_address_and_no_other),
        cmocka_unit_test(mapped_addresses_are_ipv4),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
