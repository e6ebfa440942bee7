#include "bridge/cli/reload.h"

#include <errno.h>
#include <stdlib.h>

#include "bridge/base/workers.h"
#include "bridge/cli/cli.h"
#include "bridge/spi/settings.h"

struct reload {
    struct work work; // first: what the worker gets
    struct workers *workers;
    const struct cli *cli;
    const char *file;
    struct settings *settings; // read by the worker, taken on the loop
    reload_fn done;
    void *userdata;
    bool running;
    bool again;
    bool closing;
};

static void read_file(struct work *work, void *worker_ctx)
{
    struct reload *reload = (struct reload *)work;

    (void)worker_ctx;
    reload->settings = cli_load_settings(reload->cli, reload->file);
}

static void begin(struct reload *reload)
{
    // The queue has a place: there is one job, and it is not under way.
    reload->running = workers_try_submit(reload->workers, &reload->work);
}

static void on_read(struct work *work)
{
    struct reload *reload = (struct reload *)work;
    struct settings *settings = reload->settings;

    reload->settings = NULL;
    reload->running = false;
    if (reload->closing || reload->again) {
        (void)settings_unref(settings);
    } else {
        reload->done(settings, reload->userdata);
    }
    if (reload->again && !reload->closing) {
        reload->again = false;
        begin(reload);
    }
}

int reload_new(struct reload **ret, struct event_base *base, const struct cli *cli,
               const char *file)
{
    const struct workers_settings settings = { .threads = 1, .capacity = 1 };
    CLEANUP(reload_freep) struct reload *reload = calloc(1, sizeof(*reload));

    if (!reload) {
        return -ENOMEM;
    }
    reload->work.run = read_file;
    reload->work.done = on_read;
    reload->cli = cli;
    reload->file = file;
    int r = workers_new(&reload->workers, base, &settings);
    if (r == 0) {
        *ret = STEAL(reload);
    }
    return r;
}

struct reload *reload_free(struct reload *reload)
{
    if (reload) {
        reload->closing = true;
        workers_free(reload->workers);
        free(reload);
    }
    return NULL;
}

void reload_start(struct reload *reload, reload_fn done, void *userdata)
{
    reload->done = done;
    reload->userdata = userdata;
    if (reload->running) {
        reload->again = true;
        return;
    }
    begin(reload);
}
