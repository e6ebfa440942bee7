#include "bridge/poll/poll-watchdog.h"

#include <errno.h>
#include <event2/event.h>

#include "bridge/base/clock.h"
#include "bridge/base/log.h"
#include "bridge/base/units.h"
#include "bridge/poll/poll-source.h"
#include "bridge/poll/poll.h"
#include "bridge/poll/source-list.h"
#include "bridge/spi/settings.h"

#define LOOK_EVERY_S  30
#define TELL_EVERY_MS ((int64_t)600000)
#define JUMP_MS       5000 // less is a clock being slewed, or a slow machine

static void on_timer(evutil_socket_t fd, short what, void *userdata)
{
    (void)fd;
    (void)what;
    poll_watchdog_look(userdata);
}

int poll_watchdog_init(struct poll_watchdog *watchdog, struct event_base *base)
{
    watchdog->timer = event_new(base, -1, EV_PERSIST, on_timer, watchdog);
    return watchdog->timer ? 0 : -ENOMEM;
}

void poll_watchdog_deinit(struct poll_watchdog *watchdog)
{
    if (watchdog->timer) {
        event_free(watchdog->timer);
        watchdog->timer = NULL;
    }
}

static int64_t offset_ms(const struct poll_watchdog *watchdog)
{
    return clock_wall_ms(watchdog->clock) - clock_mono_ms(watchdog->clock);
}

void poll_watchdog_start(struct poll_watchdog *watchdog)
{
    const struct timeval every = { .tv_sec = LOOK_EVERY_S };
    watchdog->offset_ms = offset_ms(watchdog);
    if (evtimer_add(watchdog->timer, &every) != 0) {
        log_error("no memory for a timer; nobody watches over the polls");
    }
}

void poll_watchdog_stop(struct poll_watchdog *watchdog)
{
    (void)event_del(watchdog->timer);
}

int64_t poll_overdue_ms(const struct poll_source *source, int64_t mono_now_ms)
{
    bool is_wanted = source->poll || poll_source_is_scheduled(source);
    if (!source->settings || !is_wanted || source->due_ms == 0) { // 0: nobody started the schedule
        return 0;
    }
    if (source->poll && poll_waits_by(source->poll) == POLL_BY_QUOTA) {
        return 0;
    }
    int64_t late_ms =
        mono_now_ms - source->due_ms - source->settings->interval_ms - POLL_OVERDUE_MS;
    return late_ms > 0 ? late_ms : 0;
}

static void tell(const struct poll_watchdog *watchdog, const struct poll_source *worst,
                 int64_t late_ms)
{
    char late[32];
    duration_format(late_ms, late, sizeof(late));
    log_warn("polls are overdue", LOG_INT("sources", watchdog->overdue),
             LOG_STR("worst", worst->name), LOG_STR("late", late),
             LOG_STR("waits_for", worst->poll ? poll_phase(worst->poll) : "its start"));
}

static void look_at_polls(struct poll_watchdog *watchdog)
{
    int64_t now_ms = clock_mono_ms(watchdog->clock);
    const struct poll_source *worst = NULL;
    int64_t longest_ms = 0;
    size_t overdue = 0;
    for (size_t i = 0; i < watchdog->sources->n; i++) {
        int64_t late_ms = poll_overdue_ms(watchdog->sources->v[i], now_ms);
        overdue += late_ms > 0;
        if (late_ms > longest_ms) {
            longest_ms = late_ms;
            worst = watchdog->sources->v[i];
        }
    }
    bool began = watchdog->overdue == 0;
    if (watchdog->overdue > 0 && overdue == 0) {
        log_info("no poll is overdue any more");
    }
    watchdog->overdue = overdue;
    if (worst && (began || now_ms - watchdog->told_at_ms >= TELL_EVERY_MS)) {
        watchdog->told_at_ms = now_ms;
        tell(watchdog, worst, longest_ms);
    }
}

static void look_at_clock(struct poll_watchdog *watchdog)
{
    int64_t jump_ms = offset_ms(watchdog) - watchdog->offset_ms;
    watchdog->offset_ms += jump_ms;
    if (jump_ms < -JUMP_MS || jump_ms > JUMP_MS) {
        log_info("the wall clock was set; schedules and windows follow it",
                 LOG_INT("by_ms", jump_ms));
        watchdog->on_clock_set(watchdog->userdata);
    }
}

void poll_watchdog_look(struct poll_watchdog *watchdog)
{
    look_at_clock(watchdog);
    look_at_polls(watchdog);
}
