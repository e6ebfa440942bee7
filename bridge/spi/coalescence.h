#pragma once
// Updates of one item that wait for a sink become one delivery: that of the newest event, whose
// body tells the change from what the oldest found to what the newest left.
//
// Only first attempts: what a receiver may have seen keeps its bytes. The others are canceled and
// say which delivery carries them; their events stay as they are.

#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/model/delivery.h"
#include "bridge/model/event.h"

struct settings;
struct sink_settings;

#define COALESCENCE_MAX 500 // deliveries that become one

struct coalescence {
    int64_t *ids; // owned; deliveries of one lane, oldest first: the last one carries all
    size_t n;
    struct encoded encoded; // what the last one sends
};
void coalescence_deinit(struct coalescence *coalescence);

struct coalesce_question { // all borrowed
    const struct settings *settings;
    const struct sink_settings *sink;
    const int64_t *ids; // deliveries of one lane, oldest first
    size_t n;
};

// What the store says of deliveries of a lane that wait.
struct coalescible {
    size_t n;                    // so many from the first on are updates that were never tried
    struct event oldest, newest; // of them, with their bodies; when n > 1
};
void coalescible_deinit(struct coalescible *coalescible);
