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
    void (*done)(void *userdata) = STEAL(run->done);
    run->is_open = false;
    done(run->userdata);
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
    if (run->left == 0 && run->done) {
        event_active(run->end, EV_TIMEOUT, 0);
    }
}

void poll_run_hold(struct poll_run *run)
{
    run->left++;
}

void poll_run_release(struct poll_run *run)
{
    run->left--;
    end_if_empty(run);
}

void poll_run_join(struct poll_run *run, struct poll_source *source)
{
    if (!source->is_in_run && source->settings) {
        source->is_in_run = true;
        run->left++;
    }
}

void poll_run_begin(struct poll_run *run, const struct source_list *sources, const char *name,
                    void (*done)(void *userdata), void *userdata)
{
    struct poll_source *one = name ? source_list_find(sources, name) : NULL;
    size_t from = 0;
    run->done = done;
    run->userdata = userdata;
    run->left = 0;
    run->is_open = !name;
    (void)event_del(run->end);
    for (size_t i = 0; i < sources->n; i++) {
        sources->v[i]->is_in_run = false;
    }
    if (one && one->settings) {
        poll_run_join(run, one);
    } else {
        size_t to = name ? source_list_range(sources, name, &from) : sources->n;
        for (; from < to; from++) {
            if (poll_source_is_scheduled(sources->by_name[from])) {
                poll_run_join(run, sources->by_name[from]);
            }
        }
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
