#pragma once
// Ranges of IP addresses, as people write them: "10.0.0.0/8", "fd00::/8", or one address.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

// IPv4 addresses as IPv6 knows them, ::ffff:0:0/96: one form to compare.
struct address_range {
    uint8_t bytes[16];
    unsigned bits; // of them that count
};

struct address_ranges {
    struct address_range *v;
    size_t n;
};
void address_ranges_deinit(struct address_ranges *ranges);
int address_ranges_copy(struct address_ranges *ret,
                        const struct address_ranges *from) MUST_CHECK; // 0 or -ENOMEM

// False when it is no range; bits beyond the length must be zero.
bool address_range_parse(const char *text, struct address_range *ret) MUST_CHECK;
bool address_range_has(const struct address_range *range, const uint8_t *address);
bool address_ranges_have(const struct address_ranges *ranges, const uint8_t *address);
