#pragma once
// Instances that left the configuration: their state is kept for a while, in case they come back,
// and then forgotten here and in the store. Loop thread only.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct clock;
struct due_list;
struct event;
struct event_base;
struct expansions;
struct settings;
struct source_list;
struct store;

struct departures {
    const struct clock *clock; // these are borrowed
    struct store *store;
    struct source_list *sources;
    struct due_list *due;
    const struct expansions *expansions;

    const struct settings *settings; // borrowed; in force
    struct event *timer;
    bool stopped;
};

// What comes before `settings` is set by the owner. 0 or -ENOMEM.
int departures_init(struct departures *departures, struct event_base *base) MUST_CHECK;
void departures_deinit(struct departures *departures);

// Other instances are in the configuration now, or it is another one. Looks again from time to
// time, until stopped.
void departures_look(struct departures *departures, const struct settings *settings);
void departures_stop(struct departures *departures);
