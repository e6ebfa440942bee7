#include "bridge/poll/source-list.h"

#include <errno.h>
#include <string.h>

#include "bridge/base/hash.h"
#include "bridge/model/instance.h"
#include "bridge/model/suppression.h"
#include "bridge/poll/host-gate.h"
#include "bridge/poll/poll-source.h"
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
        free(source->counters);
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

// Appended unsorted; the room was reserved.
static int add(struct source_list *list, const char *name)
{
    struct poll_source *source = calloc(1, sizeof(*source));
    if (!source || instance_of_name(&source->instance, name) != 0) {
        (void)source_free(source);
        return -ENOMEM;
    }
    source->name = source->instance->name;
    source->hash = hash64_of_str(name);
    source->id = (uint32_t)list->n;
    list->by_name[list->n] = source;
    list->v[list->n++] = source;
    return 0;
}

static void sort(struct source_list *list)
{
    if (list->n > 0) {
        qsort(list->by_name, list->n, sizeof(struct poll_source *), by_name);
    }
}

struct poll_source *source_list_find(const struct source_list *list, const char *name)
{
    size_t from = 0;
    size_t to = list->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = strcmp(name, list->by_name[middle]->name);
        if (order == 0) {
            return list->by_name[middle];
        }
        if (order < 0) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    return NULL;
}

// New names are appended while the sorted part, [0, known), is searched.
static int add_missing(struct source_list *list, size_t known, const char *name)
{
    const struct source_list sorted = { .by_name = list->by_name, .n = known };
    return source_list_find(&sorted, name) ? 0 : add(list, name);
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

static void set(struct poll_source *source, const struct source_settings *settings)
{
    const struct source_settings *before = source->settings;
    if (!settings || !before || !hash128_eq(before->request_hash, settings->request_hash)) {
        source->lane = gate_lane_unref(source->lane);
    }
    source->settings = settings;
}

int source_list_apply(struct source_list *list, const struct settings *settings)
{
    size_t known = list->n;
    int r = reserve(list, settings->source_count);
    for (size_t i = 0; r == 0 && i < settings->source_count; i++) {
        r = add_missing(list, known, settings->sources[i].name);
    }
    sort(list);
    if (r < 0) {
        return r;
    }
    for (size_t i = 0; i < list->n; i++) {
        set(list->v[i], settings_find_source(settings, list->v[i]->name));
    }
    list->active = settings->source_count;
    return 0;
}
