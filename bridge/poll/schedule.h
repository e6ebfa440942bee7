#pragma once
// When a source is due. The turns of an interval stand on a grid of wall time: phase = hash of the
// name modulo the interval, so that a restart finds every source where it was and sources stay
// spread. Those of a cron expression are what it says. An adaptive source has none: its distance is
// a tenth of the time since the last change, as caches guess freshness (RFC 9111 section 4.2.2).
// Windows move what falls outside of them to their next opening. What is handed out are waits from
// now, to be counted on the monotonic clock: a step of the wall clock moves the grid, never the
// wait under way, so it neither stalls nor storms. Pure.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/model/pace.h"

// Due instants are rounded up to this, so that bursts batch: what is polled together costs less,
// and a twentieth of the shortest interval is nothing to wait.
#define SCHEDULE_GRID_MS        50
#define SCHEDULE_SPREAD_MAX_MS  ((int64_t)60000)
#define SCHEDULE_SPREAD_EACH_MS 50 // of the spread window, per source that needs a place

struct cron;
struct time_zone;
struct window_list;

struct schedule {
    uint64_t hash;                     // of the name
    int64_t interval_ms;               // at least 1; what back-off and spread go by
    const struct cron *cron;           // NULL: none
    int64_t longest_ms;                // adaptive: up to here; 0: it is not
    int64_t idle_ms;                   // adaptive: since the last change
    uint64_t random;                   // adaptive: for the jitter
    const struct time_zone *zone;      // of cron and windows; NULL: UTC
    const struct window_list *windows; // NULL: always
};

// The wait until the first turn that is at least `at_least_ms` away, and whether interval, cron,
// adaptation or windows decided it.
struct poll_rest schedule_next(const struct schedule *schedule, int64_t wall_now_ms,
                               int64_t at_least_ms);
bool schedule_is_open(const struct schedule *schedule, int64_t wall_at_ms); // a window is

// The same without the reason. A turn that is nearer than a
// tenth of the interval (500 ms at most) is the present one, seen a little early: passed over.
int64_t schedule_wait_ms(const struct schedule *schedule, int64_t wall_now_ms, int64_t at_least_ms);

// A place in min(interval, 60 s), less when the crowd that is placed is small.
int64_t schedule_spread_ms(const struct schedule *schedule, size_t crowd);

// At the start: was a turn missed since the last poll (0: never polled)? Those are polled once,
// spread, the others at their turn. A last poll in the future (the clock was set back) missed none.
// at_least_ms as above, from the last poll on: longer after failures. The first poll of a cron
// expression is at its first turn.
bool schedule_has_missed(const struct schedule *schedule, int64_t wall_now_ms,
                         int64_t last_poll_at_ms, int64_t at_least_ms);

// Turns that passed while a poll ran that was due late_ms ago.
uint64_t schedule_missed_turns(const struct schedule *schedule, int64_t wall_now_ms,
                               int64_t late_ms);

int64_t schedule_round_up_ms(int64_t at_ms); // to SCHEDULE_GRID_MS
