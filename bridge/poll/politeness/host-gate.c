#include "bridge/poll/politeness/host-gate.h"

#include "bridge/base/clock.h"
#include "bridge/poll/politeness/gate-state.h"

static int64_t now_ms(const struct host_gate *gate)
{
    return clock_mono_ms(gate->parts.clock);
}

static void wake_after(struct host_gate *gate, int64_t wait_ms)
{
    gate->parts.wake_after(wait_ms, gate->parts.userdata);
}

static struct lane_queue *queue_of(struct gate_lane *lane)
{
    switch (lane->place) {
    case LANE_HUNGRY: return &lane->host->gate->hungry;
    case LANE_BLOCKED: return &lane->host->blocked;
    case LANE_SLEEPING: return &lane->host->gate->sleeping;
    case LANE_NOWHERE: break;
    }
    return NULL;
}

static bool is_claimant(const struct gate_lane *lane)
{
    return lane->place == LANE_HUNGRY || lane->place == LANE_BLOCKED;
}

void gate_move(struct gate_lane *lane, enum lane_place place)
{
    if (lane->place == place) {
        return;
    }
    if (queue_of(lane)) {
        TAILQ_REMOVE(queue_of(lane), lane, link);
    }
    lane->host->claimants -= is_claimant(lane);
    lane->place = place;
    lane->host->claimants += is_claimant(lane);
    if (queue_of(lane)) {
        TAILQ_INSERT_TAIL(queue_of(lane), lane, link);
    }
}

void gate_look_again(struct gate_lane *lane)
{
    if (!TAILQ_EMPTY(&lane->waiters)) {
        gate_move(lane, LANE_HUNGRY);
        wake_after(lane->host->gate, 0);
    }
}

// A waiter that waits or is inside keeps its lane.
static void put_outside(struct gate_waiter *waiter)
{
    waiter->state = GATE_OUTSIDE;
    (void)gate_lane_unref(waiter->lane);
}

// How long the lane keeps from asking, and why.
static struct poll_rest distance_left(const struct gate_lane *lane, int64_t at_ms)
{
    int64_t budget_ms = budget_wait_ms(&lane->budget, at_ms);
    int64_t quota_ms = 0;
    if (gate_quota_of(lane).is_known) {
        quota_ms = lane->sent_at_ms + quota_wait_ms(&lane->quota) - at_ms;
    }
    return (struct poll_rest){
        .pace = quota_ms > budget_ms ? POLL_BY_QUOTA : POLL_BY_BUDGET,
        .wait_ms = quota_ms > budget_ms ? quota_ms : budget_ms,
    };
}

static void let_in(struct gate_lane *lane, struct gate_waiter *waiter, int64_t at_ms)
{
    struct host *host = lane->host;
    waiter->state = GATE_INSIDE;
    host->in_flight++;
    host->gate->stats.in_flight++;
    lane->sent_at_ms = at_ms;
    budget_spend(&lane->budget, at_ms);
}

static bool is_free(const struct host *host)
{
    return host->gate->stats.in_flight < GATE_IN_FLIGHT && host->in_flight < host->concurrency;
}

static enum gate_state enter(struct gate_lane *lane, struct gate_waiter *waiter, int64_t at_ms,
                             bool first)
{
    waiter->lane = lane;
    waiter->state = GATE_OUTSIDE;
    if (gate_rest_left(lane).wait_ms > 0) {
        return GATE_OUTSIDE;
    }
    lane->refs++;
    // Nobody overtakes those who may be served before.
    bool turn = first || (lane->host->claimants == 0 && TAILQ_EMPTY(&lane->waiters));
    if (turn && is_free(lane->host) && distance_left(lane, at_ms).wait_ms == 0) {
        let_in(lane, waiter, at_ms);
        return GATE_INSIDE;
    }
    waiter->state = GATE_WAITING;
    if (first) {
        TAILQ_INSERT_HEAD(&lane->waiters, waiter, link);
    } else {
        TAILQ_INSERT_TAIL(&lane->waiters, waiter, link);
    }
    lane->host->gate->stats.waiting++;
    if (lane->place == LANE_NOWHERE) {
        lane->waits_by = POLL_BY_CONCURRENCY;
        gate_look_again(lane);
    }
    return GATE_WAITING;
}

enum gate_state gate_enter(struct gate_lane *lane, struct gate_waiter *waiter, int64_t mono_now_ms)
{
    return enter(lane, waiter, mono_now_ms, false);
}

enum gate_state gate_enter_first(struct gate_lane *lane, struct gate_waiter *waiter,
                                 int64_t mono_now_ms)
{
    return enter(lane, waiter, mono_now_ms, true);
}

enum poll_pace gate_waits_by(const struct gate_waiter *waiter)
{
    return waiter->lane->waits_by;
}

static void free_host_place(struct host *host)
{
    host->in_flight--;
    if (!TAILQ_EMPTY(&host->blocked)) {
        gate_look_again(TAILQ_FIRST(&host->blocked));
    }
}

static void wake_hungry(struct host_gate *gate)
{
    if (!TAILQ_EMPTY(&gate->hungry)) {
        wake_after(gate, 0);
    }
}

void gate_leave_host(struct gate_waiter *waiter)
{
    if (waiter->state == GATE_INSIDE) {
        waiter->state = GATE_ANSWERED;
        free_host_place(waiter->lane->host);
        wake_hungry(waiter->lane->host->gate);
    }
}

void gate_leave(struct gate_waiter *waiter)
{
    if (waiter->state == GATE_OUTSIDE) {
        return;
    }
    struct gate_lane *lane = waiter->lane;
    struct host_gate *gate = lane->host->gate;
    if (waiter->state == GATE_WAITING) {
        TAILQ_REMOVE(&lane->waiters, waiter, link);
        gate->stats.waiting--;
    } else {
        if (waiter->state == GATE_INSIDE) {
            free_host_place(lane->host);
        }
        gate->stats.in_flight--;
        wake_hungry(gate);
    }
    put_outside(waiter);
}

// Sleepers whose time came are hungry again.
static void wake_sleepers(struct host_gate *gate)
{
    int64_t at_ms = now_ms(gate);
    struct gate_lane *lane = TAILQ_FIRST(&gate->sleeping);
    while (lane) {
        struct gate_lane *next = TAILQ_NEXT(lane, link);
        if (lane->sleep_until_ms <= at_ms) {
            gate_move(lane, LANE_HUNGRY);
        }
        lane = next;
    }
}

// May the first one who waits go in? If not, the lane is put where it waits for that.
static bool may_go_in(struct gate_lane *lane, int64_t at_ms)
{
    const struct poll_rest left = distance_left(lane, at_ms);
    if (left.wait_ms > 0) {
        lane->waits_by = left.pace;
        lane->sleep_until_ms = at_ms + left.wait_ms;
        gate_move(lane, LANE_SLEEPING);
        return false;
    }
    if (lane->host->in_flight >= lane->host->concurrency) {
        lane->waits_by = POLL_BY_CONCURRENCY;
        gate_move(lane, LANE_BLOCKED);
        return false;
    }
    return true;
}

// Serves one waiter of the lane, or finds out why not. The waiter's callback may change everything
// but the lane's existence.
static void serve(struct gate_lane *lane)
{
    struct gate_waiter *waiter = TAILQ_FIRST(&lane->waiters);
    int64_t at_ms = now_ms(lane->host->gate);
    bool rests = gate_rest_left(lane).wait_ms > 0;
    gate_move(lane, LANE_NOWHERE);
    if (!waiter || (!rests && !may_go_in(lane, at_ms))) {
        // A place that a leave offered to this lane is for the next one.
        if (!waiter && !TAILQ_EMPTY(&lane->host->blocked)) {
            gate_look_again(TAILQ_FIRST(&lane->host->blocked));
        }
        return;
    }
    TAILQ_REMOVE(&lane->waiters, waiter, link);
    lane->host->gate->stats.waiting--;
    if (rests) {
        put_outside(waiter);
    } else {
        let_in(lane, waiter, at_ms);
    }
    if (!TAILQ_EMPTY(&lane->waiters)) {
        gate_move(lane, LANE_HUNGRY);
    }
    waiter->admit(waiter);
}

void host_gate_pump(struct host_gate *gate)
{
    wake_sleepers(gate);
    while (!TAILQ_EMPTY(&gate->hungry) && gate->stats.in_flight < GATE_IN_FLIGHT) {
        serve(TAILQ_FIRST(&gate->hungry));
    }
    const struct gate_lane *lane;
    int64_t soonest_ms = INT64_MAX;
    TAILQ_FOREACH (lane, &gate->sleeping, link) {
        soonest_ms = lane->sleep_until_ms < soonest_ms ? lane->sleep_until_ms : soonest_ms;
    }
    if (soonest_ms != INT64_MAX) {
        int64_t wait_ms = soonest_ms - now_ms(gate);
        wake_after(gate, wait_ms > 0 ? wait_ms : 0);
    }
}
