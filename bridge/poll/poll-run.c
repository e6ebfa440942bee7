#include "bridge/poll/poll-run.h"

#include <errno.h>
#include <event2/event.h>

#include "bridge/poll/poll-source.h"
#include "bridge/poll/source-list.h"

static void on_end(evutil_socket_t fd, short what, void *userdata)
{
    struct poll_run *run = userdata;
    (void)fd;
    (void)what;
    run->done(run->userdata);
}

int poll_run_init(struct poll_run *run, struct event_base *base)
{
    run->end = event_new(base, -1, 0, on_end, run);
    return run->end ? 0 : -ENOMEM;
}

void poll_run_deinit(struct poll_run *run)
{
    if (run->end) {
        event_free(run->end);
        run->end = NULL;
    }
}

static void end_if_empty(struct poll_run *run)
{
    if (run->left == 0) {
        event_active(run->end, EV_TIMEOUT, 0);
    }
}

void poll_run_begin(struct poll_run *run, const struct source_list *sources,
                    const struct poll_source *one, void (*done)(void *userdata), void *userdata)
{
    run->done = done;
    run->userdata = userdata;
    run->left = 0;
    (void)event_del(run->end);
    for (size_t i = 0; i < sources->n; i++) {
        struct poll_source *source = sources->v[i];
        source->is_in_run = one ? source == one : poll_source_is_scheduled(source);
        run->left += source->is_in_run;
    }
    end_if_empty(run);
}

void poll_run_leave(struct poll_run *run, struct poll_source *source)
{
    if (source->is_in_run) {
        source->is_in_run = false;
        run->left--;
        end_if_empty(run);
    }
}
