#pragma once
// Fast fingerprints (XXH3). Not for secrets.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash128 {
    uint64_t low;
    uint64_t high;
};

struct hash128 hash128_of(const void *data, size_t len);
uint64_t hash64_of(const void *data, size_t len);
uint64_t hash64_of_str(const char *text);
// Mixes two hashes; the order of the arguments matters.
struct hash128 hash128_mix(struct hash128 a, struct hash128 b);

static inline bool hash128_eq(struct hash128 a, struct hash128 b)
{
    return a.low == b.low && a.high == b.high;
}

static inline bool hash128_is_zero(struct hash128 a)
{
    return a.low == 0 && a.high == 0;
}
