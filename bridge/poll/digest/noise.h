#pragma once
// What is remembered of changes that wait: how often each was seen, when its item was last told,
// which states it had before. One per source, stored with its snapshot. Pure.
//
// Only what is needed is kept: an item that nothing is to be remembered of has no entry. Past
// NOISE_ENTRIES_MAX entries a change is told at once instead of waiting.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/hash.h"

struct bytes;

#define NOISE_ENTRIES_MAX 20000
#define NOISE_STATES_MAX  16
#define NOISE_HISTORY_MS  ((int64_t)7 * 24 * 3600 * 1000) // states of what no longer moves

struct noise_entry {
    char *key;                               // canonical JSON text; "" for a document
    int64_t told_at_ms;                      // wall time it was last told; 0: not known
    int64_t sightings;                       // polls in a row in which it was not as told
    struct hash128 seen;                     // its state then, where known states are remembered
    struct hash128 states[NOISE_STATES_MAX]; // told before the present one, the newest first
    size_t state_count;
    bool waits;   // a change of it is to be told later
    bool touched; // by the digest under way; not stored
};

struct noise;
int noise_new(struct noise **ret) MUST_CHECK;
struct noise *noise_free(struct noise *noise);
DEFINE_CLEANUP(noise)

// What noise_write wrote; what cannot be read is as good as nothing (of no bytes: nothing).
int noise_read(struct noise **ret, const struct bytes *text) MUST_CHECK; // 0 or -ENOMEM
// Drops what need not be remembered any more, first. *ret is empty when nothing is left.
int noise_write(struct noise *noise, int64_t now_ms, int64_t min_interval_ms,
                struct bytes *ret) MUST_CHECK;

// The entry of a key (NULL for a document), made when it is missing; NULL when there are too many
// or no memory for it.
struct noise_entry *noise_enter(struct noise *noise, const char *key);
const struct noise_entry *noise_find(const struct noise *noise, const char *key);

int64_t noise_told_at_ms(const struct noise *noise); // when the source last told a change; 0: never
void noise_tell(struct noise *noise, int64_t now_ms);
// Of what no change was looked at, there is none: it is as told, and nothing waits.
void noise_settle(struct noise *noise);
// Under other rules what was counted and remembered means nothing; `all`: nor do the keys.
void noise_forget(struct noise *noise, bool all);
bool noise_waits(const struct noise *noise); // a change of any entry
