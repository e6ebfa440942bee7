#include "bridge/deliver/sink-window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/clock.h"
#include "bridge/base/log.h"
#include "bridge/deliver/retry.h"
#include "bridge/spi/store.h"

#define PAGE_MAX        250
#define FETCH_MAX       64  // of one question for single deliveries
#define RETRY_ROOM      64  // retries in memory at a time
#define FIRST_ENOUGH    500 // first attempts at hand: no need to read on yet
#define FULL_WAIT_MS    100 // the store's mailbox is full
#define TROUBLE_WAIT_MS 1000

// Outlives the window when it has to: the store borrows the name until it answers.
struct window_query {
    struct sink_window *window; // NULL: nobody wants the answer any more
    char *sink;
    struct due_query due;
    bool is_page; // else a fetch of entries that are known, from due.after_id + 1 on
};

static void query_free(struct window_query *query)
{
    free(query->sink);
    free(query);
}

static void abandon_query(struct sink_window *window)
{
    if (window->query) {
        window->query->window = NULL;
        window->query = NULL;
    }
}

static bool has_room(const struct sink_window *window)
{
    return window->lanes.loaded < WINDOW_LOADED_MAX && window->lanes.bytes < WINDOW_BYTES_MAX;
}

int window_init(struct sink_window *window)
{
    return lanes_init(&window->lanes);
}

void window_deinit(struct sink_window *window)
{
    abandon_query(window);
    lanes_deinit(&window->lanes);
}

void window_forget(struct sink_window *window)
{
    int64_t now_ms = clock_mono_ms(window->clock);
    // Newest first, so that no lane gets a new head on the way.
    struct entry *older = NULL;
    for (struct entry *e = window->lanes.newest; e; e = older) {
        older = e->older;
        if (e->state != ENTRY_BUSY) {
            lanes_remove(&window->lanes, e, now_ms);
        }
    }
    abandon_query(window);
    window->cursor = 0;
    window->caught_up = false;
}

// When a delivery may go, by the monotonic clock. The stored time is wall time: one that lies
// farther ahead than the schedule can have put it is the work of a clock that stepped.
static int64_t due_at_ms(const struct sink_window *window, const struct delivery *delivery)
{
    int64_t most_ms = 0;
    int64_t at_ms = delivery->event_at_ms;
    if (delivery->next_at_ms > 0) {
        most_ms = retry_wait_max_ms(window->retry, delivery->attempts);
        at_ms = delivery->next_at_ms;
    }
    int64_t wait_ms = at_ms - clock_wall_ms(window->clock);
    return clock_mono_ms(window->clock) + (wait_ms < most_ms ? wait_ms : most_ms);
}

static int enter(struct sink_window *window, struct delivery *take)
{
    int64_t id = take->id;
    int r = lanes_add(&window->lanes, take, due_at_ms(window, take), clock_mono_ms(window->clock),
                      has_room(window));
    if (r == -EEXIST) {
        r = 0;
    }
    if (r == 0) {
        window->cursor = id;
    }
    return r;
}

void window_take(struct sink_window *window, struct delivery *take)
{
    if (take->id <= window->cursor) {
        return; // read from the store already
    }
    window->waiting++;
    if (!window->caught_up) {
        return;
    }
    if (!has_room(window) || window->lanes.n >= WINDOW_ENTRIES_MAX || enter(window, take) < 0) {
        window->caught_up = false;
    }
}

void window_missed(struct sink_window *window, int64_t n)
{
    window->waiting += n;
    window->caught_up = false;
}

static void settled(struct sink_window *window, struct entry *entry)
{
    lanes_remove(&window->lanes, entry, clock_mono_ms(window->clock));
    window->waiting -= window->waiting > 0;
}

void window_settled(struct sink_window *window, struct entry *entry)
{
    settled(window, entry);
}

static void accept_page(struct sink_window *window, const struct due_query *due,
                        struct delivery_list *list, int64_t next_due_at_ms)
{
    bool is_last = list->n < due->limit && (next_due_at_ms == 0 || next_due_at_ms > due->now_ms);
    for (size_t i = 0; i < list->n; i++) {
        if (window->lanes.n >= WINDOW_ENTRIES_MAX) {
            return;
        }
        if (enter(window, &list->v[i]) < 0) {
            window->ask_at_ms = clock_mono_ms(window->clock) + TROUBLE_WAIT_MS;
            return;
        }
    }
    if (is_last) {
        window->caught_up = true;
        window->waiting = (int64_t)window->lanes.n;
    }
}

static void accept_fetch(struct sink_window *window, const struct due_query *due,
                         struct delivery_list *list)
{
    int64_t wanted_id = due->after_id + 1;
    if (list->n == 0 || list->v[0].id != wanted_id) {
        // It does not wait any more: settled by somebody else.
        struct entry *gone = lanes_find(&window->lanes, wanted_id);
        if (gone && gone->state == ENTRY_READY) {
            settled(window, gone);
        }
    }
    for (size_t i = 0; i < list->n; i++) {
        struct entry *entry = lanes_find(&window->lanes, list->v[i].id);
        if (entry && lanes_wants(entry) && lanes_load(&window->lanes, entry, &list->v[i]) < 0) {
            window->ask_at_ms = clock_mono_ms(window->clock) + TROUBLE_WAIT_MS;
            return;
        }
    }
}

static void on_deliveries(int result, struct delivery_list *take, int64_t next_due_at_ms,
                          void *userdata)
{
    struct window_query *query = userdata;
    struct sink_window *window = query->window;
    if (window) {
        window->query = NULL;
        if (result != 0) {
            log_warn("cannot read waiting deliveries; asking again in a second",
                     LOG_STR("sink", window->sink), LOG_STR("error", strerror(-result)));
            window->ask_at_ms = clock_mono_ms(window->clock) + TROUBLE_WAIT_MS;
        } else if (query->is_page) {
            accept_page(window, &query->due, take, next_due_at_ms);
        } else {
            accept_fetch(window, &query->due, take);
        }
    }
    if (take) {
        delivery_list_deinit(take);
    }
    query_free(query);
    if (window) {
        window->on_answer(window->userdata);
    }
}

static void ask(struct sink_window *window, int64_t after_id, size_t limit, bool is_page)
{
    struct window_query *query = calloc(1, sizeof(*query));
    char *sink = query ? strdup(window->sink) : NULL;
    int r = sink ? 0 : -ENOMEM;
    if (r == 0) {
        *query = (struct window_query){
            .window = window,
            .sink = sink,
            // Whenever they are due: lanes need all of them, the time is judged here.
            .due = { .sink = sink, .now_ms = INT64_MAX, .after_id = after_id, .limit = limit },
            .is_page = is_page,
        };
        r = window->store->ops->deliveries_due(window->store, &query->due, on_deliveries, query);
    }
    if (r == 0) {
        window->query = query;
        return;
    }
    free(sink);
    free(query);
    window->ask_at_ms =
        clock_mono_ms(window->clock) + (r == -EAGAIN ? FULL_WAIT_MS : TROUBLE_WAIT_MS);
}

static bool wants_fetch(const struct sink_window *window)
{
    const struct lanes *lanes = &window->lanes;
    return lanes_first_unloaded(lanes) &&
           (!lanes_has_startable(lanes) ||
            (has_room(window) && lanes->queues[LANE_QUEUE_RETRY].n < RETRY_ROOM));
}

static bool wants_page(const struct sink_window *window)
{
    return !window->caught_up && has_room(window) && window->lanes.n < WINDOW_ENTRIES_MAX &&
           window->lanes.queues[LANE_QUEUE_FIRST].n < FIRST_ENOUGH;
}

void window_update(struct sink_window *window)
{
    int64_t now_ms = clock_mono_ms(window->clock);
    lanes_tick(&window->lanes, now_ms);
    if (window->query || now_ms < window->ask_at_ms) {
        return;
    }
    if (wants_fetch(window)) {
        size_t n = window->lanes.queues[LANE_QUEUE_FETCH].n;
        n = n > LANE_LOADED_MAX ? n : LANE_LOADED_MAX; // what follows is of use in the same lane
        ask(window, lanes_first_unloaded(&window->lanes)->id - 1, n < FETCH_MAX ? n : FETCH_MAX,
            false);
    } else if (wants_page(window)) {
        size_t room = WINDOW_LOADED_MAX - window->lanes.loaded;
        ask(window, window->cursor, room < PAGE_MAX ? room : PAGE_MAX, true);
    }
}

int64_t window_wake_at_ms(const struct sink_window *window)
{
    int64_t at_ms = lanes_next_due_at_ms(&window->lanes);
    if (!window->query && (wants_fetch(window) || wants_page(window)) &&
        window->ask_at_ms < at_ms) {
        at_ms = window->ask_at_ms;
    }
    return at_ms;
}

bool window_is_quiet(const struct sink_window *window)
{
    return window->caught_up && !window->query && !lanes_has_startable(&window->lanes) &&
           !lanes_first_unloaded(&window->lanes) &&
           lanes_next_due_at_ms(&window->lanes) > clock_mono_ms(window->clock);
}

int64_t window_oldest_at_ms(const struct sink_window *window)
{
    if (window->lanes.oldest) {
        return window->lanes.oldest->event_at_ms;
    }
    return window->waiting > 0 ? window->oldest_at_ms : 0;
}
