#include "bridge/cli/secret-watch.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/file-mark.h"
#include "bridge/base/workers.h"
#include "bridge/spi/settings.h"

struct look {         // at the files of one configuration; the worker's while it runs
    struct work work; // first
    struct secret_watch *watch;
    struct settings *settings; // a reference
    struct file_mark *known;   // what was read, or was told to have changed
    struct file_mark *before;  // the look before this one
    struct file_mark *now;
};

struct secret_watch {
    struct workers *workers;
    struct event *timer;
    secret_watch_fn changed;
    void *userdata;
    struct look *look; // of the configuration in force; NULL: there are no files
    bool looking;      // its worker is at it, or at one that was replaced meanwhile
};

static struct look *look_free(struct look *look)
{
    if (look) {
        (void)settings_unref(look->settings);
        free(look->known);
        free(look->before);
        free(look->now);
        free(look);
    }
    return NULL;
}
DEFINE_CLEANUP(look)

static void run_look(struct work *work, void *worker_ctx)
{
    struct look *look = (struct look *)work;
    (void)worker_ctx;
    for (size_t i = 0; i < look->settings->secret_file_count; i++) {
        look->now[i] = file_mark_at(look->settings->secret_files[i].path);
    }
}

// The path of a file that has come to rest in a new state; NULL: none has. All that have are then
// known.
static const char *find_change(struct look *look)
{
    const char *path = NULL;
    for (size_t i = 0; i < look->settings->secret_file_count; i++) {
        bool rests = file_mark_eq(look->now[i], look->before[i]);
        if (rests && !file_mark_eq(look->now[i], look->known[i])) {
            path = look->settings->secret_files[i].path;
            look->known[i] = look->now[i];
        }
        look->before[i] = look->now[i];
    }
    return path;
}

static void on_look(struct work *work)
{
    struct look *look = (struct look *)work;
    struct secret_watch *watch = look->watch;
    watch->looking = false;
    if (watch->look != look) { // replaced meanwhile
        (void)look_free(look);
        return;
    }
    const char *path = find_change(look);
    if (path) {
        watch->changed(path, watch->userdata);
    }
}

static void on_timer(evutil_socket_t fd, short what, void *userdata)
{
    struct secret_watch *watch = userdata;
    (void)fd;
    (void)what;
    if (watch->look && !watch->looking) {
        watch->looking = workers_try_submit(watch->workers, &watch->look->work);
    }
}

int secret_watch_new(struct secret_watch **ret, struct event_base *base, int64_t every_ms,
                     secret_watch_fn changed, void *userdata)
{
    const struct workers_settings settings = { .threads = 1, .capacity = 1 };
    const struct timeval every = { .tv_sec = every_ms / 1000, .tv_usec = every_ms % 1000 * 1000 };
    CLEANUP(secret_watch_freep) struct secret_watch *watch = calloc(1, sizeof(*watch));
    if (!watch) {
        return -ENOMEM;
    }
    watch->changed = changed;
    watch->userdata = userdata;
    int r = workers_new(&watch->workers, base, &settings);
    if (r < 0) {
        return r;
    }
    watch->timer = event_new(base, -1, EV_PERSIST, on_timer, watch);
    if (!watch->timer || event_add(watch->timer, &every) != 0) {
        return -ENOMEM;
    }
    *ret = STEAL(watch);
    return 0;
}

// A look that is under way frees itself.
static void drop_look(struct secret_watch *watch)
{
    struct look *look = STEAL(watch->look);
    if (!watch->looking) {
        (void)look_free(look);
    }
}

struct secret_watch *secret_watch_free(struct secret_watch *watch)
{
    if (watch) {
        if (watch->timer) {
            event_free(watch->timer);
        }
        drop_look(watch);
        workers_free(watch->workers);
        free(watch);
    }
    return NULL;
}

static int look_new(struct look **ret, struct secret_watch *watch, struct settings *settings)
{
    size_t n = settings->secret_file_count;
    CLEANUP(look_freep) struct look *look = calloc(1, sizeof(*look));
    if (!look) {
        return -ENOMEM;
    }
    look->work.run = run_look;
    look->work.done = on_look;
    look->watch = watch;
    look->settings = settings_ref(settings);
    look->known = calloc(n, sizeof(*look->known));
    look->before = calloc(n, sizeof(*look->before));
    look->now = calloc(n, sizeof(*look->now));
    if (!look->known || !look->before || !look->now) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        look->known[i] = settings->secret_files[i].mark;
    }
    memcpy(look->before, look->known, n * sizeof(*look->before));
    *ret = STEAL(look);
    return 0;
}

int secret_watch_set(struct secret_watch *watch, struct settings *settings)
{
    struct look *look = NULL;
    int r = settings->secret_file_count > 0 ? look_new(&look, watch, settings) : 0;
    if (r == 0) {
        drop_look(watch);
        watch->look = look;
    }
    return r;
}
