#include "bridge/engine/housekeeping.h"

#include <errno.h>
#include <event2/event.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bridge/base/clock.h"
#include "bridge/base/log.h"
#include "bridge/base/metrics.h"
#include "bridge/net/http.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/store.h"

// Often enough that a day's growth is small, seldom enough not to be seen in a profile.
#define PRUNE_EVERY_S 600
#define PRUNE_FIRST_S 30

struct housekeeping {
    struct housekeeping_parts parts;
    struct retention_settings retention;
    struct event *timer;
    int64_t started_at_ms;
};

static void on_pruned(int result, void *userdata)
{
    (void)userdata;
    if (result) {
        log_warn("old events could not be removed from the store; trying again later",
                 LOG_INT("errno", -result));
    }
}

static void arm(struct housekeeping *housekeeping, long seconds)
{
    const struct timeval delay = { .tv_sec = seconds };

    (void)event_add(housekeeping->timer, &delay);
}

static void on_timer(evutil_socket_t fd, short what, void *userdata)
{
    struct housekeeping *housekeeping = userdata;
    struct store *store = housekeeping->parts.store;
    int64_t before_ms = clock_wall_ms(housekeeping->parts.clock) - housekeeping->retention.age_ms;

    (void)fd;
    (void)what;
    // A full mailbox means the store is busy with what matters more; the next turn comes.
    (void)!store->ops->prune(store, before_ms, housekeeping->retention.size_bytes, on_pruned, NULL);
    // Loading a large configuration leaves the heap in pieces; give whole pages back.
    (void)malloc_trim(0);
    arm(housekeeping, PRUNE_EVERY_S);
}

static double resident_bytes(void)
{
    long pages_total = 0;
    long pages_resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");

    if (!file) {
        return 0;
    }
    if (fscanf(file, "%ld %ld", &pages_total, &pages_resident) != 2) {
        pages_resident = 0;
    }
    (void)fclose(file);
    return (double)pages_resident * (double)sysconf(_SC_PAGESIZE);
}

static void one(struct metrics_writer *writer, const char *name, enum metrics_kind kind,
                const char *help, double value)
{
    metrics_family(writer, name, kind, help);
    metrics_sample(writer, NULL, 0, value);
}

static void collect_process(struct metrics_writer *writer, const struct housekeeping *self)
{
    const struct metrics_label version = { "version", POLLBRIDGE_VERSION };
    struct rusage usage = { 0 };

    (void)getrusage(RUSAGE_SELF, &usage);
    metrics_family(writer, "pollbridge_build_info", METRICS_GAUGE, "The version that runs");
    metrics_sample(writer, &version, 1, 1);
    one(writer, "process_cpu_seconds_total", METRICS_COUNTER, "User and system CPU time spent",
        (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
            (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    one(writer, "process_resident_memory_bytes", METRICS_GAUGE, "Resident memory",
        resident_bytes());
    one(writer, "process_start_time_seconds", METRICS_GAUGE, "Start of the process since the epoch",
        (double)self->started_at_ms / 1e3);
}

static void collect_network(struct metrics_writer *writer, const struct housekeeping *self)
{
    struct http_client_stats stats = { 0 };

    http_client_get_stats(self->parts.http, &stats);
    one(writer, "pollbridge_blocked_address_total", METRICS_COUNTER,
        "Requests that were not made because the address is not allowed", (double)stats.blocked);
}

static void collect(struct metrics_writer *writer, void *userdata)
{
    const struct housekeeping *self = userdata;
    struct store_stats stats = { 0 };

    collect_process(writer, self);
    collect_network(writer, self);
    self->parts.store->ops->stats(self->parts.store, &stats);
    one(writer, "pollbridge_store_commits_total", METRICS_COUNTER, "Polls committed",
        (double)stats.commits);
    one(writer, "pollbridge_store_events_total", METRICS_COUNTER, "Events stored",
        (double)stats.events);
    metrics_family(writer, "pollbridge_store_commit_seconds", METRICS_HISTOGRAM,
                   "Time of transactions, until they are durable");
    metrics_histogram_samples(writer, NULL, 0, &stats.commit_seconds);
    metrics_family(writer, "pollbridge_store_batch_size", METRICS_HISTOGRAM,
                   "Changes that one transaction made durable together");
    metrics_size_samples(writer, NULL, 0, &stats.batch_sizes);
    one(writer, "pollbridge_store_bytes", METRICS_GAUGE, "Size of the database and its log",
        (double)stats.bytes);
}

int housekeeping_new(struct housekeeping **ret, const struct housekeeping_parts *parts)
{
    struct housekeeping *housekeeping = calloc(1, sizeof(*housekeeping));

    if (!housekeeping) {
        return -ENOMEM;
    }
    housekeeping->parts = *parts;
    housekeeping->retention = *parts->retention;
    housekeeping->started_at_ms = clock_wall_ms(parts->clock);
    housekeeping->timer = event_new(parts->base, -1, 0, on_timer, housekeeping);
    int r = housekeeping->timer ? metrics_add_collector(parts->metrics, collect, housekeeping)
                                : -ENOMEM;
    if (r) {
        housekeeping_free(housekeeping);
        return r;
    }
    arm(housekeeping, PRUNE_FIRST_S);
    *ret = housekeeping;
    return 0;
}

struct housekeeping *housekeeping_free(struct housekeeping *housekeeping)
{
    if (housekeeping) {
        metrics_remove_collector(housekeeping->parts.metrics, collect, housekeeping);
        if (housekeeping->timer) {
            event_free(housekeeping->timer);
        }
        free(housekeeping);
    }
    return NULL;
}

void housekeeping_set_retention(struct housekeeping *housekeeping,
                                const struct retention_settings *retention)
{
    housekeeping->retention = *retention;
}
