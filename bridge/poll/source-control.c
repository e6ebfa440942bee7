#include "bridge/poll/source-control.h"

#include <errno.h>
#include <string.h>

#include "bridge/base/clock.h"
#include "bridge/base/log.h"
#include "bridge/model/failure.h"
#include "bridge/model/instance.h"
#include "bridge/poll/politeness/host-gate.h"
#include "bridge/poll/poll-source.h"
#include "bridge/poll/poller-state.h"
#include "bridge/spi/control.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/store.h"

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

static enum poll_pace pace_of(const struct poller *poller, const struct poll_source *source)
{
    if (source->poll) {
        return poll_waits_by(source->poll);
    }
    bool rests = source->state.paused_at_ms != 0 && next_at_ms(poller, source) == 0;
    return rests ? POLL_BY_NOBODY : source->pace;
}

static void show(const struct poller *poller, const struct poll_source *source,
                 source_visit_fn visit, void *userdata)
{
    const struct source_memory *memory = &source->memory;
    bool polled = memory->at_ms != 0;
    enum poll_pace pace = pace_of(poller, source);
    struct source_status status = {
        .name = source->name,
        .source_len = source->instance->source_len,
        .instance = source->instance->members,
        .state = &source->state,
        .interval_ms = source->settings->interval_ms,
        .polling = source->poll != NULL,
        .accepting = source->is_accepting,
        .priming = source->is_priming,
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

static bool is_wanted(const struct source_query *query, const struct poll_source *source)
{
    bool trouble = source->state.failures > 0 || source->state.held_told;
    return source->settings && (trouble || !query->trouble);
}

static bool list(const struct source_query *query, source_visit_fn visit, void *visit_userdata,
                 void *userdata)
{
    const struct poller *poller = userdata;
    const struct source_list *sources = &poller->sources;
    size_t shown = 0;
    size_t first = 0;
    size_t end = query->source ? source_list_range(sources, query->source, &first) : sources->n;
    size_t behind = place_behind(sources, query->after);
    for (size_t i = behind > first ? behind : first; i < end; i++) {
        const struct poll_source *source = sources->by_name[i];
        if (!is_wanted(query, source)) {
            continue;
        }
        if (shown++ == query->limit) {
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
        due_list_put(&poller->due, source, &(struct poll_rest){ .pace = POLL_BY_REQUEST },
                     clock_now(poller->parts.clock));
    }
    return 0;
}

// The source, for a poll that is not like the others.
static int find_idle(const struct poller *poller, const char *name, struct poll_source **ret)
{
    *ret = find(poller, name);
    if (!*ret) {
        return -ENOENT;
    }
    return (*ret)->poll ? -EBUSY : 0; // the one under way began as usual
}

static int accept_next(const char *name, void *userdata)
{
    struct poll_source *source;
    int r = find_idle(userdata, name, &source);
    if (r) {
        return r;
    }
    source->is_accepting = true;
    return poll_now(name, userdata);
}

static int prime_next(const char *name, void *userdata)
{
    struct poll_source *source;
    int r = find_idle(userdata, name, &source);
    if (r) {
        return r;
    }
    source->is_priming = true;
    return poll_now(name, userdata);
}

static void on_pause_stored(int result, void *userdata)
{
    (void)userdata;
    if (result < 0) {
        log_error("the store did not take that a source is paused or goes on: it holds for this "
                  "process only",
                  LOG_STR("error", strerror(-result)));
    }
}

static int pause_source(const char *name, bool paused, void *userdata)
{
    struct poller *poller = userdata;
    struct store *store = poller->parts.store;
    struct poll_source *source = find(poller, name);
    if (!source) {
        return -ENOENT;
    }
    if (paused == (source->state.paused_at_ms != 0)) {
        return 0;
    }
    int64_t paused_at_ms = paused ? clock_wall_ms(poller->parts.clock) : 0;
    int r = store->ops->source_pause(store, name, paused_at_ms, on_pause_stored, NULL);
    if (r) {
        return r;
    }
    source->state.paused_at_ms = paused_at_ms;
    log_info(paused ? "a source is paused" : "a source goes on", LOG_STR("source", name));
    if (!paused) {
        return poll_now(name, userdata);
    }
    if (!source->poll) {
        due_list_remove(&poller->due, source);
    }
    return 0;
}

struct control source_control_of(struct poller *poller)
{
    return (struct control){
        .list = list,
        .get = get,
        .poll = poll_now,
        .accept = accept_next,
        .prime = prime_next,
        .pause = pause_source,
        .userdata = poller,
    };
}
