#pragma once
// Walks recoveries: page by page, each looked at on a worker and stored as one step, in turn when
// there are several. Also counts what one would send, without storing a thing. Loop thread only.

#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/spi/store.h"

struct clock;
struct event_base;
struct recoveries;
struct settings;
struct sink_settings;
struct workers;

#define RECOVERIES_MAX 64 // under way at once, dry runs too

struct recoveries_parts { // borrowed
    struct event_base *base;
    const struct clock *clock;
    struct store *store;
    struct workers *workers;
    // On a worker; see bridge/poll/digest/recovery-look.h.
    int (*look)(void *worker_ctx, const struct sink_settings *sink, const struct recovery *recovery,
                struct recovery_page *ret);
    void (*on_added)(const char *sink, const struct recovery_outcome *added, void *userdata);
    void *userdata;
};

int recoveries_new(struct recoveries **ret, const struct recoveries_parts *parts) MUST_CHECK;
struct recoveries *recoveries_free(struct recoveries *recoveries); // accepts NULL
DEFINE_CLEANUP(recoveries)

// A reference is taken. A recovery of a sink that is in no settings any more ends.
void recoveries_apply(struct recoveries *recoveries, struct settings *settings);
// Those the store has, at the start; consumed.
int recoveries_load(struct recoveries *recoveries, struct recovery_list *take) MUST_CHECK;

// Stores it with its answer (NULL: none), and walks it from then on; `done` when it is durable
// (STORE_E_CONFLICT: there is one of that id). Copied. 0, -EBUSY (too many), another -errno: `done`
// is not called.
int recoveries_begin(struct recoveries *recoveries, const struct recovery *recovery,
                     const struct stored_answer *answer, store_done_fn done,
                     void *userdata) MUST_CHECK;
// How many deliveries it would make. 0, -EBUSY, -ENOMEM: `done` is not called. At the end of the
// daemon those under way are answered with -ECANCELED.
typedef void (*recoveries_count_fn)(int result, int64_t count, void *userdata);
int recoveries_count(struct recoveries *recoveries, const struct recovery *recovery,
                     recoveries_count_fn done, void *userdata) MUST_CHECK;

size_t recoveries_under_way(const struct recoveries *recoveries); // in the store, not finished
