#include "bridge/model/address-range.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/str.h"

#define V4_BITS 32
#define V6_BITS 128

void address_ranges_deinit(struct address_ranges *ranges)
{
    free(ranges->v);
    *ranges = (struct address_ranges){ 0 };
}

int address_ranges_copy(struct address_ranges *ret, const struct address_ranges *from)
{
    struct address_range *v = calloc(from->n + 1, sizeof(*v));
    if (!v) {
        return -ENOMEM;
    }
    if (from->n > 0) {
        memcpy(v, from->v, from->n * sizeof(*v));
    }
    *ret = (struct address_ranges){ .v = v, .n = from->n };
    return 0;
}

static bool parse_address(const char *text, struct address_range *ret)
{
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    memcpy(ret->bytes, mapped, sizeof(mapped));
    if (inet_pton(AF_INET, text, ret->bytes + sizeof(mapped)) == 1) {
        ret->bits = V4_BITS;
        return true;
    }
    ret->bits = V6_BITS;
    return inet_pton(AF_INET6, text, ret->bytes) == 1;
}

static bool has_bits_beyond(const struct address_range *range)
{
    for (unsigned bit = range->bits; bit < V6_BITS; bit++) {
        if (range->bytes[bit / 8] & (0x80U >> (bit % 8))) {
            return true;
        }
    }
    return false;
}

bool address_range_parse(const char *text, struct address_range *ret)
{
    char address[INET6_ADDRSTRLEN];
    size_t len = strcspn(text, "/");
    uint64_t bits = 0;
    if (len >= sizeof(address)) {
        return false;
    }
    memcpy(address, text, len);
    address[len] = '\0';
    if (!parse_address(address, ret)) {
        return false;
    }
    unsigned most = ret->bits;
    bits = most;
    if (text[len] == '/' && (!str_to_u64(text + len + 1, &bits) || bits > most)) {
        return false;
    }
    ret->bits = V6_BITS - most + (unsigned)bits;
    return !has_bits_beyond(ret);
}

bool address_range_has(const struct address_range *range, const uint8_t *address)
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

bool address_ranges_have(const struct address_ranges *ranges, const uint8_t *address)
{
    for (size_t i = 0; i < ranges->n; i++) {
        if (address_range_has(&ranges->v[i], address)) {
            return true;
        }
    }
    return false;
}
