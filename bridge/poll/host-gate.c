#include "bridge/poll/host-gate.h"

#include "bridge/base/clock.h"
#include "bridge/model/http.h"
#include "bridge/poll/backoff.h"
#include "bridge/poll/gate-state.h"

static int64_t now_ms(const struct host_gate *gate)
{
    return clock_mono_ms(gate->parts.clock);
}

static void wake_after(struct host_gate *gate, int64_t wait_ms)
{
    gate->parts.wake_after(wait_ms, gate->parts.userdata);
}

void gate_move(struct host *host, enum host_place place)
{
    struct host_gate *gate = host->gate;
    if (host->place == place) {
        return;
    }
    if (host->place != HOST_NOWHERE) {
        TAILQ_REMOVE(host->place == HOST_HUNGRY ? &gate->hungry : &gate->sleeping, host, link);
    }
    if (place != HOST_NOWHERE) {
        TAILQ_INSERT_TAIL(place == HOST_HUNGRY ? &gate->hungry : &gate->sleeping, host, link);
    }
    host->place = place;
}

void gate_look_again(struct host *host)
{
    if (!TAILQ_EMPTY(&host->waiters)) {
        gate_move(host, HOST_HUNGRY);
        wake_after(host->gate, 0);
    }
}

// A waiter that waits or is inside keeps its lane.
static void put_outside(struct gate_waiter *waiter)
{
    waiter->state = GATE_OUTSIDE;
    (void)gate_lane_unref(waiter->lane);
}

static void let_in(struct host *host, struct gate_waiter *waiter)
{
    waiter->state = GATE_INSIDE;
    host->in_flight++;
    host->gate->stats.in_flight++;
    budget_spend(&host->budget, now_ms(host->gate));
}

static enum gate_state enter(struct gate_lane *lane, struct gate_waiter *waiter, bool first)
{
    struct host *host = lane->host;
    struct host_gate *gate = host->gate;
    waiter->lane = lane;
    waiter->state = GATE_OUTSIDE;
    if (gate_rest_left_ms(lane) > 0) {
        return GATE_OUTSIDE;
    }
    lane->refs++;
    bool full = gate->stats.in_flight >= GATE_IN_FLIGHT || host->in_flight >= host->concurrency ||
                (!first && !TAILQ_EMPTY(&host->waiters));
    if (!full && budget_wait_ms(&host->budget, now_ms(gate)) == 0) {
        let_in(host, waiter);
        return GATE_INSIDE;
    }
    waiter->state = GATE_WAITING;
    if (first) {
        TAILQ_INSERT_HEAD(&host->waiters, waiter, link);
    } else {
        TAILQ_INSERT_TAIL(&host->waiters, waiter, link);
    }
    gate->stats.waiting++;
    if (host->place == HOST_NOWHERE) {
        gate_look_again(host);
    }
    return GATE_WAITING;
}

enum gate_state gate_enter(struct gate_lane *lane, struct gate_waiter *waiter)
{
    return enter(lane, waiter, false);
}

enum gate_state gate_enter_first(struct gate_lane *lane, struct gate_waiter *waiter)
{
    return enter(lane, waiter, true);
}

static void free_host_place(struct host *host)
{
    host->in_flight--;
    if (host->place == HOST_NOWHERE) {
        gate_look_again(host);
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
    struct host *host = waiter->lane->host;
    struct host_gate *gate = host->gate;
    if (waiter->state == GATE_WAITING) {
        TAILQ_REMOVE(&host->waiters, waiter, link);
        gate->stats.waiting--;
    } else {
        if (waiter->state == GATE_INSIDE) {
            free_host_place(host);
        }
        gate->stats.in_flight--;
        wake_hungry(gate);
    }
    put_outside(waiter);
}

int64_t gate_rest(struct gate_lane *lane, const struct http_response *response)
{
    const struct host_gate *gate = lane->host->gate;
    int64_t at_ms = now_ms(gate);
    int64_t wall_ms = clock_wall_ms(gate->parts.clock);
    bool resting = lane->rest_until_ms > at_ms;
    // Several answers of one moment are one strike.
    unsigned strikes = resting && lane->strikes > 0 ? lane->strikes - 1 : lane->strikes;
    int64_t until_ms = at_ms + backoff_rest_ms(response, wall_ms, strikes);
    if (!resting && lane->strikes < UINT32_MAX) {
        lane->strikes++;
    }
    if (until_ms > lane->rest_until_ms) {
        lane->rest_until_ms = until_ms;
    }
    gate_look_again(lane->host); // those who wait in the lane are to be sent away
    return lane->rest_until_ms - at_ms;
}

void gate_answered(struct gate_lane *lane)
{
    if (gate_rest_left_ms(lane) == 0) {
        lane->strikes = 0;
    }
}

int64_t gate_rest_left_ms(const struct gate_lane *lane)
{
    int64_t left_ms = lane->rest_until_ms - now_ms(lane->host->gate);
    return left_ms > 0 ? left_ms : 0;
}

// Sleepers whose time came are hungry again.
static void wake_sleepers(struct host_gate *gate)
{
    int64_t at_ms = now_ms(gate);
    struct host *host = TAILQ_FIRST(&gate->sleeping);
    while (host) {
        struct host *next = TAILQ_NEXT(host, link);
        if (host->sleep_until_ms <= at_ms) {
            gate_move(host, HOST_HUNGRY);
        }
        host = next;
    }
}

// Serves one waiter of the host, or finds out why not. The waiter's callback may change everything
// but the host's existence.
static void serve(struct host *host)
{
    struct host_gate *gate = host->gate;
    struct gate_waiter *waiter = TAILQ_FIRST(&host->waiters);
    gate_move(host, HOST_NOWHERE);
    if (!waiter) {
        return;
    }
    bool rests = gate_rest_left_ms(waiter->lane) > 0;
    if (!rests && host->in_flight >= host->concurrency) {
        return;
    }
    int64_t wait_ms = rests ? 0 : budget_wait_ms(&host->budget, now_ms(gate));
    if (wait_ms > 0) {
        host->sleep_until_ms = now_ms(gate) + wait_ms;
        gate_move(host, HOST_SLEEPING);
        return;
    }
    TAILQ_REMOVE(&host->waiters, waiter, link);
    gate->stats.waiting--;
    if (rests) {
        put_outside(waiter);
    } else {
        let_in(host, waiter);
    }
    if (!TAILQ_EMPTY(&host->waiters)) {
        gate_move(host, HOST_HUNGRY);
    }
    waiter->admit(waiter);
}

void host_gate_pump(struct host_gate *gate)
{
    wake_sleepers(gate);
    while (!TAILQ_EMPTY(&gate->hungry) && gate->stats.in_flight < GATE_IN_FLIGHT) {
        serve(TAILQ_FIRST(&gate->hungry));
    }
    const struct host *host;
    int64_t soonest_ms = INT64_MAX;
    TAILQ_FOREACH (host, &gate->sleeping, link) {
        soonest_ms = host->sleep_until_ms < soonest_ms ? host->sleep_until_ms : soonest_ms;
    }
    if (soonest_ms != INT64_MAX) {
        int64_t wait_ms = soonest_ms - now_ms(gate);
        wake_after(gate, wait_ms > 0 ? wait_ms : 0);
    }
}
