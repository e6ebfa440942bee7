#pragma once
// Random JSON from a seed: small alphabets, so that equal parts, equal keys and awkward names meet.

#include <stdint.h>

struct json_object;

struct random {
    uint64_t state;
};

uint64_t random_next(struct random *random);
uint64_t random_below(struct random *random, uint64_t n); // 0 … n - 1; 0 when n is 0

struct json_object *random_value(struct random *random, unsigned depth);
// A copy with a few changes: members and elements added, removed, replaced, moved.
struct json_object *random_edit(struct random *random, struct json_object *value);
// An equal value that is written differently: members in another order, numbers in another form.
struct json_object *random_respelled(struct random *random, struct json_object *value);

// The seed of this run (POLLBRIDGE_PROPERTY_SEED, else the time; printed) and how many rounds
// (POLLBRIDGE_PROPERTY_PAIRS, else `usual`).
uint64_t random_seed(void);
uint64_t random_rounds(uint64_t usual);
