#include "bridge/poll/source-list.h"

#include <errno.h>
#include <string.h>

#include "bridge/base/hash.h"
#include "bridge/base/str.h"
#include "bridge/model/instance.h"
#include "bridge/model/suppression.h"
#include "bridge/poll/politeness/host-gate.h"
#include "bridge/poll/poll-source.h"
#include "bridge/spi/instances.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/store.h"

static struct poll_source *source_free(struct poll_source *source)
{
    if (source) {
        (void)gate_lane_unref(source->lane);
        source_state_deinit(&source->state);
        source_memory_deinit(&source->memory);
        if (source->suppressed) {
            suppression_list_deinit(source->suppressed);
            free(source->suppressed);
        }
        (void)instance_unref(source->instance);
        free(source);
    }
    return NULL;
}

void source_list_deinit(struct source_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        (void)source_free(list->v[i]);
    }
    free(list->v);
    free(list->by_name);
    *list = (struct source_list){ 0 };
}

static int reserve(struct source_list *list, size_t more)
{
    if (list->n + more <= list->cap) {
        return 0;
    }
    size_t cap = list->n + more;
    struct poll_source **v = reallocarray(list->v, cap, sizeof(*v));
    if (!v) {
        return -ENOMEM;
    }
    list->v = v;
    struct poll_source **by_name = reallocarray(list->by_name, cap, sizeof(*by_name));
    if (!by_name) {
        return -ENOMEM;
    }
    list->by_name = by_name;
    list->cap = cap;
    return 0;
}

static int by_name(const void *a, const void *b)
{
    const struct poll_source *const *left = a;
    const struct poll_source *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

// The place of the first source, of the sorted ones, whose name is not before this one.
static size_t lower_bound(const struct source_list *list, size_t n, const char *name)
{
    size_t from = 0;
    size_t to = n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (strcmp(list->by_name[middle]->name, name) < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

static struct poll_source *find(const struct source_list *list, size_t n, const char *name)
{
    size_t at = lower_bound(list, n, name);
    return at < n && str_eq(list->by_name[at]->name, name) ? list->by_name[at] : NULL;
}

struct poll_source *source_list_find(const struct source_list *list, const char *name)
{
    return find(list, list->n, name);
}

// Names of sources are made of characters before '{', so that no other source stands between its
// instances.
static bool is_of(const struct poll_source *source, const char *name, size_t len)
{
    return source->instance->source_len == len && strncmp(source->name, name, len) == 0;
}

size_t source_list_range(const struct source_list *list, const char *source, size_t *ret_from)
{
    size_t len = strlen(source);
    size_t from = lower_bound(list, list->n, source);
    if (from < list->n && str_eq(list->by_name[from]->name, source) &&
        list->by_name[from]->settings) {
        *ret_from = from;
        return from + 1;
    }
    AUTO_FREE char *open = str_printf("%s{", source);
    from = open ? lower_bound(list, list->n, open) : list->n;
    *ret_from = from;
    while (from < list->n && is_of(list->by_name[from], source, len)) {
        from++;
    }
    return from;
}

// ---- coming in ----

// Appended unsorted; the room was reserved.
static int add(struct source_list *list, struct instance *take)
{
    struct poll_source *source = calloc(1, sizeof(*source));
    if (!source) {
        (void)instance_unref(take);
        return -ENOMEM;
    }
    source->instance = take;
    source->name = take->name;
    source->hash = hash64_of_str(source->name);
    source->id = (uint32_t)list->n;
    list->by_name[list->n] = source;
    list->v[list->n++] = source;
    return 0;
}

// New ones are appended while the sorted part, [0, known), is searched.
static int add_missing(struct source_list *list, size_t known, const char *name)
{
    struct instance *instance = NULL;
    if (find(list, known, name)) {
        return 0;
    }
    return instance_of_name(&instance, name) == 0 ? add(list, instance) : -ENOMEM;
}

static int add_missing_instances(struct source_list *list, size_t known,
                                 const struct instance_list *instances)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < instances->n; i++) {
        if (!find(list, known, instances->v[i]->name)) {
            r = add(list, instance_ref(instances->v[i]));
        }
    }
    return r;
}

static void sort(struct source_list *list)
{
    if (list->n > 0) {
        qsort(list->by_name, list->n, sizeof(struct poll_source *), by_name);
    }
}

int source_list_load(struct source_list *list, struct source_notes *take_states)
{
    size_t known = list->n;
    int r = reserve(list, take_states->n);
    for (size_t i = 0; r == 0 && i < take_states->n; i++) {
        r = add_missing(list, known, take_states->v[i].source);
    }
    sort(list);
    for (size_t i = 0; r == 0 && i < take_states->n; i++) {
        struct source_note *note = &take_states->v[i];
        struct poll_source *source = source_list_find(list, note->source);
        source_state_deinit(&source->state);
        source->state = note->state;
        note->state = (struct source_state){ 0 };
    }
    source_notes_deinit(take_states);
    return r;
}

// ---- the configuration ----

static void set(struct source_list *list, struct poll_source *source,
                const struct source_settings *settings)
{
    const struct source_settings *before = source->settings;
    if (!settings || !before || !hash128_eq(before->request_hash, settings->request_hash)) {
        source->lane = gate_lane_unref(source->lane);
    }
    list->active += settings ? 1 : 0;
    list->active -= before ? 1 : 0;
    source->settings = settings;
}

static void set_instance(struct poll_source *source, struct instance *instance)
{
    struct instance *before = source->instance;
    source->instance = instance_ref(instance);
    source->name = instance->name;
    (void)instance_unref(before);
}

static const struct source_settings *settings_of(const struct settings *settings,
                                                 const struct instance *instance)
{
    AUTO_FREE char *name = strndup(instance->name, instance->source_len);
    return name ? settings_find_source(settings, name) : NULL;
}

// What of the configuration the source is now; NULL: it left.
static const struct source_settings *find_place(struct poll_source *source,
                                                const struct settings *settings)
{
    const struct source_settings *found = settings_of(settings, source->instance);
    bool is_instance = source->name[source->instance->source_len] != '\0';
    if (!found || found->fans_out != is_instance) {
        return NULL;
    }
    if (found->for_each.source) {
        return source->settings ? found : NULL;
    }
    if (found->fans_out) {
        struct instance *instance = instance_list_find(&found->instances, source->name);
        if (!instance) {
            return NULL;
        }
        set_instance(source, instance);
    }
    return found;
}

static size_t count_new(const struct settings *settings)
{
    size_t n = 0;
    for (size_t i = 0; i < settings->source_count; i++) {
        n += settings->sources[i].fans_out ? settings->sources[i].instances.n : 1;
    }
    return n;
}

int source_list_apply(struct source_list *list, const struct settings *settings)
{
    size_t known = list->n;
    int r = reserve(list, count_new(settings));
    for (size_t i = 0; r == 0 && i < settings->source_count; i++) {
        const struct source_settings *source = &settings->sources[i];
        r = source->fans_out ? add_missing_instances(list, known, &source->instances)
                             : add_missing(list, known, source->name);
    }
    sort(list);
    for (size_t i = 0; r == 0 && i < list->n; i++) {
        set(list, list->v[i], find_place(list->v[i], settings));
    }
    return r;
}

int source_list_set_instances(struct source_list *list, const struct source_settings *source,
                              const struct instance_list *instances, size_t *ret_changes)
{
    size_t known = list->n;
    *ret_changes = 0;
    int r = reserve(list, instances->n);
    r = r ? r : add_missing_instances(list, known, instances);
    sort(list);
    size_t from = 0;
    size_t to = r ? 0 : source_list_range(list, source->name, &from);
    for (; from < to; from++) {
        struct poll_source *one = list->by_name[from];
        struct instance *instance = instance_list_find(instances, one->name);
        if (instance) {
            set_instance(one, instance);
        }
        *ret_changes += !instance != !one->settings;
        set(list, one, instance ? source : NULL);
    }
    return r;
}

// ---- going ----

static size_t drop_names(struct source_list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->n; i++) {
        if (!list->by_name[i]->is_forgotten) {
            list->by_name[kept++] = list->by_name[i];
        }
    }
    return kept;
}

void source_list_drop_forgotten(struct source_list *list,
                                void (*moved)(struct poll_source *source, uint32_t before,
                                              void *userdata),
                                void *userdata)
{
    size_t kept = drop_names(list);
    for (size_t i = 0; kept < list->n && i < list->n;) {
        struct poll_source *source = list->v[i];
        if (!source->is_forgotten) {
            i++;
            continue;
        }
        struct poll_source *last = list->v[--list->n];
        if (last != source) {
            list->v[i] = last;
            last->id = (uint32_t)i;
            moved(last, (uint32_t)list->n, userdata);
        }
        (void)source_free(source);
    }
}
