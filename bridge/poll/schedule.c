#include "bridge/poll/schedule.h"

#include "bridge/base/cron.h"
#include "bridge/base/hash.h"
#include "bridge/base/windows.h"

#define NEAR_PART         10
#define NEAR_MAX_MS       500
#define SECOND_MS         ((int64_t)1000)
#define NEVER_MS          (366 * 24 * 3600 * SECOND_MS) // it is looked at again then
#define IDLE_PART         10
#define JITTER_PART       10
#define JITTER_MAX_MS     (30 * SECOND_MS)
#define OPENING_SPREAD_MS (60 * SECOND_MS)
#define TURNS_COUNTED_MAX 1000

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

static int64_t grid_wait_ms(const struct schedule *schedule, int64_t wall_now_ms,
                            int64_t at_least_ms)
{
    int64_t near_ms = least(schedule->interval_ms / NEAR_PART, NEAR_MAX_MS);
    int64_t skip_ms = most(near_ms, at_least_ms - 1);
    return skip_ms + to_next_turn(schedule, wall_now_ms + skip_ms);
}

static int64_t to_seconds(int64_t ms)
{
    return (ms - floor_mod(ms, SECOND_MS)) / SECOND_MS;
}

static int64_t cron_wait_ms(const struct schedule *schedule, int64_t wall_now_ms,
                            int64_t at_least_ms)
{
    int64_t skip_ms = most(NEAR_MAX_MS, at_least_ms - 1);
    int64_t turn_s = cron_next(schedule->cron, schedule->zone, to_seconds(wall_now_ms + skip_ms));
    return turn_s == CRON_NEVER ? NEVER_MS : turn_s * SECOND_MS - wall_now_ms;
}

static int64_t adaptive_wait_ms(const struct schedule *schedule, int64_t at_least_ms)
{
    int64_t wait_ms = most(schedule->interval_ms, schedule->idle_ms / IDLE_PART);
    wait_ms = most(least(wait_ms, schedule->longest_ms), at_least_ms);
    int64_t jitter_ms = least(wait_ms / JITTER_PART, JITTER_MAX_MS);
    return wait_ms + (int64_t)(schedule->random % (uint64_t)(jitter_ms + 1));
}

static struct poll_rest own_turn(const struct schedule *schedule, int64_t wall_now_ms,
                                 int64_t at_least_ms)
{
    if (schedule->cron) {
        return (struct poll_rest){ .pace = POLL_BY_SCHEDULE,
                                   .wait_ms = cron_wait_ms(schedule, wall_now_ms, at_least_ms) };
    }
    if (schedule->longest_ms > 0) {
        return (struct poll_rest){ .pace = POLL_BY_ADAPTIVE,
                                   .wait_ms = adaptive_wait_ms(schedule, at_least_ms) };
    }
    return (struct poll_rest){ .pace = POLL_BY_INTERVAL,
                               .wait_ms = grid_wait_ms(schedule, wall_now_ms, at_least_ms) };
}

static bool has_windows(const struct schedule *schedule)
{
    return schedule->windows && schedule->windows->n > 0;
}

static int64_t opens_at_ms(const struct schedule *schedule, int64_t wall_at_ms)
{
    int64_t at_s = to_seconds(wall_at_ms);
    int64_t opens_s = windows_next(schedule->windows, schedule->zone, at_s);
    return opens_s == at_s ? wall_at_ms : opens_s * SECOND_MS;
}

bool schedule_is_open(const struct schedule *schedule, int64_t wall_at_ms)
{
    return !has_windows(schedule) || opens_at_ms(schedule, wall_at_ms) == wall_at_ms;
}

struct poll_rest schedule_next(const struct schedule *schedule, int64_t wall_now_ms,
                               int64_t at_least_ms)
{
    struct poll_rest next = own_turn(schedule, wall_now_ms, at_least_ms);
    int64_t at_ms = wall_now_ms + next.wait_ms;
    if (!schedule_is_open(schedule, at_ms)) {
        int64_t spread_ms = least(schedule->interval_ms, OPENING_SPREAD_MS);
        next.pace = POLL_BY_WINDOW;
        next.wait_ms = opens_at_ms(schedule, at_ms) - wall_now_ms +
                       (int64_t)(schedule->hash % (uint64_t)spread_ms);
    }
    return next;
}

int64_t schedule_wait_ms(const struct schedule *schedule, int64_t wall_now_ms, int64_t at_least_ms)
{
    return schedule_next(schedule, wall_now_ms, at_least_ms).wait_ms;
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
    if (!schedule_is_open(schedule, wall_now_ms)) {
        return false;
    }
    if (last_poll_at_ms <= 0) {
        return !schedule->cron;
    }
    return last_poll_at_ms + schedule_wait_ms(schedule, last_poll_at_ms, at_least_ms) <=
           wall_now_ms;
}

static uint64_t cron_turns(const struct schedule *schedule, int64_t from_s, int64_t to_s)
{
    uint64_t turns = 0;
    for (; turns < TURNS_COUNTED_MAX; turns++) {
        from_s = cron_next(schedule->cron, schedule->zone, from_s);
        if (from_s > to_s) {
            break;
        }
    }
    return turns;
}

uint64_t schedule_missed_turns(const struct schedule *schedule, int64_t wall_now_ms,
                               int64_t late_ms)
{
    if (late_ms <= 0 || schedule->longest_ms > 0) {
        return 0;
    }
    if (schedule->cron) {
        return cron_turns(schedule, to_seconds(wall_now_ms - late_ms), to_seconds(wall_now_ms));
    }
    return (uint64_t)(late_ms / schedule->interval_ms);
}

int64_t schedule_round_up_ms(int64_t at_ms)
{
    return at_ms + floor_mod(-at_ms, SCHEDULE_GRID_MS);
}
