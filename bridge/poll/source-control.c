#include "bridge/poll/source-control.h"

#include <errno.h>
#include <string.h>

#include "bridge/base/clock.h"
#include "bridge/model/failure.h"
#include "bridge/poll/host-gate.h"
#include "bridge/poll/poll-source.h"
#include "bridge/poll/poller-state.h"
#include "bridge/spi/control.h"
#include "bridge/spi/settings.h"

// Due times count on the monotonic clock; people read the wall's.
static int64_t next_at_ms(const struct poller *poller, const struct poll_source *source)
{
    const struct clock *clock = poller->parts.clock;
    if (source->poll || !heap_contains(&poller->due.heap, source->id)) {
        return 0;
    }
    return clock_wall_ms(clock) + source->due_ms - clock_mono_ms(clock);
}

static void add_quota(struct source_status *status, const struct poller *poller,
                      const struct poll_source *source)
{
    const struct gate_quota quota =
        source->lane ? gate_quota_of(source->lane) : (struct gate_quota){ 0 };
    status->has_quota = quota.is_known;
    status->quota_limit = quota.limit;
    status->quota_remaining = quota.remaining;
    if (quota.reset_left_ms > 0) {
        status->quota_reset_at_ms = clock_wall_ms(poller->parts.clock) + quota.reset_left_ms;
    }
}

static void show(const struct poller *poller, const struct poll_source *source,
                 source_visit_fn visit, void *userdata)
{
    const struct source_memory *memory = &source->memory;
    bool polled = memory->at_ms != 0;
    enum poll_pace pace = source->poll ? poll_waits_by(source->poll) : source->pace;
    struct source_status status = {
        .name = source->name,
        .state = &source->state,
        .interval_ms = source->settings->interval_ms,
        .polling = source->poll != NULL,
        .accepting = source->is_accepting,
        .next_at_ms = next_at_ms(poller, source),
        .last_at_ms = memory->at_ms,
        .last_result = polled ? poll_result_name(memory->result) : NULL,
        .last_code = memory->code,
        .last_detail = memory->detail,
        .last_advice = memory->code ? failure_find(memory->code)->advice : NULL,
        .next_reason = poll_pace_name(pace),
        .next_words = poll_pace_words(pace),
        .polls = memory->polls,
        .changes = memory->changes,
    };
    add_quota(&status, poller, source);
    visit(&status, userdata);
}

// The place, by name, of the first source behind `after`.
static size_t place_behind(const struct source_list *sources, const char *after)
{
    size_t from = 0;
    size_t to = sources->n;
    while (after && from < to) {
        size_t middle = from + (to - from) / 2;
        if (strcmp(sources->by_name[middle]->name, after) <= 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

static bool list(const char *after, size_t limit, source_visit_fn visit, void *visit_userdata,
                 void *userdata)
{
    const struct poller *poller = userdata;
    const struct source_list *sources = &poller->sources;
    size_t shown = 0;
    for (size_t i = place_behind(sources, after); i < sources->n; i++) {
        const struct poll_source *source = sources->by_name[i];
        if (!source->settings) {
            continue;
        }
        if (shown++ == limit) {
            return true;
        }
        show(poller, source, visit, visit_userdata);
    }
    return false;
}

static struct poll_source *find(const struct poller *poller, const char *name)
{
    struct poll_source *source = source_list_find(&poller->sources, name);
    return source && source->settings ? source : NULL;
}

static int get(const char *name, source_visit_fn visit, void *visit_userdata, void *userdata)
{
    const struct poller *poller = userdata;
    const struct poll_source *source = find(poller, name);
    if (!source) {
        return -ENOENT;
    }
    show(poller, source, visit, visit_userdata);
    return 0;
}

static int poll_now(const char *name, void *userdata)
{
    struct poller *poller = userdata;
    struct poll_source *source = find(poller, name);
    if (!source) {
        return -ENOENT;
    }
    if (!source->poll && poller->due.running) {
        due_list_put(&poller->due, source, &(struct poll_rest){ .pace = POLL_BY_REQUEST });
    }
    return 0;
}

static int accept_next(const char *name, void *userdata)
{
    struct poller *poller = userdata;
    struct poll_source *source = find(poller, name);
    if (!source) {
        return -ENOENT;
    }
    if (source->poll) {
        return -EBUSY; // it began with the guard
    }
    source->is_accepting = true;
    return poll_now(name, userdata);
}

struct control source_control_of(struct poller *poller)
{
    return (struct control){
        .list = list,
        .get = get,
        .poll = poll_now,
        .accept = accept_next,
        .userdata = poller,
    };
}
