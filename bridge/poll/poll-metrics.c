#include "bridge/poll/poll-metrics.h"

#include "bridge/base/clock.h"
#include "bridge/base/str.h"
#include "bridge/model/event.h"
#include "bridge/poll/host-gate.h"
#include "bridge/poll/poll-source.h"
#include "bridge/poll/poll.h"
#include "bridge/poll/source-list.h"

// NULL: this source is not counted by itself.
static struct source_counters *counters_of(const struct poll_metrics *metrics,
                                           struct poll_source *source)
{
    if (!source->counters && metrics->sources->active <= POLL_COUNTED_SOURCES_MAX) {
        source->counters = calloc(1, sizeof(*source->counters));
    }
    return source->counters;
}

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
    struct source_counters *own = counters_of(metrics, source);
    metrics->sums.missed += turns;
    if (own) {
        own->missed += turns;
    }
}

// ---- scraping ----

static bool by_source(const struct poll_metrics *metrics)
{
    return metrics->sources->active <= POLL_COUNTED_SOURCES_MAX;
}

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
    const struct source_list *sources = metrics->sources;
    if (!by_source(metrics)) {
        write(writer, NULL, &metrics->sums);
        return;
    }
    for (size_t i = 0; i < sources->n; i++) {
        if (sources->v[i]->settings && sources->v[i]->counters) {
            write(writer, sources->v[i]->name, sources->v[i]->counters);
        }
    }
}

static void write_last_success(const struct poll_metrics *metrics, struct metrics_writer *writer)
{
    const struct source_list *sources = metrics->sources;
    metrics_family(writer, "pollbridge_source_last_success_timestamp_seconds", METRICS_GAUGE,
                   "When a source last had a good answer.");
    for (size_t i = 0; by_source(metrics) && i < sources->n; i++) {
        const struct metrics_label label = { "source", sources->v[i]->name };
        if (sources->v[i]->settings) {
            metrics_sample(writer, &label, 1,
                           (double)sources->v[i]->state.last_success_at_ms / 1000);
        }
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
    for (size_t i = 0; i < sources->n; i++) {
        const struct metrics_label label = { "source", sources->v[i]->name };
        double remaining;
        if (!quota_of(sources->v[i], &remaining)) {
            continue;
        }
        least = !found || remaining < least ? remaining : least;
        found = true;
        if (by_source(metrics)) {
            metrics_sample(writer, &label, 1, remaining);
        }
    }
    if (found && !by_source(metrics)) {
        metrics_sample(writer, NULL, 0, least);
    }
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
    write_paused(metrics, writer);
    write_gate(metrics, writer);
}
