#include "bridge/deliver/start-gate.h"

#include <errno.h>
#include <event2/event.h>

#include "bridge/base/clock.h"

static void drop(struct start_gate *gate, struct start_gate_pass *pass)
{
    TAILQ_REMOVE(&gate->young, pass, link);
    pass->is_young = false;
    gate->n_young--;
}

static bool has_room(struct start_gate *gate)
{
    int64_t now_ms = clock_mono_ms(gate->clock);
    struct start_gate_pass *oldest;
    while ((oldest = TAILQ_FIRST(&gate->young)) && oldest->until_ms <= now_ms) {
        drop(gate, oldest);
    }
    return gate->n_young < START_GATE_YOUNG_MAX;
}

static void arm(struct start_gate *gate)
{
    const struct start_gate_pass *oldest = TAILQ_FIRST(&gate->young);
    int64_t wait_ms = oldest ? oldest->until_ms - clock_mono_ms(gate->clock) : 0;
    struct timeval wait = { .tv_usec = wait_ms > 0 ? wait_ms * 1000 : 0 };
    if (evtimer_add(gate->timer, &wait) < 0) {
        event_active(gate->timer, EV_TIMEOUT, 0); // never wait for a timer that is not set
    }
}

static void on_timer(evutil_socket_t fd, short what, void *userdata)
{
    (void)fd;
    (void)what;
    struct start_gate *gate = userdata;
    // One whose attempt is decided at once waits again and takes no room: each has one turn.
    struct start_gate_waiter *last = TAILQ_LAST(&gate->waiting, start_gate_waiters);
    struct start_gate_waiter *waiter = NULL;
    while (waiter != last && (waiter = TAILQ_FIRST(&gate->waiting)) && has_room(gate)) {
        start_gate_forget(gate, waiter);
        waiter->enter(waiter->userdata);
    }
    if (!TAILQ_EMPTY(&gate->waiting)) {
        arm(gate);
    }
}

int start_gate_init(struct start_gate *gate, struct event_base *base, const struct clock *clock)
{
    *gate = (struct start_gate){ .clock = clock };
    TAILQ_INIT(&gate->young);
    TAILQ_INIT(&gate->waiting);
    gate->timer = evtimer_new(base, on_timer, gate);
    return gate->timer ? 0 : -ENOMEM;
}

void start_gate_deinit(struct start_gate *gate)
{
    if (gate->timer) {
        event_free(gate->timer);
        gate->timer = NULL;
    }
}

bool start_gate_is_open(struct start_gate *gate)
{
    return TAILQ_EMPTY(&gate->waiting) && has_room(gate);
}

void start_gate_begun(struct start_gate *gate, struct start_gate_pass *pass)
{
    pass->until_ms = clock_mono_ms(gate->clock) + START_GATE_YOUNG_MS;
    pass->is_young = true;
    TAILQ_INSERT_TAIL(&gate->young, pass, link);
    gate->n_young++;
}

void start_gate_ended(struct start_gate *gate, struct start_gate_pass *pass)
{
    if (!pass->is_young) {
        return;
    }
    drop(gate, pass);
    start_gate_kick(gate);
}

void start_gate_kick(struct start_gate *gate)
{
    if (!TAILQ_EMPTY(&gate->waiting)) {
        event_active(gate->timer, EV_TIMEOUT, 0);
    }
}

void start_gate_wait(struct start_gate *gate, struct start_gate_waiter *waiter)
{
    if (!waiter->is_waiting) {
        waiter->is_waiting = true;
        TAILQ_INSERT_TAIL(&gate->waiting, waiter, link);
        if (!evtimer_pending(gate->timer, NULL)) {
            arm(gate);
        }
    }
}

void start_gate_forget(struct start_gate *gate, struct start_gate_waiter *waiter)
{
    if (waiter->is_waiting) {
        TAILQ_REMOVE(&gate->waiting, waiter, link);
        waiter->is_waiting = false;
    }
}
