#include "bridge/base/hash.h"

#include <string.h>
#include <xxhash.h>

static struct hash128 from_xxh(XXH128_hash_t hash)
{
    return (struct hash128){ .low = hash.low64, .high = hash.high64 };
}

struct hash128 hash128_of(const void *data, size_t len)
{
    return from_xxh(XXH3_128bits(data, len));
}

uint64_t hash64_of(const void *data, size_t len)
{
    return XXH3_64bits(data, len);
}

uint64_t hash64_of_str(const char *text)
{
    return XXH3_64bits(text, strlen(text));
}

struct hash128 hash128_mix(struct hash128 a, struct hash128 b)
{
    const uint64_t both[4] = { a.low, a.high, b.low, b.high };
    return from_xxh(XXH3_128bits(both, sizeof(both)));
}
