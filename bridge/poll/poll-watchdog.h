#pragma once
// Looks twice a minute whether polls come late or do not end, and whether the wall clock was set.
// What is overdue is told in the log when it begins, every ten minutes, and when it is over;
// readiness and metrics ask for it themselves. Loop thread only.

#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct clock;
struct event;
struct event_base;
struct poll_source;
struct source_list;

#define POLL_OVERDUE_MS ((int64_t)60000) // beyond the interval

struct poll_watchdog {
    // Borrowed, set by the owner.
    const struct clock *clock;
    const struct source_list *sources;
    // The wall clock jumped against the monotonic one: what stands by it is to be placed anew.
    void (*on_clock_set)(void *userdata);
    void *userdata;

    struct event *timer;
    int64_t offset_ms; // of the wall clock to the monotonic one, at the last look
    size_t overdue;    // sources, at the last look
    int64_t told_at_ms;
};

int poll_watchdog_init(struct poll_watchdog *watchdog, struct event_base *base) MUST_CHECK;
void poll_watchdog_deinit(struct poll_watchdog *watchdog);
void poll_watchdog_start(struct poll_watchdog *watchdog);
void poll_watchdog_stop(struct poll_watchdog *watchdog);
void poll_watchdog_look(struct poll_watchdog *watchdog); // what the timer does

// How long the source is overdue, or its poll does not end: beyond its due time, its interval and
// POLL_OVERDUE_MS. 0: it is not. Waiting for an API's quota is not being late.
int64_t poll_overdue_ms(const struct poll_source *source, int64_t mono_now_ms);
