// The format wants all samples of a family together under one HELP and TYPE, also when two
// collectors write to it: each family gathers its lines in a buffer of its own until the end.

#include "bridge/base/metrics.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/buf.h"

struct collector {
    metrics_collect_fn collect;
    void *userdata;
};

struct metrics {
    struct collector *v;
    size_t n;
};

struct family {
    char *name;
    struct buf text;
};

struct metrics_writer {
    struct family *families;
    size_t n;
    struct family *current; // the family begun last
    int error;              // the first failure; everything after it is ignored
};

int metrics_new(struct metrics **ret)
{
    struct metrics *metrics = calloc(1, sizeof(*metrics));
    if (!metrics) {
        return -ENOMEM;
    }
    *ret = metrics;
    return 0;
}

struct metrics *metrics_free(struct metrics *metrics)
{
    if (metrics) {
        free(metrics->v);
        free(metrics);
    }
    return NULL;
}

int metrics_add_collector(struct metrics *metrics, metrics_collect_fn collect, void *userdata)
{
    struct collector *v = reallocarray(metrics->v, metrics->n + 1, sizeof(*v));
    if (!v) {
        return -ENOMEM;
    }
    v[metrics->n] = (struct collector){ .collect = collect, .userdata = userdata };
    metrics->v = v;
    metrics->n++;
    return 0;
}

void metrics_remove_collector(struct metrics *metrics, metrics_collect_fn collect, void *userdata)
{
    for (size_t i = 0; i < metrics->n; i++) {
        if (metrics->v[i].collect == collect && metrics->v[i].userdata == userdata) {
            metrics->n--;
            memmove(&metrics->v[i], &metrics->v[i + 1], (metrics->n - i) * sizeof(*metrics->v));
            return;
        }
    }
}

static void writer_deinit(struct metrics_writer *writer)
{
    for (size_t i = 0; i < writer->n; i++) {
        free(writer->families[i].name);
        buf_deinit(&writer->families[i].text);
    }
    free(writer->families);
}

int metrics_render(struct metrics *metrics, struct buf *ret)
{
    CLEANUP(writer_deinit) struct metrics_writer writer = { 0 };
    for (size_t i = 0; i < metrics->n; i++) {
        writer.current = NULL;
        metrics->v[i].collect(&writer, metrics->v[i].userdata);
    }
    int error = writer.error;
    for (size_t i = 0; !error && i < writer.n; i++) {
        error = buf_append(ret, writer.families[i].text.data, writer.families[i].text.len);
    }
    return error;
}

static void put(struct metrics_writer *writer, const char *text, size_t len)
{
    if (!writer->error && writer->current) {
        writer->error = buf_append(&writer->current->text, text, len);
    }
}

static void put_str(struct metrics_writer *writer, const char *text)
{
    put(writer, text, strlen(text));
}

// Backslash and line feed are escaped everywhere, the quote only inside a label value.
static void put_escaped(struct metrics_writer *writer, const char *text, bool label)
{
    const char *special = label ? "\\\n\"" : "\\\n";
    while (*text) {
        size_t run = strcspn(text, special);
        put(writer, text, run);
        text += run;
        if (*text) {
            const char escape[] = { '\\', *text == '\n' ? 'n' : *text };
            put(writer, escape, sizeof(escape));
            text++;
        }
    }
}

static struct family *find_family(struct metrics_writer *writer, const char *name)
{
    for (size_t i = 0; i < writer->n; i++) {
        if (strcmp(writer->families[i].name, name) == 0) {
            return &writer->families[i];
        }
    }
    return NULL;
}

static struct family *add_family(struct metrics_writer *writer, const char *name)
{
    struct family *families = reallocarray(writer->families, writer->n + 1, sizeof(*families));
    if (!families) {
        return NULL;
    }
    writer->families = families;
    char *copy = strdup(name);
    if (!copy) {
        return NULL;
    }
    families[writer->n] = (struct family){ .name = copy };
    return &families[writer->n++];
}

void metrics_family(struct metrics_writer *writer, const char *name, enum metrics_kind kind,
                    const char *help)
{
    static const char *const kinds[] = { "counter", "gauge", "histogram" };
    writer->current = find_family(writer, name);
    if (writer->current || writer->error) {
        return;
    }
    writer->current = add_family(writer, name);
    if (!writer->current) {
        writer->error = -ENOMEM;
        return;
    }
    put_str(writer, "# HELP ");
    put_str(writer, name);
    put_str(writer, " ");
    put_escaped(writer, help, false);
    put_str(writer, "\n# TYPE ");
    put_str(writer, name);
    put_str(writer, " ");
    put_str(writer, kinds[kind]);
    put_str(writer, "\n");
}

static void put_number(struct metrics_writer *writer, double value)
{
    char text[40];
    if (isnan(value) || isinf(value)) {
        put_str(writer, isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
        return;
    }
    if (fabs(value) < 9007199254740992.0 && value == (double)(long long)value) {
        (void)snprintf(text, sizeof(text), "%lld", (long long)value);
    } else {
        (void)snprintf(text, sizeof(text), "%.15g", value);
        if (strtod(text, NULL) != value) {
            (void)snprintf(text, sizeof(text), "%.17g", value);
        }
    }
    put_str(writer, text);
}

// One sample line; `le`, when not NULL, becomes the last label.
struct line {
    const char *suffix;
    const struct metrics_label *labels;
    size_t n;
    const char *le;
    double value;
};

static void put_label(struct metrics_writer *writer, const char *name, const char *value,
                      bool first)
{
    put_str(writer, first ? "{" : ",");
    put_str(writer, name);
    put_str(writer, "=\"");
    put_escaped(writer, value, true);
    put_str(writer, "\"");
}

static void put_line(struct metrics_writer *writer, const struct line *line)
{
    if (!writer->current) {
        return;
    }
    put_str(writer, writer->current->name);
    put_str(writer, line->suffix);
    for (size_t i = 0; i < line->n; i++) {
        put_label(writer, line->labels[i].name, line->labels[i].value, i == 0);
    }
    if (line->le) {
        put_label(writer, "le", line->le, line->n == 0);
    }
    put_str(writer, line->n > 0 || line->le ? "} " : " ");
    put_number(writer, line->value);
    put_str(writer, "\n");
}

void metrics_sample(struct metrics_writer *writer, const struct metrics_label *labels, size_t n,
                    double value)
{
    const struct line line = { .suffix = "", .labels = labels, .n = n, .value = value };
    put_line(writer, &line);
}

static const double bounds[METRICS_BUCKETS] = { 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                0.5,   1,     2.5,  5,     10,   30,  60 };
static const char *const bound_names[METRICS_BUCKETS + 1] = {
    "0.001", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5",
    "1",     "2.5",   "5",    "10",    "30",   "60",  "+Inf",
};

static const uint64_t size_bounds[METRICS_SIZE_BUCKETS] = {
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1000
};
static const char *const size_names[METRICS_SIZE_BUCKETS + 1] = {
    "1", "2", "5", "10", "20", "50", "100", "200", "500", "1000", "+Inf",
};

size_t metrics_bucket(double seconds)
{
    size_t i = 0;
    while (i < METRICS_BUCKETS && seconds > bounds[i]) {
        i++;
    }
    return i;
}

size_t metrics_size_bucket(uint64_t size)
{
    size_t i = 0;
    while (i < METRICS_SIZE_BUCKETS && size > size_bounds[i]) {
        i++;
    }
    return i;
}

void metrics_observe(struct metrics_histogram *histogram, double seconds)
{
    if (!(seconds > 0)) { // also NaN: a clock that stepped back must not poison the sum
        seconds = 0;
    }
    histogram->counts[metrics_bucket(seconds)]++;
    histogram->sum += seconds;
}

struct buckets {
    const char *const *names;
    const uint64_t *counts;
    size_t n;
    double sum;
};

static void put_buckets(struct metrics_writer *writer, const struct metrics_label *labels, size_t n,
                        const struct buckets *buckets)
{
    struct line line = { .suffix = "_bucket", .labels = labels, .n = n };
    uint64_t count = 0;
    for (size_t i = 0; i < buckets->n; i++) {
        count += buckets->counts[i];
        line.le = buckets->names[i];
        line.value = (double)count;
        put_line(writer, &line);
    }
    line.le = NULL;
    line.suffix = "_sum";
    line.value = buckets->sum;
    put_line(writer, &line);
    line.suffix = "_count";
    line.value = (double)count;
    put_line(writer, &line);
}

void metrics_histogram_samples(struct metrics_writer *writer, const struct metrics_label *labels,
                               size_t n, const struct metrics_histogram *histogram)
{
    put_buckets(
        writer, labels, n,
        &(struct buckets){ bound_names, histogram->counts, METRICS_BUCKETS + 1, histogram->sum });
}

void metrics_size_samples(struct metrics_writer *writer, const struct metrics_label *labels,
                          size_t n, const struct metrics_sizes *sizes)
{
    put_buckets(
        writer, labels, n,
        &(struct buckets){ size_names, sizes->counts, METRICS_SIZE_BUCKETS + 1, sizes->sum });
}
