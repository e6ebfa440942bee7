#pragma once
// Prometheus text exposition (version 0.0.4). Counters live in the modules that count; each module
// registers a collector that writes its families when a scrape asks. Loop thread only.

#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct buf;
struct metrics;
struct metrics_writer; // valid during one collector call

struct metrics_label {
    const char *name;
    const char *value;
};

typedef void (*metrics_collect_fn)(struct metrics_writer *writer, void *userdata);

int metrics_new(struct metrics **ret) MUST_CHECK;
struct metrics *metrics_free(struct metrics *metrics);
DEFINE_CLEANUP(metrics)

int metrics_add_collector(struct metrics *metrics, metrics_collect_fn collect,
                          void *userdata) MUST_CHECK;
void metrics_remove_collector(struct metrics *metrics, metrics_collect_fn collect, void *userdata);

// Writes the whole page. 0 or -ENOMEM.
int metrics_render(struct metrics *metrics, struct buf *ret) MUST_CHECK;

enum metrics_kind { METRICS_COUNTER, METRICS_GAUGE, METRICS_HISTOGRAM };

// Begins a family: HELP and TYPE lines. The name carries the `pollbridge_` prefix already.
void metrics_family(struct metrics_writer *writer, const char *name, enum metrics_kind kind,
                    const char *help);
// One sample of the family begun last.
void metrics_sample(struct metrics_writer *writer, const struct metrics_label *labels, size_t n,
                    double value);

// A histogram of durations in seconds with fixed bounds: 1 ms … 60 s. Plain data, may be embedded.
#define METRICS_BUCKETS 14
struct metrics_histogram {
    uint64_t counts[METRICS_BUCKETS + 1];
    double sum;
};
void metrics_observe(struct metrics_histogram *histogram, double seconds);
// Which of its counts that is.
size_t metrics_bucket(double seconds);
void metrics_histogram_samples(struct metrics_writer *writer, const struct metrics_label *labels,
                               size_t n, const struct metrics_histogram *histogram);

// A histogram of numbers of things: 1 … 1000. Plain data.
#define METRICS_SIZE_BUCKETS 10
struct metrics_sizes {
    uint64_t counts[METRICS_SIZE_BUCKETS + 1];
    double sum;
};
size_t metrics_size_bucket(uint64_t size);
void metrics_size_samples(struct metrics_writer *writer, const struct metrics_label *labels,
                          size_t n, const struct metrics_sizes *sizes);
