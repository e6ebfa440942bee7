#pragma once
// What polls count. A source (or each instance of it, as `server.metrics` says) is counted by
// itself while there are not too many of them for a scrape; the sums are always there. Loop thread
// only.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/metrics.h"
#include "bridge/model/observer.h"
#include "bridge/model/suppression.h"
#include "bridge/poll/auth/auth-session.h"
#include "bridge/poll/poll.h"

struct event_list;
struct host_gate;
struct poll_source;
struct source_list;

#define POLL_RESULTS     (POLL_THROTTLED + 1)
#define POLL_COUNTED_MAX 1000 // beyond, the label `source` is left out

struct named_counters;
struct settings;

#define POLL_EVENT_TYPES 9
extern const char *const poll_event_types[POLL_EVENT_TYPES];

struct source_counters {
    uint64_t polls[POLL_RESULTS];
    uint64_t events[POLL_EVENT_TYPES];      // told; by place in poll_event_types
    uint64_t suppressed[SUPPRESSION_RULES]; // changes
    uint64_t missed;                        // turns that passed while a poll was under way
};

struct poll_metrics {
    struct source_counters sums;
    struct named_counters **v; // sorted by name; owned
    size_t n;
    size_t cap;
    int detail;                       // enum metrics_detail
    bool is_counted;                  // by name: there are not too many
    struct metrics_histogram seconds; // of polls
    struct auth_counters tokens;
    const struct source_list *sources;
    const struct host_gate *gate;
    const struct clock *clock;
};

void poll_metrics_deinit(struct poll_metrics *metrics);
// A configuration is in force, or other instances are: names that left are not counted any more.
void poll_metrics_apply(struct poll_metrics *metrics, const struct settings *settings);

void poll_metrics_count(struct poll_metrics *metrics, struct poll_source *source,
                        const struct poll_end *end);
void poll_metrics_count_missed(struct poll_metrics *metrics, struct poll_source *source,
                               uint64_t turns);
// For metrics_add_collector; userdata is the struct poll_metrics.
void poll_metrics_collect(struct metrics_writer *writer, void *userdata);
