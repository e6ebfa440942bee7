#include "bridge/poll/due-list.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>

#include "bridge/base/clock.h"
#include "bridge/base/log.h"
#include "bridge/poll/politeness/backoff.h"
#include "bridge/poll/poll-source.h"
#include "bridge/poll/poll.h"
#include "bridge/poll/schedule.h"
#include "bridge/poll/source-list.h"
#include "bridge/spi/settings.h"

#define PER_STEP      256 // polls that start at once; then the loop sees to its other work
#define WAKE_LEAST_MS ((int64_t)1000)
#define NOT_ARMED     (-1)

static int64_t mono_ms(const struct due_list *list)
{
    return clock_mono_ms(list->clock);
}

static struct schedule schedule_of(const struct poll_source *source, int64_t wall_now_ms)
{
    const struct source_settings *settings = source->settings;
    struct schedule schedule = {
        .hash = source->hash,
        .interval_ms = settings->interval_ms,
        .cron = settings->cron.minutes != 0 ? &settings->cron : NULL,
        .zone = settings->zone,
        .windows = &settings->windows,
    };
    if (settings->min_interval_ms > 0) {
        schedule.longest_ms = settings->max_interval_ms;
        schedule.idle_ms = wall_now_ms - source->state.changed_at_ms;
        evutil_secure_rng_get_bytes(&schedule.random, sizeof(schedule.random));
    }
    return schedule;
}

// The timer is left alone while what it waits for stays the next: libevent's timers cost more than
// the heap does.
static void arm(struct due_list *list, int64_t mono_now_ms)
{
    const struct heap_entry *top = heap_top(&list->heap);
    if (!list->running || !top || top->at_ms == list->armed_for_ms) {
        return;
    }
    int64_t wait_ms = top->at_ms > mono_now_ms ? top->at_ms - mono_now_ms : 0;
    const struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };
    list->armed_for_ms = top->at_ms;
    if (evtimer_add(list->timer, &wait) != 0) {
        list->armed_for_ms = NOT_ARMED;
        log_error("no memory for a timer; polls may come late");
    }
}

// How long until what waits may be told; INT64_MAX: nothing does. Never at once, so that a store
// that is in trouble is not asked over and over.
static int64_t wake_ms(const struct poll_source *source, int64_t wall_now_ms)
{
    int64_t due_at_ms = source->state.noise_due_ms;
    int64_t wait_ms = due_at_ms - wall_now_ms;
    return due_at_ms == 0 ? INT64_MAX : wait_ms > WAKE_LEAST_MS ? wait_ms : WAKE_LEAST_MS;
}

static void put(struct due_list *list, struct poll_source *source, const struct poll_rest *wait,
                struct instant now)
{
    int64_t until_wake_ms = wake_ms(source, now.wall_ms);
    source->due_ms = schedule_round_up_ms(now.mono_ms + wait->wait_ms);
    source->pace = wait->pace;
    source->turn_ms = 0;
    if (until_wake_ms < wait->wait_ms) {
        source->turn_ms = source->due_ms;
        source->due_ms = schedule_round_up_ms(now.mono_ms + until_wake_ms);
    }
    if (heap_put(&list->heap, source->id, source->due_ms) != 0) {
        log_error("no memory to schedule a source; a reload schedules it again",
                  LOG_STR("source", source->name));
    }
}

void due_list_put(struct due_list *list, struct poll_source *source, const struct poll_rest *wait,
                  struct instant now)
{
    put(list, source, wait, now);
    arm(list, now.mono_ms);
}

void due_list_remove(struct due_list *list, struct poll_source *source)
{
    source->turn_ms = 0;
    source->due_ms = 0;
    heap_remove(&list->heap, source->id);
}

void due_list_renumber(struct due_list *list, struct poll_source *source, uint32_t before)
{
    if (heap_contains(&list->heap, before)) {
        heap_remove(&list->heap, before);
        if (heap_put(&list->heap, source->id, source->due_ms) != 0) {
            log_error("no memory to schedule a source; a reload schedules it again",
                      LOG_STR("source", source->name));
        }
    }
}

static void on_timer(evutil_socket_t fd, short what, void *userdata)
{
    struct due_list *list = userdata;
    int64_t now_ms = mono_ms(list);
    (void)fd;
    (void)what;
    list->armed_for_ms = NOT_ARMED;
    for (int i = 0; i < PER_STEP; i++) {
        const struct heap_entry *top = heap_top(&list->heap);
        if (!top || top->at_ms > now_ms) {
            break;
        }
        struct poll_source *source = list->sources->v[top->id];
        heap_remove(&list->heap, source->id);
        list->on_due(source, list->userdata);
    }
    arm(list, mono_ms(list));
}

int due_list_init(struct due_list *list, struct event_base *base)
{
    list->armed_for_ms = NOT_ARMED;
    list->timer = evtimer_new(base, on_timer, list);
    return list->timer ? 0 : -ENOMEM;
}

void due_list_deinit(struct due_list *list)
{
    heap_deinit(&list->heap);
    if (list->timer) {
        event_free(list->timer);
        list->timer = NULL;
    }
}

void due_list_start(struct due_list *list)
{
    list->running = true;
    arm(list, mono_ms(list));
}

void due_list_stop(struct due_list *list)
{
    list->running = false;
    list->armed_for_ms = NOT_ARMED;
    (void)event_del(list->timer);
}

// ---- after a poll ----

// The least distance of two polls because of failures in a row.
static int64_t backoff_ms(const struct poll_source *source)
{
    unsigned failures = source->state.failures;
    return failures > 0 ? backoff_interval_ms(source->settings->interval_ms, failures) : 0;
}

// The turn after `rest`; what asked for rest decides it when the source would have a turn before.
static struct poll_rest next_turn(const struct poll_source *source, struct poll_rest rest,
                                  int64_t wall_now_ms)
{
    const struct schedule schedule = schedule_of(source, wall_now_ms);
    const struct poll_rest plain = schedule_next(&schedule, wall_now_ms, 0);
    if (rest.wait_ms <= 0) {
        return plain;
    }
    const struct poll_rest next = schedule_next(&schedule, wall_now_ms, rest.wait_ms);
    return (struct poll_rest){
        .pace = next.wait_ms > plain.wait_ms ? rest.pace : plain.pace,
        .wait_ms = next.wait_ms,
    };
}

struct poll_rest due_list_wait(const struct poll_source *source, const struct poll_end *end)
{
    struct poll_rest rest = end->rest;
    if (rest.pace == POLL_BY_BACKOFF && backoff_ms(source) > rest.wait_ms) {
        rest.wait_ms = backoff_ms(source);
    }
    return next_turn(source, rest, end->at.wall_ms);
}

uint64_t due_list_missed(const struct poll_source *source, struct instant now)
{
    if (source->due_ms == 0) {
        return 0;
    }
    const struct schedule schedule = schedule_of(source, now.wall_ms);
    return schedule_missed_turns(&schedule, now.wall_ms, now.mono_ms - source->due_ms);
}

// ---- without a poll before ----

struct poll_rest due_list_rest_left(const struct poll_source *source, int64_t wall_now_ms)
{
    const struct source_state *state = &source->state;
    int64_t since_ms = wall_now_ms - state->last_poll_at_ms;
    struct poll_rest rest = {
        .pace = state->rest_by,
        .wait_ms = state->rest_until_ms > 0 ? state->rest_until_ms - state->last_poll_at_ms : 0,
    };
    if (backoff_ms(source) > rest.wait_ms) {
        rest = (struct poll_rest){ .pace = POLL_BY_BACKOFF, .wait_ms = backoff_ms(source) };
    }
    if (since_ms > 0) { // else the clock was set back meanwhile, and all of it is left
        rest.wait_ms = rest.wait_ms > since_ms ? rest.wait_ms - since_ms : 0;
    }
    return rest;
}

static bool has_missed(const struct poll_source *source, int64_t wall_now_ms)
{
    const struct schedule schedule = schedule_of(source, wall_now_ms);
    return due_list_rest_left(source, wall_now_ms).wait_ms == 0 &&
           schedule_has_missed(&schedule, wall_now_ms, source->state.last_poll_at_ms,
                               backoff_ms(source));
}

static void place(struct due_list *list, struct poll_source *source, size_t crowd,
                  struct instant now)
{
    struct poll_rest wait = { .pace = POLL_BY_START };
    if (has_missed(source, now.wall_ms)) {
        const struct schedule schedule = schedule_of(source, now.wall_ms);
        wait.wait_ms = schedule_spread_ms(&schedule, crowd);
    } else {
        wait = next_turn(source, due_list_rest_left(source, now.wall_ms), now.wall_ms);
    }
    put(list, source, &wait, now);
}

static bool needs_place(const struct due_list *list, const struct poll_source *source,
                        int64_t mono_now_ms)
{
    if (!poll_source_is_scheduled(source) || source->poll) {
        return false;
    }
    // What stands by the wall clock is looked at anew whenever that, or the rules, may have
    // changed.
    bool by_wall = source->settings->cron.minutes != 0 || source->settings->windows.n > 0;
    bool too_late = source->state.failures == 0 && source->state.rest_until_ms == 0 &&
                    source->due_ms > mono_now_ms + source->settings->interval_ms;
    return by_wall || too_late || !heap_contains(&list->heap, source->id);
}

void due_list_place_all(struct due_list *list)
{
    const struct instant now = clock_now(list->clock);
    size_t crowd = 0;
    for (size_t i = 0; i < list->sources->n; i++) {
        const struct poll_source *source = list->sources->v[i];
        if (!source->settings) {
            heap_remove(&list->heap, source->id);
        } else if (needs_place(list, source, now.mono_ms) && has_missed(source, now.wall_ms)) {
            crowd++;
        }
    }
    for (size_t i = 0; i < list->sources->n; i++) {
        if (needs_place(list, list->sources->v[i], now.mono_ms)) {
            place(list, list->sources->v[i], crowd, now);
        }
    }
    arm(list, now.mono_ms);
}
