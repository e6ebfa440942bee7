#include "bridge/deliver/sink-trouble.h"

#include <errno.h>

#include "bridge/base/clock.h"
#include "bridge/base/log.h"
#include "bridge/deliver/sink-sender.h"
#include "bridge/deliver/teller.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/store.h"

static void log_breaker(const struct sink_sender *sender, enum breaker_event event)
{
    const struct breaker *breaker = &sender->breaker;
    if (event == BREAKER_OPENED) {
        log_warn("sink fails; one attempt at a time until it takes something again",
                 LOG_STR("sink", sender->name), LOG_INT("failures", breaker->kept.failures),
                 LOG_INT("next_attempt_ms",
                         breaker->probe_at_ms - clock_mono_ms(sender->shared->means.clock)));
    } else if (event == BREAKER_CLOSED) {
        log_info("sink works again", LOG_STR("sink", sender->name),
                 LOG_INT("waiting", sender->window.waiting));
    }
}

// What is kept tells why it was disabled.
static const char *disable_code(const struct sink_health *health)
{
    if (health->gone_at_ms != 0 && health->gone_at_ms < health->disabled_at_ms) {
        return "gone";
    }
    return health->failing_since_ms != 0 ? "failing" : "asked";
}

static void disable(struct sink_sender *sender, const char *code)
{
    const struct sink_health *health = &sender->breaker.kept;
    char since[CLOCK_RFC3339_SIZE] = "";
    if (health->failing_since_ms != 0) {
        clock_format_rfc3339(health->failing_since_ms, since);
    }
    log_error("sink disabled; its deliveries are held until it is enabled",
              LOG_STR("sink", sender->name), LOG_STR("code", code),
              LOG_INT("failures", health->failures), LOG_STR("since", since),
              LOG_INT("held", sender->held + sender->window.waiting));
    sender->is_disabled = true;
    sender->keeper.wish = KEEPER_HOLD;
    teller_sink_disabled(sender->shared->teller, sender->name, code, health);
}

// A receiver's word about one message says nothing of the receiver.
static bool is_about_message(const struct attempt_run *run)
{
    return run->kind == VERDICT_FINAL || (run->plan.state == DELIVERY_FAILED &&
                                          !run->plan.exhausted && run->kind != VERDICT_GONE);
}

void trouble_judge(struct sink_sender *sender, struct attempt_run *run)
{
    enum breaker_event event = BREAKER_NOTHING;
    if (run->kind == VERDICT_DELIVERED) {
        event = sender->is_disabled ? BREAKER_NOTHING : breaker_succeeded(&sender->breaker);
    } else if (!is_about_message(run)) {
        const struct breaker_failure failure = {
            .retry = &sender->sink->retry,
            .disable_after_ms = sender->sink->disable_after_ms,
            .delivery_id = run->outcome.attempt.delivery_id,
            .is_gone = run->kind == VERDICT_GONE,
            .wall_ms = clock_wall_ms(sender->shared->means.clock),
            .mono_ms = clock_mono_ms(sender->shared->means.clock),
        };
        event = breaker_failed(&sender->breaker, &failure);
    }
    log_breaker(sender, event);
    if (event == BREAKER_DISABLED_FAILING || event == BREAKER_DISABLED_GONE) {
        disable(sender, event == BREAKER_DISABLED_GONE ? "gone" : "failing");
    }
    // Held, not failed: it would be delivered if the sink were enabled now.
    if (sender->is_disabled && (run->plan.state == DELIVERY_RETRYING ||
                                (run->plan.state == DELIVERY_FAILED && !is_about_message(run)))) {
        run->plan.state = run->outcome.attempt.state = DELIVERY_HELD;
    }
}

void trouble_kept(enum keeper_wish done, void *userdata)
{
    struct sink_sender *sender = userdata;
    if (done == KEEPER_HOLD) {
        // What is under way settles as held by itself.
        int64_t busy = (int64_t)sender->window.lanes.busy;
        sender->held += sender->window.waiting > busy ? sender->window.waiting - busy : 0;
        window_forget(&sender->window);
        sender->window.waiting = busy;
    } else if (done != KEEPER_NOTHING) {
        sender->window.waiting += done == KEEPER_RELEASE ? sender->held : 0;
        sender->held = 0;
        breaker_reset(&sender->breaker);
        sender->is_disabled = false;
        log_info("sink enabled", LOG_STR("sink", sender->name),
                 LOG_INT("waiting", sender->window.waiting));
    }
    sender_wake(sender);
}

void sender_load(struct sink_sender *sender, const struct sink_depth *depth)
{
    sender->window.waiting = depth->waiting;
    sender->window.oldest_at_ms = depth->oldest_at_ms;
    sender->held = depth->held;
    sender->keeper.stored = depth->health;
    breaker_load(&sender->breaker, &depth->health);
    if (depth->health.disabled_at_ms == 0) {
        return;
    }
    sender->is_disabled = true;
    log_warn("sink is disabled; its deliveries are held until it is enabled",
             LOG_STR("sink", sender->name), LOG_INT("held", depth->held + depth->waiting));
    if (depth->waiting > 0) { // the process ended before all were held
        sender->keeper.wish = KEEPER_HOLD;
    }
    teller_sink_disabled(sender->shared->teller, sender->name, disable_code(&depth->health),
                         &depth->health);
}

int sender_disable(struct sink_sender *sender)
{
    if (sender->is_disabled ||
        !breaker_disable(&sender->breaker, clock_wall_ms(sender->shared->means.clock))) {
        return -EALREADY;
    }
    disable(sender, "asked");
    sender_wake(sender);
    return 0;
}

int sender_enable(struct sink_sender *sender, bool skip)
{
    if (!sender->is_disabled) {
        return -EALREADY;
    }
    sender->keeper.wish = skip ? KEEPER_CANCEL : KEEPER_RELEASE;
    sender_wake(sender);
    return 0;
}

void sender_count_held(struct sink_sender *sender)
{
    sender->held++;
}
