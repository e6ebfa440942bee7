// The senders as the API sees them.
#include "bridge/spi/sink-control.h"

#include <errno.h>
#include <string.h>

#include "bridge/deliver/dispatcher-state.h"

static void show(const struct sink_sender *sender, sink_visit_fn visit, void *userdata)
{
    const struct sink_status status = {
        .name = sender->name,
        .settings = sender->sink,
        .waiting = sender->window.waiting,
        .held = sender->held,
        .oldest_at_ms = window_oldest_at_ms(&sender->window),
        .health = sender->breaker.kept,
        .in_flight = sender->in_flight,
        .is_resting = sender_is_resting(sender),
        .delivered = sender->counters.delivered,
        .failed = sender->counters.failed,
    };
    visit(&status, userdata);
}

static bool list(const char *after, size_t limit, sink_visit_fn visit, void *visit_userdata,
                 void *userdata)
{
    const struct dispatcher *dispatcher = userdata;
    size_t shown = 0;
    for (size_t i = 0; i < dispatcher->senders.n; i++) {
        const struct sink_sender *sender = dispatcher->senders.v[i];
        if (!sender->is_active || (after && strcmp(sender->name, after) <= 0)) {
            continue;
        }
        if (shown++ == limit) {
            return true;
        }
        show(sender, visit, visit_userdata);
    }
    return false;
}

static int get(const char *name, sink_visit_fn visit, void *visit_userdata, void *userdata)
{
    const struct dispatcher *dispatcher = userdata;
    const struct sink_sender *sender = dispatcher_find(dispatcher, name);
    if (!sender || !sender->is_active) {
        return -ENOENT;
    }
    show(sender, visit, visit_userdata);
    return 0;
}

struct sink_control dispatcher_control(struct dispatcher *dispatcher)
{
    return (struct sink_control){ .list = list, .get = get, .userdata = dispatcher };
}
