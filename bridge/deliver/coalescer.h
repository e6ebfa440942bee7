#pragma once
// Lets the waiting updates of an item become one delivery: looked at on a worker, stored, and only
// then taken out of their lane. Loop thread only.

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/workers.h"
#include "bridge/spi/coalescence.h"

struct settings;
struct sink_settings;
struct store;

// On a worker; see bridge/poll/digest/coalesce-look.h.
typedef int (*coalesce_look_fn)(void *worker_ctx, const struct coalesce_question *question,
                                struct coalescence *ret);

struct coalescer_parts { // borrowed
    struct store *store;
    struct workers *workers; // NULL: nothing is coalesced
    coalesce_look_fn look;
};

struct coalescing;

struct coalescing_for {
    struct settings *settings;        // a reference is taken
    const struct sink_settings *sink; // in those settings
    int64_t *ids;                     // moved from; of one lane, oldest first
    size_t n;
    // `n` of the ids are one delivery now, that of the last of them; 0: nothing is changed. The ids
    // are borrowed for the call.
    void (*done)(struct coalescing *coalescing, const int64_t *ids, size_t n, void *userdata);
    void *userdata;
};

// One under way.
struct coalescing {
    struct work work;            // first
    LIST_ENTRY(coalescing) link; // the owner's

    // Inside.
    struct coalescer_parts parts; // a worker may need them longer than their owner lives
    struct coalescing_for what;   // done NULL: nobody waits any more
    struct coalescence made;
    size_t n; // of the ids, that become one
    int result;
};
LIST_HEAD(coalescing_list, coalescing);

// 0, or -EAGAIN, -ENOMEM, -ENOSYS (nothing was taken). `done` is called later.
int coalescing_start(struct coalescing **ret, const struct coalescer_parts *parts,
                     const struct coalescing_for *what) MUST_CHECK;
void coalescing_forget(struct coalescing *coalescing); // it ends without a word
