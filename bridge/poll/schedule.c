#include "bridge/poll/schedule.h"

#include "bridge/base/hash.h"

#define NEAR_PART   10
#define NEAR_MAX_MS 500

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t floor_mod(int64_t value, int64_t by)
{
    int64_t rest = value % by;
    return rest < 0 ? rest + by : rest;
}

static int64_t phase_ms(const struct schedule *schedule)
{
    return (int64_t)(schedule->hash % (uint64_t)schedule->interval_ms);
}

// The wait to the first turn after `at_ms`, more than 0.
static int64_t to_next_turn(const struct schedule *schedule, int64_t at_ms)
{
    int64_t since_turn = floor_mod(at_ms - phase_ms(schedule), schedule->interval_ms);
    return schedule->interval_ms - since_turn;
}

int64_t schedule_wait_ms(const struct schedule *schedule, int64_t wall_now_ms, int64_t at_least_ms)
{
    int64_t near_ms = least(schedule->interval_ms / NEAR_PART, NEAR_MAX_MS);
    int64_t skip_ms = most(near_ms, at_least_ms - 1);
    return skip_ms + to_next_turn(schedule, wall_now_ms + skip_ms);
}

int64_t schedule_spread_ms(const struct schedule *schedule, size_t crowd)
{
    int64_t window_ms = least(schedule->interval_ms, SCHEDULE_SPREAD_MAX_MS);
    if (crowd < (size_t)(window_ms / SCHEDULE_SPREAD_EACH_MS)) {
        window_ms = most(1, (int64_t)crowd * SCHEDULE_SPREAD_EACH_MS);
    }
    // Other bits than those of the phase: one interval's neighbours need not stay neighbours.
    return (int64_t)(hash64_of(&schedule->hash, sizeof(schedule->hash)) % (uint64_t)window_ms);
}

bool schedule_has_missed(const struct schedule *schedule, int64_t wall_now_ms,
                         int64_t last_poll_at_ms, int64_t at_least_ms)
{
    if (last_poll_at_ms <= 0) {
        return true;
    }
    return last_poll_at_ms + schedule_wait_ms(schedule, last_poll_at_ms, at_least_ms) <=
           wall_now_ms;
}

uint64_t schedule_missed_turns(const struct schedule *schedule, int64_t due_ms, int64_t now_ms)
{
    return now_ms > due_ms ? (uint64_t)((now_ms - due_ms) / schedule->interval_ms) : 0;
}

int64_t schedule_round_up_ms(int64_t at_ms)
{
    return at_ms + floor_mod(-at_ms, SCHEDULE_GRID_MS);
}
