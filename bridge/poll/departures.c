#include "bridge/poll/departures.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "bridge/base/clock.h"
#include "bridge/base/log.h"
#include "bridge/model/instance.h"
#include "bridge/poll/due-list.h"
#include "bridge/poll/expansions.h"
#include "bridge/poll/poll-source.h"
#include "bridge/poll/source-list.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/store.h"

#define LOOK_EVERY_MS ((int64_t)10 * 60 * 1000)
#define BUSY_WAIT_MS  50
#define BATCH         ((size_t)1000)

// What is to become of a source.
struct pick {
    struct poll_source *source;
    int64_t left_at_ms; // 0: it is back
    bool forget;
};

static void wake_after(struct departures *departures, int64_t wait_ms)
{
    const struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };
    if (evtimer_add(departures->timer, &wait) != 0) {
        log_error("no memory for a timer; what left the configuration is kept for longer");
    }
}

static bool is_instance(const struct poll_source *source)
{
    return source->name[source->instance->source_len] == '{';
}

// Instances that follow another source are not known at first: none of them has left then.
static bool has_left(const struct departures *departures, const struct poll_source *source)
{
    AUTO_FREE char *name = strndup(source->name, source->instance->source_len);
    return name && (!settings_find_source(departures->settings, name) ||
                    expansions_know(departures->expansions, name));
}

static bool is_over(const struct departures *departures, const struct poll_source *source,
                    int64_t now_ms)
{
    int64_t kept_ms = now_ms - source->state.left_at_ms;
    return kept_ms > departures->settings->store.retention.left_ms && !source->poll &&
           !source->is_queued;
}

// False: it stays as it is.
static bool judge(const struct departures *departures, struct poll_source *source, int64_t now_ms,
                  struct pick *ret)
{
    int64_t left_at_ms = source->state.left_at_ms;
    *ret = (struct pick){ .source = source, .left_at_ms = left_at_ms };
    if (source->settings) {
        ret->left_at_ms = 0;
    } else if (left_at_ms != 0) {
        ret->forget = is_over(departures, source, now_ms);
    } else if (has_left(departures, source)) {
        ret->left_at_ms = now_ms;
    }
    return ret->forget || ret->left_at_ms != left_at_ms;
}

// A new one begins at a version of its own: the ids of its events are derived from it, and none may
// be one of an earlier life that was forgotten.
static void begin(struct poll_source *source, int64_t now_ms)
{
    struct source_state *state = &source->state;
    if (source->settings && state->id == 0 && state->version == 0 && !source->poll) {
        state->version = now_ms;
    }
}

static size_t gather(const struct departures *departures, size_t *at, struct pick *ret)
{
    const struct source_list *sources = departures->sources;
    int64_t now_ms = clock_wall_ms(departures->clock);
    size_t n = 0;
    for (; *at < sources->n && n < BATCH; (*at)++) {
        struct poll_source *source = sources->by_name[*at];
        if (is_instance(source)) {
            begin(source, now_ms);
            n += judge(departures, source, now_ms, &ret[n]);
        }
    }
    return n;
}

// Takes effect here only when the store took it.
static int tell(const struct departures *departures, const struct pick *picks, size_t n)
{
    struct departure_list list = { .v = calloc(n, sizeof(*list.v)) };
    int r = list.v ? 0 : -ENOMEM;
    for (; r == 0 && list.n < n; list.n++) {
        const struct pick *pick = &picks[list.n];
        list.v[list.n] = (struct departure){ .source = strdup(pick->source->name),
                                             .left_at_ms = pick->left_at_ms,
                                             .forget = pick->forget };
        r = list.v[list.n].source ? 0 : -ENOMEM;
    }
    r = r ? r : departures->store->ops->depart(departures->store, &list);
    departure_list_deinit(&list);
    for (size_t i = 0; r == 0 && i < n; i++) {
        picks[i].source->state.left_at_ms = picks[i].left_at_ms;
        picks[i].source->is_forgotten = picks[i].forget;
    }
    return r;
}

static void on_moved(struct poll_source *source, uint32_t before, void *userdata)
{
    due_list_renumber(userdata, source, before);
}

void departures_look(struct departures *departures, const struct settings *settings)
{
    struct pick picks[BATCH];
    int64_t wait_ms = LOOK_EVERY_MS;
    size_t at = 0;
    size_t n;
    departures->settings = settings;
    if (departures->stopped) {
        return;
    }
    while ((n = gather(departures, &at, picks)) > 0) {
        if (tell(departures, picks, n) != 0) { // the store is busy
            wait_ms = BUSY_WAIT_MS;
            break;
        }
    }
    source_list_drop_forgotten(departures->sources, on_moved, departures->due);
    wake_after(departures, wait_ms);
}

static void on_timer(evutil_socket_t fd, short what, void *userdata)
{
    struct departures *departures = userdata;
    (void)fd;
    (void)what;
    departures_look(departures, departures->settings);
}

int departures_init(struct departures *departures, struct event_base *base)
{
    departures->timer = evtimer_new(base, on_timer, departures);
    return departures->timer ? 0 : -ENOMEM;
}

void departures_stop(struct departures *departures)
{
    departures->stopped = true;
    (void)evtimer_del(departures->timer);
}

void departures_deinit(struct departures *departures)
{
    if (departures->timer) {
        event_free(STEAL(departures->timer));
    }
}
