#pragma once
// Keeps one sink's health in the store, and has its deliveries held or released there. One question
// at a time, asked again until the store took it.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/spi/store.h"

struct clock;
struct keeper_task;

enum keeper_wish {
    KEEPER_NOTHING,
    KEEPER_HOLD,
    KEEPER_RELEASE, // what is held waits again
    KEEPER_CANCEL,  // what is held is left behind
};

struct sink_keeper {
    struct store *store;                                    // borrowed
    const struct clock *clock;                              // borrowed
    const char *sink;                                       // borrowed
    const struct sink_health *health;                       // borrowed; what is to be kept
    void (*on_done)(enum keeper_wish done, void *userdata); // KEEPER_NOTHING: look again
    void *userdata;

    struct sink_health stored; // as the store has it
    bool is_dirty;             // a note failed: the store may have either
    enum keeper_wish wish;
    struct keeper_task *task; // with the store; NULL: none
    int64_t ask_at_ms;        // monotonic; no question before
};

void keeper_deinit(struct sink_keeper *keeper); // a question under way is answered into the void
// Asks the store for what is to be kept or wished.
void keeper_update(struct sink_keeper *keeper);
// When keeper_update has something to do again; INT64_MAX: when something happens.
int64_t keeper_wake_at_ms(const struct sink_keeper *keeper);
bool keeper_is_busy(const struct sink_keeper *keeper);
