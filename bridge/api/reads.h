#pragma once
// Reads of the store for answers: run on a worker, finished on the loop. A few at a time, so that
// questions do not keep polls from the workers, and none while clients have much to take; the rest
// waits, at most as many as there are connections.

#include <stddef.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/workers.h"

struct api_reads;
struct connection_limit;
struct worker;

#define READS_AT_ONCE      4
#define READS_WAITING      256
#define READS_OUTGOING_MAX ((size_t)64 << 20) // bytes of answers that clients have not taken yet

struct api_read { // embedded first
    struct work work;
    struct api_reads *reads; // NULL: the listener is gone
    struct api_read *next;
    void (*run)(struct api_read *read, const struct worker *worker); // worker NULL: trouble
    void (*done)(struct api_read *read); // on the loop, once, also when the listener is gone
};

struct api_reads {
    struct workers *workers;                    // borrowed; NULL: nothing can be read
    const struct connection_limit *connections; // of the listener; borrowed
    struct api_read *running[READS_AT_ONCE];
    struct api_read *first; // of those that wait
    struct api_read *last;
    size_t waiting;
};

// 0: `done` comes, later. -EAGAIN: too many are under way; -EOPNOTSUPP: without workers.
int reads_start(struct api_reads *reads, struct api_read *read) MUST_CHECK;
// Before the listener goes: those that wait are done at once, without having run.
void reads_forget(struct api_reads *reads);
