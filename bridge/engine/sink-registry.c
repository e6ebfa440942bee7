#include "bridge/engine/sink-registry.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/clock.h"
#include "bridge/base/log.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/engine/sink-change.h"
#include "bridge/model/json.h"
#include "bridge/spi/managed-sink.h"
#include "bridge/spi/settings-compose.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/sink.h"
#include "bridge/spi/store.h"
#include "config/config.h"
#include "config/managed-sink.h"

#define SINKS_MAX       10000
#define TROUBLE_WAIT_MS (INT64_C(60) * 1000)
#define TIMER_MAX_MS    (INT64_C(3600) * 1000)

struct entry {
    struct managed_sink kept;  // settings NULL: it is not made yet
    struct settings *settings; // of it alone, a reference; NULL: it is not in force
    bool is_busy;              // a change is under way
};

// With the store; outlives the registry when it has to.
struct task {
    struct task *next;
    struct sink_registry *registry; // NULL: gone
    struct sink_change *change;     // NULL: the sink is removed
    struct settings *settings;      // then: what it had, in force again should that fail
    char *name;
    sink_done_fn done; // NULL: nobody waits
    void *userdata;
};

struct sink_registry {
    struct sink_registry_parts parts;
    struct settings *file; // a reference
    struct entry *v;       // sorted by name
    size_t n;
    struct event *timer; // the next secret that has had its time
    struct task *tasks;
};

// ---- entries ----

// Where it is, or where it belongs.
static size_t place_of(const struct sink_registry *registry, const char *name, bool *ret_found)
{
    size_t from = 0;
    size_t to = registry->n;
    *ret_found = false;
    while (from < to && !*ret_found) {
        size_t middle = from + (to - from) / 2;
        int order = strcmp(name, registry->v[middle].kept.name);
        *ret_found = order == 0;
        if (order > 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return to;
}

static struct entry *find(const struct sink_registry *registry, const char *name)
{
    bool found;
    size_t at = place_of(registry, name, &found);
    return found ? &registry->v[at] : NULL;
}

static int add(struct sink_registry *registry, const char *name, struct entry **ret)
{
    bool found;
    size_t at = place_of(registry, name, &found);
    struct entry *v = reallocarray(registry->v, registry->n + 1, sizeof(*v));
    char *copy = strdup(name);
    registry->v = v ? v : registry->v;
    if (!v || !copy) {
        free(copy);
        return -ENOMEM;
    }
    memmove(&v[at + 1], &v[at], (registry->n - at) * sizeof(*v));
    v[at] = (struct entry){ .kept.name = copy };
    registry->n++;
    *ret = &v[at];
    return 0;
}

static void entry_deinit(struct entry *entry)
{
    managed_sink_deinit(&entry->kept);
    (void)settings_unref(entry->settings);
}

static void drop(struct sink_registry *registry, struct entry *entry)
{
    size_t at = (size_t)(entry - registry->v);
    entry_deinit(entry);
    registry->n--;
    memmove(entry, entry + 1, (registry->n - at) * sizeof(*entry));
}

// ---- in force ----

static int compose(const struct sink_registry *registry, struct settings *file,
                   struct settings **ret)
{
    struct settings **sinks = calloc(registry->n + 1, sizeof(*sinks));
    size_t n = 0;
    if (!sinks) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < registry->n; i++) {
        if (registry->v[i].settings) {
            sinks[n++] = registry->v[i].settings;
        }
    }
    int r = settings_compose(ret, file, sinks, n);
    free(sinks);
    return r;
}

int sink_registry_compose(struct sink_registry *registry, struct settings *file,
                          struct settings **ret, struct problem **reterr)
{
    for (size_t i = 0; i < registry->n; i++) {
        const char *name = registry->v[i].kept.name;
        if (settings_find_sink(file, name)) {
            return problem_set(reterr, -EINVAL, "sink_name_taken",
                               "the sink \"%s\" of the configuration has the name of one that was "
                               "made over the API; remove that one (DELETE /v1/sinks/%s) or give "
                               "this one another name",
                               name, name);
        }
    }
    return compose(registry, file, ret);
}

static int apply(struct sink_registry *registry)
{
    AUTO_SETTINGS struct settings *settings = NULL;
    int r = compose(registry, registry->file, &settings);
    return r ? r : registry->parts.apply(settings, registry->parts.userdata);
}

void sink_registry_set_file(struct sink_registry *registry, struct settings *file)
{
    struct settings *old = registry->file;
    registry->file = settings_ref(file);
    (void)settings_unref(old);
}

// ---- secrets that have had their time ----

static void arm(struct sink_registry *registry)
{
    int64_t now_ms = clock_wall_ms(registry->parts.clock);
    int64_t wait_ms = TIMER_MAX_MS; // the wall clock may step
    bool is_needed = false;
    for (size_t i = 0; i < registry->n; i++) {
        int64_t until_ms = registry->v[i].kept.rotated_until_ms;
        if (until_ms > 0) {
            is_needed = true;
            wait_ms = until_ms - now_ms < wait_ms ? until_ms - now_ms : wait_ms;
        }
    }
    wait_ms = wait_ms > 0 ? wait_ms : 1;
    struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };
    if (is_needed && evtimer_add(registry->timer, &wait) < 0) {
        event_active(registry->timer, EV_TIMEOUT, 0);
    }
}

static void end_rotation(struct sink_registry *registry, const struct entry *entry)
{
    CLEANUP(problem_freep) struct problem *problem = NULL;
    struct sink_change *change = NULL;
    const struct sink_wish wish = { .kind = SINK_FORGET, .name = entry->kept.name };
    int r = sink_registry_prepare(registry, &wish, &change, &problem);
    r = r ? r : sink_registry_carry_out(registry, change, NULL, NULL, NULL);
    if (r < 0 && r != -EBUSY) {
        log_warn("a former secret of a sink cannot be forgotten yet; trying again in a minute",
                 LOG_STR("sink", entry->kept.name),
                 LOG_STR("error", problem ? problem->message : strerror(-r)));
    }
}

static void on_timer(evutil_socket_t fd, short what, void *userdata)
{
    struct sink_registry *registry = userdata;
    int64_t now_ms = clock_wall_ms(registry->parts.clock);
    const struct timeval wait = { .tv_sec = TROUBLE_WAIT_MS / 1000 };
    (void)fd;
    (void)what;
    arm(registry);
    for (size_t i = 0; i < registry->n; i++) {
        const struct entry *entry = &registry->v[i];
        if (entry->kept.rotated_until_ms > 0 && entry->kept.rotated_until_ms <= now_ms) {
            (void)evtimer_add(registry->timer, &wait); // sooner when it is done
            end_rotation(registry, entry);
        }
    }
}

// ---- life ----

int sink_registry_new(struct sink_registry **ret, const struct sink_registry_parts *parts)
{
    CLEANUP(sink_registry_freep) struct sink_registry *registry = calloc(1, sizeof(*registry));
    if (!registry) {
        return -ENOMEM;
    }
    registry->parts = *parts;
    registry->timer = evtimer_new(parts->base, on_timer, registry);
    if (!registry->timer) {
        return -ENOMEM;
    }
    *ret = STEAL(registry);
    return 0;
}

struct sink_registry *sink_registry_free(struct sink_registry *registry)
{
    if (!registry) {
        return NULL;
    }
    for (struct task *task = registry->tasks; task; task = task->next) {
        task->registry = NULL;
    }
    for (size_t i = 0; i < registry->n; i++) {
        entry_deinit(&registry->v[i]);
    }
    free(registry->v);
    if (registry->timer) {
        event_free(registry->timer);
    }
    (void)settings_unref(registry->file);
    free(registry);
    return NULL;
}

// One that this version does not take any more must not keep the others from their events.
static int load_one(struct sink_registry *registry, struct managed_sink *take)
{
    CLEANUP(problem_freep) struct problem *problem = NULL;
    struct entry *entry = NULL;
    int r = add(registry, take->name, &entry);
    if (r < 0) {
        return r;
    }
    managed_sink_deinit(&entry->kept);
    entry->kept = *take;
    *take = (struct managed_sink){ 0 };
    const struct sink_change_input input = { .before = &entry->kept,
                                             .drivers = registry->parts.drivers,
                                             .file = registry->file };
    r = sink_change_bind_kept(&entry->settings, &input, &problem);
    if (r == -EINVAL) {
        log_error("a sink that was made over the API cannot be used; it gets no events until it is "
                  "corrected (PATCH /v1/sinks/NAME)",
                  LOG_STR("sink", entry->kept.name), LOG_STR("why", problem->message));
        r = 0;
    }
    return r;
}

int sink_registry_load(struct sink_registry *registry, struct settings *file)
{
    CLEANUP(managed_sinks_deinit) struct managed_sinks sinks = { 0 };
    sink_registry_set_file(registry, file);
    int r = registry->parts.store->ops->load_managed_sinks(registry->parts.store, &sinks);
    for (size_t i = 0; r == 0 && i < sinks.n; i++) {
        r = load_one(registry, &sinks.v[i]);
    }
    arm(registry);
    return r;
}

// ---- changes ----

static int may_change(const struct sink_registry *registry, const struct sink_wish *wish,
                      const struct entry *entry)
{
    bool is_new = wish->kind == SINK_CREATE;
    if (settings_find_sink(registry->file, wish->name)) {
        return is_new ? -EEXIST : -EPERM;
    }
    if (is_new) {
        return entry ? -EEXIST : registry->n >= SINKS_MAX ? -ENOSPC : 0;
    }
    if (!entry || !entry->kept.settings) {
        return -ENOENT;
    }
    return entry->is_busy ? -EBUSY : 0;
}

int sink_registry_prepare(struct sink_registry *registry, const struct sink_wish *wish,
                          struct sink_change **ret, struct problem **reterr)
{
    const struct entry *entry = find(registry, wish->name);
    int r = may_change(registry, wish, entry);
    if (r < 0) {
        return r;
    }
    const struct sink_change_input input = {
        .wish = wish,
        .before = entry ? &entry->kept : NULL,
        .drivers = registry->parts.drivers,
        .file = registry->file,
        .now_ms = clock_wall_ms(registry->parts.clock),
    };
    return sink_change_make(ret, &input, reterr);
}

void sink_registry_show(const struct sink_change *change, struct managed_status *ret_status,
                        const char **ret_secret)
{
    *ret_secret = change->secret;
    *ret_status = (struct managed_status){
        .name = change->kept.name,
        .type = change->settings->sinks[0].driver->name,
        .settings = change->shown,
        .created_at_ms = change->kept.created_at_ms,
        .updated_at_ms = change->kept.updated_at_ms,
        .rotated_until_ms = change->kept.rotated_until_ms,
    };
}

void sink_registry_drop(struct sink_change *change)
{
    (void)sink_change_free(change);
}

static void apply_again(struct sink_registry *registry, const struct entry *entry)
{
    if (apply(registry) < 0) {
        log_error("out of memory: a sink stands still until the next start",
                  LOG_STR("sink", entry->kept.name));
    }
}

static void put_in_force(struct sink_registry *registry, struct entry *entry,
                         struct sink_change *change)
{
    struct settings *old = entry->settings;
    managed_sink_deinit(&entry->kept);
    entry->kept = change->kept;
    change->kept = (struct managed_sink){ 0 };
    entry->settings = STEAL(change->settings);
    if (apply(registry) < 0) {
        log_error("out of memory: a sink that was changed comes into force at the next start",
                  LOG_STR("sink", entry->kept.name));
    }
    (void)settings_unref(old);
}

static void end_task(struct sink_registry *registry, struct task *task, int result)
{
    struct entry *entry = find(registry, task->name);
    for (struct task **at = &registry->tasks; *at; at = &(*at)->next) {
        if (*at == task) {
            *at = task->next;
            break;
        }
    }
    entry->is_busy = false;
    if (result == 0 && task->change) {
        put_in_force(registry, entry, task->change);
    } else if (result == 0 || !entry->kept.settings) {
        drop(registry, entry); // it was removed, or never came to be
    } else if (task->settings) {
        entry->settings = STEAL(task->settings);
        apply_again(registry, entry);
    }
    arm(registry);
}

static void task_free(struct task *task)
{
    if (task) {
        (void)sink_change_free(task->change);
        (void)settings_unref(task->settings);
        free(task->name);
        free(task);
    }
}

static void on_stored(int result, void *userdata)
{
    struct task *task = userdata;
    if (task->registry) {
        end_task(task->registry, task, result);
    }
    if (task->done) {
        task->done(result, task->userdata);
    }
    task_free(task);
}

static int new_task(struct sink_registry *registry, const char *name, struct task **ret)
{
    struct task *task = calloc(1, sizeof(*task));
    char *copy = strdup(name);
    if (!task || !copy) {
        free(task);
        free(copy);
        return -ENOMEM;
    }
    task->registry = registry;
    task->name = copy;
    *ret = task;
    return 0;
}

static void begin_task(struct sink_registry *registry, struct task *task, struct entry *entry)
{
    entry->is_busy = true;
    task->next = registry->tasks;
    registry->tasks = task;
}

int sink_registry_carry_out(struct sink_registry *registry, struct sink_change *take,
                            const struct stored_answer *answer, sink_done_fn done, void *userdata)
{
    CLEANUP(sink_change_freep) struct sink_change *change = take;
    struct store *store = registry->parts.store;
    struct entry *entry = find(registry, change->kept.name);
    struct task *task = NULL;
    // Two changes may have been prepared from the same state.
    const struct sink_wish wish = { .kind = change->kind, .name = change->kept.name };
    int r = may_change(registry, &wish, entry);
    r = r ? r : new_task(registry, change->kept.name, &task);
    if (r == 0 && !entry) {
        r = add(registry, change->kept.name, &entry);
    }
    if (r == 0) {
        task->done = done;
        task->userdata = userdata;
        task->change = STEAL(change);
        r = store->ops->managed_sink_put(store, &task->change->kept, answer, on_stored, task);
    }
    if (r == 0) {
        begin_task(registry, task, entry);
        return 0;
    }
    if (entry && !entry->kept.settings && !entry->is_busy) {
        drop(registry, entry);
    }
    task_free(task);
    return r;
}

int sink_registry_remove(struct sink_registry *registry, const char *name, sink_done_fn done,
                         void *userdata)
{
    struct store *store = registry->parts.store;
    struct entry *entry = find(registry, name);
    struct task *task = NULL;
    const struct sink_wish wish = { .kind = SINK_UPDATE, .name = name };
    int r = may_change(registry, &wish, entry);
    r = r ? r : new_task(registry, name, &task);
    if (r < 0) {
        return r;
    }
    task->done = done;
    task->userdata = userdata;
    // Nothing starts for it any more while what waits is canceled.
    task->settings = STEAL(entry->settings);
    r = apply(registry);
    r = r ? r : store->ops->managed_sink_delete(store, name, on_stored, task);
    if (r == 0) {
        begin_task(registry, task, entry);
        return 0;
    }
    entry->settings = STEAL(task->settings);
    task_free(task);
    apply_again(registry, entry);
    return r;
}

int sink_registry_describe(const struct sink_registry *registry, const char *name,
                           struct managed_status *ret)
{
    const struct entry *entry = find(registry, name);
    AUTO_JSON struct json_object *settings = NULL;
    if (!entry || !entry->kept.settings) {
        return -ENOENT;
    }
    ret->name = entry->kept.name;
    ret->type = entry->settings ? entry->settings->sinks[0].driver->name : NULL;
    ret->created_at_ms = entry->kept.created_at_ms;
    ret->updated_at_ms = entry->kept.updated_at_ms;
    ret->rotated_until_ms = entry->kept.rotated_until_ms;
    int r = json_read(&settings, entry->kept.settings, strlen(entry->kept.settings), NULL, NULL);
    return r ? -ENOMEM : managed_sink_redact(settings, registry->parts.drivers, &ret->settings);
}
