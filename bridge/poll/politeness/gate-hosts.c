// Which hosts and lanes there are, and the limits of each.

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/clock.h"
#include "bridge/base/hash.h"
#include "bridge/base/str.h"
#include "bridge/poll/politeness/gate-state.h"
#include "bridge/spi/settings.h"

int host_gate_new(struct host_gate **ret, const struct host_gate_parts *parts)
{
    struct host_gate *gate = calloc(1, sizeof(*gate));
    if (!gate) {
        return -ENOMEM;
    }
    gate->parts = *parts;
    TAILQ_INIT(&gate->hungry);
    TAILQ_INIT(&gate->sleeping);
    *ret = gate;
    return 0;
}

static void lane_free(struct gate_lane *lane)
{
    LIST_REMOVE(lane, sibling);
    budget_deinit(&lane->budget);
    free(lane->credential);
    free(lane);
}

static void host_free(struct host *host)
{
    while (!LIST_EMPTY(&host->lanes)) {
        lane_free(LIST_FIRST(&host->lanes));
    }
    free(host->name);
    free(host);
}

struct host_gate *host_gate_free(struct host_gate *gate)
{
    if (!gate) {
        return NULL;
    }
    for (size_t i = 0; i < HOST_BUCKETS; i++) {
        while (gate->buckets[i]) {
            struct host *host = gate->buckets[i];
            gate->buckets[i] = host->next;
            host_free(host);
        }
    }
    (void)settings_unref(gate->settings);
    free(gate);
    return NULL;
}

static const struct limit_settings *limit_of(const struct host *host,
                                             const struct settings *settings)
{
    static const struct limit_settings none = { .concurrency = GATE_CONCURRENCY };
    for (size_t i = 0; settings && i < settings->limit_count; i++) {
        if (strcasecmp(settings->limits[i].host, host->name) == 0) {
            return &settings->limits[i];
        }
    }
    return &none;
}

static int set_limits(struct host *host, const struct settings *settings)
{
    const struct limit_settings *limit = limit_of(host, settings);
    struct gate_lane *lane;
    int r = 0;
    host->concurrency = (size_t)limit->concurrency;
    LIST_FOREACH (lane, &host->lanes, sibling) {
        int failed = budget_set(&lane->budget, limit->requests, limit->per_ms);
        r = r ? r : failed;
        gate_look_again(lane);
    }
    return r;
}

// Lanes that nothing names any more and that have nothing to remember.
static void forget_lanes(struct host *host, int64_t at_ms)
{
    struct gate_lane *lane = LIST_FIRST(&host->lanes);
    while (lane) {
        struct gate_lane *next = LIST_NEXT(lane, sibling);
        if (lane->refs == 0 && lane->rest_until_ms <= at_ms && !gate_quota_of(lane).is_known &&
            budget_is_unspent(&lane->budget, at_ms)) {
            gate_move(lane, LANE_NOWHERE);
            lane_free(lane);
        }
        lane = next;
    }
}

int host_gate_apply(struct host_gate *gate, struct settings *settings)
{
    int64_t at_ms = clock_mono_ms(gate->parts.clock);
    int r = 0;
    for (size_t i = 0; i < HOST_BUCKETS; i++) {
        for (struct host **place = &gate->buckets[i]; *place;) {
            struct host *host = *place;
            forget_lanes(host, at_ms);
            // Without lanes nobody is inside or waits either.
            if (LIST_EMPTY(&host->lanes)) {
                *place = host->next;
                host_free(host);
                continue;
            }
            int failed = set_limits(host, settings);
            r = r ? r : failed;
            place = &host->next;
        }
    }
    (void)settings_unref(gate->settings);
    gate->settings = settings_ref(settings);
    return r;
}

// "https://api.example.com:443" -> "api.example.com", other ports stay.
static char *host_name_of(const char *origin)
{
    const char *mark = strstr(origin, "://");
    const char *name = mark ? mark + 3 : origin;
    size_t len = strlen(name);
    const char *usual = str_starts(origin, "https:") ? ":443" : ":80";
    if (str_ends(name, usual)) {
        len -= strlen(usual);
    }
    return strndup(name, len);
}

static int host_find(struct host_gate *gate, const char *origin, struct host **ret)
{
    AUTO_FREE char *name = host_name_of(origin);
    if (!name) {
        return -ENOMEM;
    }
    struct host **bucket = &gate->buckets[hash64_of_str(name) % HOST_BUCKETS];
    for (struct host *host = *bucket; host; host = host->next) {
        if (strcmp(host->name, name) == 0) {
            *ret = host;
            return 0;
        }
    }
    struct host *host = calloc(1, sizeof(*host));
    if (!host) {
        return -ENOMEM;
    }
    host->gate = gate;
    host->name = STEAL(name);
    host->concurrency = (size_t)limit_of(host, gate->settings)->concurrency;
    TAILQ_INIT(&host->blocked);
    LIST_INIT(&host->lanes);
    host->next = *bucket;
    *bucket = host;
    *ret = host;
    return 0;
}

static int lane_new(struct gate_lane **ret, struct host *host, const char *credential)
{
    const struct limit_settings *limit = limit_of(host, host->gate->settings);
    struct gate_lane *lane = calloc(1, sizeof(*lane));
    if (!lane) {
        return -ENOMEM;
    }
    LIST_INSERT_HEAD(&host->lanes, lane, sibling);
    TAILQ_INIT(&lane->waiters);
    lane->host = host;
    lane->refs = 1;
    lane->credential = strdup(credential);
    if (!lane->credential || budget_set(&lane->budget, limit->requests, limit->per_ms) != 0) {
        lane_free(lane);
        return -ENOMEM;
    }
    *ret = lane;
    return 0;
}

int host_gate_lane(struct host_gate *gate, const char *origin, const char *credential,
                   struct gate_lane **ret)
{
    struct host *host;
    struct gate_lane *lane;
    int r = host_find(gate, origin, &host);
    if (r < 0) {
        return r;
    }
    credential = credential ? credential : "";
    LIST_FOREACH (lane, &host->lanes, sibling) {
        if (strcmp(lane->credential, credential) == 0) {
            *ret = gate_lane_ref(lane);
            return 0;
        }
    }
    return lane_new(ret, host, credential);
}

struct gate_lane *gate_lane_ref(struct gate_lane *lane)
{
    lane->refs++;
    return lane;
}

// The lane stays, with its rest, until the next host_gate_apply.
struct gate_lane *gate_lane_unref(struct gate_lane *lane)
{
    if (lane) {
        lane->refs--;
    }
    return NULL;
}

void host_gate_get_stats(const struct host_gate *gate, struct host_gate_stats *ret)
{
    *ret = gate->stats;
    for (size_t i = 0; i < HOST_BUCKETS; i++) {
        for (const struct host *host = gate->buckets[i]; host; host = host->next) {
            const struct gate_lane *lane;
            LIST_FOREACH (lane, &host->lanes, sibling) {
                ret->resting += gate_rest_left(lane).wait_ms > 0 ? 1 : 0;
            }
        }
    }
}
