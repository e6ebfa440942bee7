#include "bridge/net/address-policy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "bridge/base/cleanup.h"

struct range {
    uint8_t bytes[16];
    unsigned bits;
};

static const struct range v4_refused[] = {
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

static const struct range v6_global = { { 0x20 }, 3 };

static const struct range v6_refused[] = {
    { { 0x20, 0x01 }, 23 },             // protocol assignments, Teredo
    { { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, // documentation
    { { 0x20, 0x02 }, 16 },             // 6to4
    { { 0x3f, 0xff }, 20 },             // documentation
};

static const struct range v6_mapped = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff }, 96 };
static const struct range v6_nat64 = { { 0x00, 0x64, 0xff, 0x9b }, 96 };

static bool in_range(const uint8_t *address, const struct range *range)
{
    unsigned whole = range->bits / 8;
    unsigned rest = range->bits % 8;
    if (memcmp(address, range->bytes, whole) != 0) {
        return false;
    }
    if (rest == 0) {
        return true;
    }
    unsigned mask = 0xffU << (8 - rest);
    return ((unsigned)(address[whole] ^ range->bytes[whole]) & mask) == 0;
}

static bool in_any(const uint8_t *address, const struct range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (in_range(address, &ranges[i])) {
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
    if (in_range(address, &v6_mapped) || in_range(address, &v6_nat64)) {
        return v4_is_public(address + 12);
    }
    return in_range(address, &v6_global) && !in_any(address, v6_refused, ARRAY_LEN(v6_refused));
}

bool address_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof(v4));
        return v4_is_public((const uint8_t *)&v4.sin_addr);
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof(v6));
        return v6_is_public(v6.sin6_addr.s6_addr);
    }
    return false;
}
