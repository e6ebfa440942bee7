#include "bridge/poll/poll-metrics.h"

#include <string.h>

#include "bridge/base/clock.h"
#include "bridge/base/str.h"
#include "bridge/model/event.h"
#include "bridge/model/instance.h"
#include "bridge/poll/politeness/host-gate.h"
#include "bridge/poll/poll-source.h"
#include "bridge/poll/poll-watchdog.h"
#include "bridge/poll/poll.h"
#include "bridge/poll/source-list.h"
#include "bridge/spi/settings.h"

struct named_counters {
    struct source_counters counters;
    char name[];
};

// ---- who is counted by name ----

// How long the beginning of its name is that it is counted under.
static size_t label_len(const struct poll_metrics *metrics, const struct poll_source *source)
{
    return metrics->detail == METRICS_BY_INSTANCE ? strlen(source->name)
                                                  : source->instance->source_len;
}

// The place of the first entry whose name is not before this one.
static size_t place_of(const struct poll_metrics *metrics, const char *name, size_t len)
{
    size_t from = 0;
    size_t to = metrics->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (strncmp(metrics->v[middle]->name, name, len) < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

static bool is_named(const struct named_counters *entry, const char *name, size_t len)
{
    return strncmp(entry->name, name, len) == 0 && entry->name[len] == '\0';
}

static struct named_counters *insert(struct poll_metrics *metrics, size_t at, const char *name,
                                     size_t len)
{
    if (metrics->n == metrics->cap) {
        size_t cap = metrics->cap ? metrics->cap * 2 : 16;
        struct named_counters **v = reallocarray(metrics->v, cap, sizeof(*v));
        if (!v) {
            return NULL;
        }
        metrics->v = v;
        metrics->cap = cap;
    }
    struct named_counters *entry = calloc(1, sizeof(*entry) + len + 1);
    if (entry) {
        (void)memcpy(entry->name, name, len);
        (void)memmove(metrics->v + at + 1, metrics->v + at,
                      (metrics->n++ - at) * sizeof(*metrics->v));
        metrics->v[at] = entry;
    }
    return entry;
}

static struct source_counters *find_counters(struct poll_metrics *metrics,
                                             const struct poll_source *source)
{
    size_t len = label_len(metrics, source);
    size_t at = place_of(metrics, source->name, len);
    struct named_counters *entry = at < metrics->n && is_named(metrics->v[at], source->name, len)
                                       ? metrics->v[at]
                                       : insert(metrics, at, source->name, len);
    return entry ? &entry->counters : NULL;
}

// NULL: this source is not counted by name. It keeps what was found until poll_metrics_apply.
static struct source_counters *counters_of(struct poll_metrics *metrics, struct poll_source *source)
{
    if (!metrics->is_counted || !source->settings) {
        return NULL;
    }
    if (!source->counters) {
        source->counters = find_counters(metrics, source);
    }
    return source->counters;
}

// Sources with a name of their own: those of the configuration, or their instances.
static size_t count_names(const struct poll_metrics *metrics, const struct settings *settings)
{
    return metrics->detail == METRICS_BY_INSTANCE ? metrics->sources->active
                                                  : settings->source_count;
}

static bool is_in_force(const struct poll_metrics *metrics, const struct settings *settings,
                        const char *name)
{
    const struct poll_source *source = source_list_find(metrics->sources, name);
    return metrics->detail == METRICS_BY_INSTANCE ? source && source->settings
                                                  : settings_find_source(settings, name) != NULL;
}

static void forget_found(const struct source_list *sources)
{
    for (size_t i = 0; i < sources->n; i++) {
        sources->v[i]->counters = NULL;
    }
}

void poll_metrics_apply(struct poll_metrics *metrics, const struct settings *settings)
{
    size_t kept = 0;
    forget_found(metrics->sources);
    bool other = metrics->detail != settings->server.metrics;
    metrics->detail = settings->server.metrics;
    metrics->is_counted =
        metrics->detail != METRICS_OFF && count_names(metrics, settings) <= POLL_COUNTED_MAX;
    for (size_t i = 0; i < metrics->n; i++) {
        struct named_counters *entry = metrics->v[i];
        if (!other && metrics->is_counted && is_in_force(metrics, settings, entry->name)) {
            metrics->v[kept++] = entry;
        } else {
            free(entry);
        }
    }
    metrics->n = kept;
}

void poll_metrics_deinit(struct poll_metrics *metrics)
{
    for (size_t i = 0; i < metrics->n; i++) {
        free(metrics->v[i]);
    }
    free(STEAL(metrics->v));
    metrics->n = 0;
    metrics->cap = 0;
}

// ---- counting ----

const char *const poll_event_types[POLL_EVENT_TYPES] = {
    EVENT_DOCUMENT_CHANGED, EVENT_ITEM_CREATED,   EVENT_ITEM_UPDATED,
    EVENT_ITEM_DELETED,     EVENT_SOURCE_FAILING, EVENT_SOURCE_RECOVERED,
    EVENT_SOURCE_HELD,      EVENT_SOURCE_STALE,   EVENT_BATCH,
};

static void count_event(struct source_counters *counters, const char *type)
{
    for (size_t i = 0; i < POLL_EVENT_TYPES; i++) {
        if (str_eq(type, poll_event_types[i])) {
            counters->events[i]++;
            return;
        }
    }
}

static void count(struct source_counters *counters, const struct poll_end *end)
{
    counters->polls[end->result]++;
    for (size_t i = 0; end->suppressed && i < SUPPRESSION_RULES; i++) {
        counters->suppressed[i] += end->suppressed->counts[i];
    }
    for (size_t i = 0; end->events && i < end->events->n; i++) {
        count_event(counters, end->events->v[i].type);
    }
}

void poll_metrics_count(struct poll_metrics *metrics, struct poll_source *source,
                        const struct poll_end *end)
{
    struct source_counters *own = counters_of(metrics, source);
    count(&metrics->sums, end);
    metrics_observe(&metrics->seconds, (double)end->duration_ms / 1000);
    if (own) {
        count(own, end);
    }
}

void poll_metrics_count_missed(struct poll_metrics *metrics, struct poll_source *source,
                               uint64_t turns)
{
    if (turns == 0) {
        return;
    }
    struct source_counters *own = counters_of(metrics, source);
    metrics->sums.missed += turns;
    if (own) {
        own->missed += turns;
    }
}

// ---- scraping ----

static void write_polls(struct metrics_writer *writer, const char *source,
                        const struct source_counters *counters)
{
    for (size_t i = 0; i < POLL_RESULTS; i++) {
        const struct metrics_label labels[] = {
            { "result", poll_result_name((enum poll_result)i) },
            { "source", source },
        };
        metrics_sample(writer, labels, source ? 2 : 1, (double)counters->polls[i]);
    }
}

static void write_events(struct metrics_writer *writer, const char *source,
                         const struct source_counters *counters)
{
    for (size_t i = 0; i < POLL_EVENT_TYPES; i++) {
        const struct metrics_label labels[] = {
            { "type", poll_event_types[i] },
            { "source", source },
        };
        if (counters->events[i] > 0) {
            metrics_sample(writer, labels, source ? 2 : 1, (double)counters->events[i]);
        }
    }
}

static void write_suppressed(struct metrics_writer *writer, const char *source,
                             const struct source_counters *counters)
{
    for (size_t i = 0; i < SUPPRESSION_RULES; i++) {
        const struct metrics_label labels[] = {
            { "reason", suppression_rule_name((enum suppression_rule)i) },
            { "source", source },
        };
        metrics_sample(writer, labels, source ? 2 : 1, (double)counters->suppressed[i]);
    }
}

static void write_missed(struct metrics_writer *writer, const char *source,
                         const struct source_counters *counters)
{
    const struct metrics_label label = { "source", source };
    metrics_sample(writer, &label, source ? 1 : 0, (double)counters->missed);
}

typedef void (*write_fn)(struct metrics_writer *writer, const char *source,
                         const struct source_counters *counters);

static void write_family(const struct poll_metrics *metrics, struct metrics_writer *writer,
                         write_fn write)
{
    if (!metrics->is_counted) {
        write(writer, NULL, &metrics->sums);
    }
    for (size_t i = 0; i < metrics->n; i++) {
        write(writer, metrics->v[i]->name, &metrics->v[i]->counters);
    }
}

// What is shown of a source; false: nothing.
typedef bool (*value_fn)(const struct poll_source *source, double *ret);

struct least { // of the instances that are counted together
    const char *name;
    size_t len;
    double value;
};

static void write_least(struct metrics_writer *writer, const struct least *least)
{
    AUTO_FREE char *source = least->name ? strndup(least->name, least->len) : NULL;
    const struct metrics_label label = { "source", source };
    if (source) {
        metrics_sample(writer, &label, 1, least->value);
    }
}

// Sources stand sorted, so those of one name beside each other.
static void write_each_least(const struct poll_metrics *metrics, struct metrics_writer *writer,
                             value_fn value_of)
{
    const struct source_list *sources = metrics->sources;
    struct least least = { 0 };
    for (size_t i = 0; i < sources->n; i++) {
        const struct poll_source *source = sources->by_name[i];
        size_t len = label_len(metrics, source);
        double value;
        if (!source->settings || !value_of(source, &value)) {
            continue;
        }
        if (least.name && len == least.len && strncmp(least.name, source->name, len) == 0) {
            least.value = value < least.value ? value : least.value;
            continue;
        }
        write_least(writer, &least);
        least = (struct least){ source->name, len, value };
    }
    write_least(writer, &least);
}

static bool last_success_of(const struct poll_source *source, double *ret)
{
    *ret = (double)source->state.last_success_at_ms / 1000;
    return true;
}

static void write_last_success(const struct poll_metrics *metrics, struct metrics_writer *writer)
{
    metrics_family(writer, "pollbridge_source_last_success_timestamp_seconds", METRICS_GAUGE,
                   "When a source last had a good answer; of its instances, the longest ago.");
    if (metrics->is_counted) {
        write_each_least(metrics, writer, last_success_of);
    }
}

static bool quota_of(const struct poll_source *source, double *ret)
{
    const struct gate_quota quota =
        source->lane && source->settings ? gate_quota_of(source->lane) : (struct gate_quota){ 0 };
    *ret = (double)quota.remaining;
    return quota.is_known;
}

static void write_quota(const struct poll_metrics *metrics, struct metrics_writer *writer)
{
    const struct source_list *sources = metrics->sources;
    bool found = false;
    double least = 0;
    metrics_family(writer, "pollbridge_source_quota_remaining", METRICS_GAUGE,
                   "Requests that the API allows before its quota's reset, as it said last.");
    if (metrics->is_counted) {
        write_each_least(metrics, writer, quota_of);
        return;
    }
    for (size_t i = 0; i < sources->n; i++) {
        double remaining;
        if (quota_of(sources->v[i], &remaining)) {
            least = !found || remaining < least ? remaining : least;
            found = true;
        }
    }
    if (found) {
        metrics_sample(writer, NULL, 0, least);
    }
}

static void write_overdue_count(const struct poll_metrics *metrics, struct metrics_writer *writer)
{
    int64_t now_ms = clock_mono_ms(metrics->clock);
    size_t overdue = 0;
    for (size_t i = 0; i < metrics->sources->n; i++) {
        overdue += poll_overdue_ms(metrics->sources->v[i], now_ms) > 0;
    }
    metrics_family(writer, "pollbridge_sources_overdue", METRICS_GAUGE,
                   "Sources whose poll is late by more than their interval and a minute.");
    metrics_sample(writer, NULL, 0, (double)overdue);
}

static void write_overdue(const struct poll_metrics *metrics, struct metrics_writer *writer)
{
    const struct source_list *sources = metrics->sources;
    int64_t now_ms = clock_mono_ms(metrics->clock);
    int64_t longest_ms = 0;
    for (size_t i = 0; i < sources->n; i++) {
        if (sources->v[i]->settings && sources->v[i]->due_ms > 0) {
            int64_t late_ms = now_ms - sources->v[i]->due_ms;
            longest_ms = late_ms > longest_ms ? late_ms : longest_ms;
        }
    }
    metrics_family(writer, "pollbridge_source_overdue_seconds", METRICS_GAUGE,
                   "How long the most overdue source waits for its poll or for its poll's end.");
    metrics_sample(writer, NULL, 0, (double)longest_ms / 1000);
}

static void write_paused(const struct poll_metrics *metrics, struct metrics_writer *writer)
{
    const struct source_list *sources = metrics->sources;
    size_t paused = 0;
    for (size_t i = 0; i < sources->n; i++) {
        paused += sources->v[i]->settings && sources->v[i]->state.paused_at_ms != 0;
    }
    metrics_family(writer, "pollbridge_sources_paused", METRICS_GAUGE,
                   "Sources that a person paused.");
    metrics_sample(writer, NULL, 0, (double)paused);
}

static void write_gate(const struct poll_metrics *metrics, struct metrics_writer *writer)
{
    struct host_gate_stats stats;
    host_gate_get_stats(metrics->gate, &stats);
    metrics_family(writer, "pollbridge_polls_in_flight", METRICS_GAUGE, "Polls under way.");
    metrics_sample(writer, NULL, 0, (double)stats.in_flight);
    metrics_family(writer, "pollbridge_polls_waiting", METRICS_GAUGE,
                   "Polls that wait for their host's limits.");
    metrics_sample(writer, NULL, 0, (double)stats.waiting);
    metrics_family(writer, "pollbridge_hosts_resting", METRICS_GAUGE,
                   "Hosts and credentials that rest because the API asked for it.");
    metrics_sample(writer, NULL, 0, (double)stats.resting);
}

static void write_tokens(const struct poll_metrics *metrics, struct metrics_writer *writer)
{
    const struct {
        const char *result;
        uint64_t n;
    } rows[] = {
        { "granted", metrics->tokens.granted },
        { "failed", metrics->tokens.failed },
        { "throttled", metrics->tokens.throttled },
    };
    metrics_family(writer, "pollbridge_tokens_total", METRICS_COUNTER,
                   "Tokens that auths asked for, by what came of it.");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct metrics_label label = { "result", rows[i].result };
        metrics_sample(writer, &label, 1, (double)rows[i].n);
    }
}

void poll_metrics_collect(struct metrics_writer *writer, void *userdata)
{
    const struct poll_metrics *metrics = userdata;
    metrics_family(writer, "pollbridge_polls_total", METRICS_COUNTER,
                   "Polls by what came of them.");
    write_family(metrics, writer, write_polls);
    metrics_family(writer, "pollbridge_events_total", METRICS_COUNTER, "Events told.");
    write_family(metrics, writer, write_events);
    metrics_family(writer, "pollbridge_suppressed_total", METRICS_COUNTER,
                   "Polls whose answer differs from the one before in a way that is not told.");
    write_family(metrics, writer, write_suppressed);
    metrics_family(writer, "pollbridge_polls_missed_total", METRICS_COUNTER,
                   "Turns that passed while the poll before was still under way.");
    write_family(metrics, writer, write_missed);
    metrics_family(writer, "pollbridge_poll_duration_seconds", METRICS_HISTOGRAM,
                   "Time from the start of a poll to its durable end.");
    metrics_histogram_samples(writer, NULL, 0, &metrics->seconds);
    write_tokens(metrics, writer);
    write_last_success(metrics, writer);
    write_quota(metrics, writer);
    write_overdue(metrics, writer);
    write_overdue_count(metrics, writer);
    write_paused(metrics, writer);
    write_gate(metrics, writer);
}
