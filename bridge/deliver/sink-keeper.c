#include "bridge/deliver/sink-keeper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/clock.h"
#include "bridge/base/log.h"

#define FULL_WAIT_MS    100 // the store's mailbox is full
#define TROUBLE_WAIT_MS 1000

struct keeper_task {
    struct sink_keeper *keeper; // NULL: gone
    bool is_note;
    struct sink_health health;
    enum keeper_wish wish;
};

void keeper_deinit(struct sink_keeper *keeper)
{
    if (keeper->task) {
        keeper->task->keeper = NULL;
        keeper->task = NULL;
    }
}

static bool is_same(const struct sink_health *a, const struct sink_health *b)
{
    return a->failing_since_ms == b->failing_since_ms && a->failures == b->failures &&
           a->gone_at_ms == b->gone_at_ms && a->disabled_at_ms == b->disabled_at_ms;
}

static bool wants_note(const struct sink_keeper *keeper)
{
    // A release writes the health itself, with its last step.
    return keeper->wish != KEEPER_RELEASE && keeper->wish != KEEPER_CANCEL &&
           (keeper->is_dirty || !is_same(keeper->health, &keeper->stored));
}

static void answered(struct sink_keeper *keeper, const struct keeper_task *task, int result)
{
    enum keeper_wish done = KEEPER_NOTHING;
    keeper->task = NULL;
    if (result != 0) {
        log_warn("the state of a sink cannot be stored; trying again in a second",
                 LOG_STR("sink", keeper->sink), LOG_STR("error", strerror(-result)));
        keeper->ask_at_ms = clock_mono_ms(keeper->clock) + TROUBLE_WAIT_MS;
        keeper->is_dirty = keeper->is_dirty || task->is_note;
    } else if (task->is_note) {
        keeper->stored = task->health;
        keeper->is_dirty = false;
    } else if (keeper->wish == task->wish) { // not overtaken by another
        done = task->wish;
        keeper->wish = KEEPER_NOTHING;
        keeper->stored = done == KEEPER_HOLD ? keeper->stored : (struct sink_health){ 0 };
    }
    keeper->on_done(done, keeper->userdata);
}

static void on_stored(int result, void *userdata)
{
    struct keeper_task *task = userdata;
    if (task->keeper) {
        answered(task->keeper, task, result);
    }
    free(task);
}

static int ask(const struct sink_keeper *keeper, struct keeper_task *task)
{
    const struct store_ops *ops = keeper->store->ops;
    if (task->is_note) {
        return ops->sink_note(keeper->store, keeper->sink, &task->health, on_stored, task);
    }
    if (task->wish == KEEPER_HOLD) {
        return ops->sink_hold(keeper->store, keeper->sink, on_stored, task);
    }
    return ops->sink_release(keeper->store, keeper->sink, task->wish == KEEPER_CANCEL, on_stored,
                             task);
}

void keeper_update(struct sink_keeper *keeper)
{
    int64_t now_ms = clock_mono_ms(keeper->clock);
    bool is_note = wants_note(keeper);
    if (keeper->task || now_ms < keeper->ask_at_ms || (!is_note && !keeper->wish)) {
        return;
    }
    struct keeper_task *task = malloc(sizeof(*task));
    int r = -ENOMEM;
    if (task) {
        *task = (struct keeper_task){
            .keeper = keeper,
            .is_note = is_note,
            .health = *keeper->health,
            .wish = keeper->wish,
        };
        r = ask(keeper, task);
    }
    if (r == 0) {
        keeper->task = task;
        return;
    }
    free(task);
    keeper->ask_at_ms = now_ms + (r == -EAGAIN ? FULL_WAIT_MS : TROUBLE_WAIT_MS);
}

int64_t keeper_wake_at_ms(const struct sink_keeper *keeper)
{
    bool has_work = wants_note(keeper) || keeper->wish != KEEPER_NOTHING;
    return has_work && !keeper->task ? keeper->ask_at_ms : INT64_MAX;
}

bool keeper_is_busy(const struct sink_keeper *keeper)
{
    return keeper->task || wants_note(keeper) || keeper->wish != KEEPER_NOTHING;
}
