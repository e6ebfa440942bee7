#include "bridge/net/public-address.h"

#include <string.h>

#include "bridge/net/address-policy.h"

// Ranges of IPv4 here have their four bytes first.
static const struct address_range v4_refused[] = {
    { { 0 }, 8 },             // this network
    { { 10 }, 8 },            // private
    { { 100, 64 }, 10 },      // shared by carriers
    { { 127 }, 8 },           // loopback
    { { 169, 254 }, 16 },     // link-local, and clouds' metadata services
    { { 172, 16 }, 12 },      // private
    { { 192, 0, 0 }, 24 },    // protocol assignments
    { { 192, 0, 2 }, 24 },    // documentation
    { { 192, 88, 99 }, 24 },  // 6to4 relays
    { { 192, 168 }, 16 },     // private
    { { 198, 18 }, 15 },      // benchmarks
    { { 198, 51, 100 }, 24 }, // documentation
    { { 203, 0, 113 }, 24 },  // documentation
    { { 224 }, 4 },           // multicast
    { { 240 }, 4 },           // reserved, broadcast
};

static const struct address_range v6_global = { { 0x20 }, 3 };

static const struct address_range v6_refused[] = {
    { { 0x20, 0x01 }, 23 },             // protocol assignments, Teredo
    { { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, // documentation
    { { 0x20, 0x02 }, 16 },             // 6to4
    { { 0x3f, 0xff }, 20 },             // documentation
};

static bool in_any(const uint8_t *address, const struct address_range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (address_range_has(&ranges[i], address)) {
            return true;
        }
    }
    return false;
}

static bool v4_is_public(const uint8_t *address)
{
    return !in_any(address, v4_refused, ARRAY_LEN(v4_refused));
}

static bool v6_is_public(const uint8_t *address)
{
    if (address_is_v4(address)) {
        return v4_is_public(address + 12);
    }
    return address_range_has(&v6_global, address) &&
           !in_any(address, v6_refused, ARRAY_LEN(v6_refused));
}

bool address_is_public(const struct sockaddr *address)
{
    uint8_t bytes[ADDRESS_BYTES];
    return address_normalize(address, bytes) && v6_is_public(bytes);
}
