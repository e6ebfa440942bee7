#include "bridge/deliver/coalescer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/log.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/store.h"

static void coalescing_free(struct coalescing *coalescing)
{
    coalescence_deinit(&coalescing->made);
    (void)settings_unref(coalescing->what.settings);
    free(coalescing->what.ids);
    free(coalescing);
}

static void finish(struct coalescing *coalescing, size_t n)
{
    const struct coalescing_for *what = &coalescing->what;
    if (what->done) {
        what->done(coalescing, what->ids, n, what->userdata);
    }
    coalescing_free(coalescing);
}

// Without it each goes by itself: that is never wrong.
static void give_up(struct coalescing *coalescing, int error)
{
    if (error < 0 && error != -EAGAIN) {
        log_warn("waiting updates cannot be coalesced; each is delivered",
                 LOG_STR("sink", coalescing->what.sink->name), LOG_STR("error", strerror(-error)));
    }
    finish(coalescing, 0);
}

static void on_stored(int result, void *userdata)
{
    struct coalescing *coalescing = userdata;
    if (result == 0) {
        finish(coalescing, coalescing->n);
    } else {
        give_up(coalescing, result);
    }
}

static void on_looked(struct work *work)
{
    struct coalescing *coalescing = (struct coalescing *)work;
    int r = coalescing->result;
    coalescing->n = coalescing->made.n;
    if (r == 0 && coalescing->n > 0 && coalescing->what.done) {
        struct store *store = coalescing->parts.store;
        r = store->ops->coalesce(store, &coalescing->made, on_stored, coalescing);
        if (r == 0) {
            return;
        }
    }
    give_up(coalescing, r);
}

static void run_look(struct work *work, void *worker_ctx)
{
    struct coalescing *coalescing = (struct coalescing *)work;
    const struct coalesce_question question = {
        .settings = coalescing->what.settings,
        .sink = coalescing->what.sink,
        .ids = coalescing->what.ids,
        .n = coalescing->what.n,
    };
    coalescing->result = coalescing->parts.look(worker_ctx, &question, &coalescing->made);
}

int coalescing_start(struct coalescing **ret, const struct coalescer_parts *parts,
                     const struct coalescing_for *what)
{
    if (!parts->workers || !parts->look || !parts->store->ops->coalesce) {
        return -ENOSYS;
    }
    struct coalescing *coalescing = malloc(sizeof(*coalescing));
    if (!coalescing) {
        return -ENOMEM;
    }
    *coalescing = (struct coalescing){
        .work = { .run = run_look, .done = on_looked },
        .parts = *parts,
        .what = *what,
    };
    if (!workers_try_submit(parts->workers, &coalescing->work)) {
        free(coalescing);
        return -EAGAIN;
    }
    (void)settings_ref(coalescing->what.settings);
    *ret = coalescing;
    return 0;
}

void coalescing_forget(struct coalescing *coalescing)
{
    coalescing->what.done = NULL;
}
