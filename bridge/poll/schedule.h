#pragma once
// When a source is due. Turns stand on a grid of wall time: phase = hash of the name modulo the
// interval, so that a restart finds every source where it was and sources stay spread. What is
// handed out are waits from now, to be counted on the monotonic clock: a step of the wall clock
// moves the grid, never the wait under way, so it neither stalls nor storms. Pure.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCHEDULE_GRID_MS        20 // due instants are rounded up to this, so bursts batch
#define SCHEDULE_SPREAD_MAX_MS  ((int64_t)60000)
#define SCHEDULE_SPREAD_EACH_MS 50 // of the spread window, per source that needs a place

struct schedule {
    uint64_t hash;       // of the name
    int64_t interval_ms; // at least 1
};

// The wait until the first turn that is at least `at_least_ms` away. A turn that is nearer than a
// tenth of the interval (500 ms at most) is the present one, seen a little early: passed over.
int64_t schedule_wait_ms(const struct schedule *schedule, int64_t wall_now_ms, int64_t at_least_ms);

// A place in min(interval, 60 s), less when the crowd that is placed is small.
int64_t schedule_spread_ms(const struct schedule *schedule, size_t crowd);

// At the start: was a turn missed since the last poll (0: never polled)? Those are polled once,
// spread, the others at their turn. A last poll in the future (the clock was set back) missed none.
// at_least_ms as above, from the last poll on: longer after failures.
bool schedule_has_missed(const struct schedule *schedule, int64_t wall_now_ms,
                         int64_t last_poll_at_ms, int64_t at_least_ms);

// Turns that passed while a poll that was due at due_ms ran until now_ms (monotonic both).
uint64_t schedule_missed_turns(const struct schedule *schedule, int64_t due_ms, int64_t now_ms);

int64_t schedule_round_up_ms(int64_t at_ms); // to SCHEDULE_GRID_MS
