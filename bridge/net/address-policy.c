#include "bridge/net/address-policy.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>

#include "bridge/net/public-address.h"

static const struct address_range v6_mapped = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff }, 96 };
static const struct address_range v6_nat64 = { { 0x00, 0x64, 0xff, 0x9b }, 96 };

bool address_is_v4(const uint8_t *address)
{
    return address_range_has(&v6_mapped, address);
}

static bool stands_for_v4(const uint8_t *address)
{
    return address_is_v4(address) || address_range_has(&v6_nat64, address);
}

bool address_normalize(const struct sockaddr *address, uint8_t ret[ADDRESS_BYTES])
{
    memcpy(ret, v6_mapped.bytes, ADDRESS_BYTES);
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof(v4));
        memcpy(ret + 12, &v4.sin_addr, 4);
        return true;
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof(v6));
        bool is_v4 = stands_for_v4(v6.sin6_addr.s6_addr);
        memcpy(ret + (is_v4 ? 12 : 0), v6.sin6_addr.s6_addr + (is_v4 ? 12 : 0), is_v4 ? 4 : 16);
        return true;
    }
    return false;
}

static in_port_t port_of(const struct sockaddr *address)
{
    struct sockaddr_in6 v6;
    struct sockaddr_in v4;
    if (address->sa_family == AF_INET6) {
        memcpy(&v6, address, sizeof(v6));
        return v6.sin6_port;
    }
    memcpy(&v4, address, sizeof(v4));
    return v4.sin_port;
}

static bool is_zero(const uint8_t *bytes, size_t n)
{
    static const uint8_t zeros[16];
    return memcmp(bytes, zeros, n) == 0;
}

static bool is_same(const struct sockaddr *other, const uint8_t *address)
{
    uint8_t bytes[ADDRESS_BYTES];
    return other && address_normalize(other, bytes) && memcmp(bytes, address, sizeof(bytes)) == 0;
}

// Does one of this machine's interfaces have it? Without an answer: it may.
static bool is_of_this_machine(const uint8_t *address)
{
    static const struct address_range loopback = { { [10] = 0xff, 0xff, 127 }, 104 };
    struct ifaddrs *all = NULL;
    bool found = address_range_has(&loopback, address) || getifaddrs(&all) != 0;
    for (const struct ifaddrs *one = all; one && !found; one = one->ifa_next) {
        found = is_same(one->ifa_addr, address);
    }
    if (all) {
        freeifaddrs(all);
    }
    return found;
}

// Asked for the port of our listener only, so it may take its time.
static bool is_own(const struct sockaddr *own, const struct sockaddr *address)
{
    uint8_t mine[ADDRESS_BYTES];
    uint8_t bytes[ADDRESS_BYTES];
    if (own->sa_family == 0 || port_of(own) != port_of(address) || !address_normalize(own, mine) ||
        !address_normalize(address, bytes)) {
        return false;
    }
    bool is_any = is_zero(mine, 16) || (address_is_v4(mine) && is_zero(mine + 12, 4));
    bool asks_any = is_zero(bytes, 16) || (address_is_v4(bytes) && is_zero(bytes + 12, 4));
    return memcmp(mine, bytes, sizeof(mine)) == 0 || asks_any ||
           (is_any && is_of_this_machine(bytes));
}

bool address_policy_allows(const struct address_policy *policy, const struct sockaddr *address)
{
    uint8_t bytes[ADDRESS_BYTES];
    if (!address_normalize(address, bytes) ||
        is_own((const struct sockaddr *)&policy->own, address)) {
        return false;
    }
    return address_is_public(address) || address_ranges_have(&policy->open, bytes);
}

void address_policy_deinit(struct address_policy *policy)
{
    address_ranges_deinit(&policy->open);
}
