// A host with waiters is on one of three places: `hungry` (may be served), `sleeping` (its budget
// is spent until sleep_until_ms), or none (its own concurrency is used up; a leave brings it back).

#include "bridge/poll/host-gate.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/clock.h"
#include "bridge/base/str.h"
#include "bridge/model/http.h"
#include "bridge/poll/backoff.h"
#include "bridge/poll/budget.h"
#include "bridge/spi/settings.h"

TAILQ_HEAD(waiter_list, gate_waiter);
TAILQ_HEAD(host_list, host);
LIST_HEAD(lane_list, gate_lane);

enum host_place { HOST_NOWHERE, HOST_HUNGRY, HOST_SLEEPING };

struct host {
    struct host_gate *gate;
    char *name; // as in `limits`
    size_t concurrency;
    size_t in_flight;
    struct budget budget;
    struct waiter_list waiters;
    struct lane_list lanes;
    enum host_place place;
    int64_t sleep_until_ms;
    TAILQ_ENTRY(host) link; // of hungry or sleeping
    struct host *next;      // in its bucket
};

struct gate_lane {
    struct host *host;
    char *credential; // "" without one
    size_t refs;
    unsigned strikes; // rests in a row
    int64_t rest_until_ms;
    LIST_ENTRY(gate_lane) link;
};

#define HOST_BUCKETS 1024

struct host_gate {
    struct host_gate_parts parts;
    struct host *buckets[HOST_BUCKETS];
    struct host_list hungry;
    struct host_list sleeping;
    struct host_gate_stats stats; // without `resting`
    struct settings *settings;    // whose limits are in force; a reference
};

static int64_t now_ms(const struct host_gate *gate)
{
    return clock_mono_ms(gate->parts.clock);
}

static void wake_after(struct host_gate *gate, int64_t wait_ms)
{
    gate->parts.wake_after(wait_ms, gate->parts.userdata);
}

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
    LIST_REMOVE(lane, link);
    free(lane->credential);
    free(lane);
}

static void host_free(struct host *host)
{
    while (!LIST_EMPTY(&host->lanes)) {
        lane_free(LIST_FIRST(&host->lanes));
    }
    budget_deinit(&host->budget);
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

static int set_limits(struct host *host, const struct settings *settings)
{
    host->concurrency = GATE_CONCURRENCY;
    for (size_t i = 0; settings && i < settings->limit_count; i++) {
        const struct limit_settings *limit = &settings->limits[i];
        if (strcasecmp(limit->host, host->name) == 0) {
            host->concurrency = (size_t)limit->concurrency;
            return budget_set(&host->budget, limit->requests, limit->per_ms);
        }
    }
    return budget_set(&host->budget, 0, 0);
}

static void move(struct host *host, enum host_place place)
{
    struct host_gate *gate = host->gate;
    if (host->place == place) {
        return;
    }
    if (host->place != HOST_NOWHERE) {
        TAILQ_REMOVE(host->place == HOST_HUNGRY ? &gate->hungry : &gate->sleeping, host, link);
    }
    if (place != HOST_NOWHERE) {
        TAILQ_INSERT_TAIL(place == HOST_HUNGRY ? &gate->hungry : &gate->sleeping, host, link);
    }
    host->place = place;
}

// It may be served now, or sooner than was thought.
static void look_again(struct host *host)
{
    if (!TAILQ_EMPTY(&host->waiters)) {
        move(host, HOST_HUNGRY);
        wake_after(host->gate, 0);
    }
}

// Lanes that nothing names any more and that have no rest to remember.
static void forget_lanes(struct host *host, int64_t at_ms)
{
    struct gate_lane *lane = LIST_FIRST(&host->lanes);
    while (lane) {
        struct gate_lane *next = LIST_NEXT(lane, link);
        if (lane->refs == 0 && lane->rest_until_ms <= at_ms) {
            lane_free(lane);
        }
        lane = next;
    }
}

int host_gate_apply(struct host_gate *gate, struct settings *settings)
{
    int64_t at_ms = now_ms(gate);
    int r = 0;
    for (size_t i = 0; i < HOST_BUCKETS; i++) {
        for (struct host **place = &gate->buckets[i]; *place;) {
            struct host *host = *place;
            forget_lanes(host, at_ms);
            // Without lanes nobody is inside or waits either.
            if (LIST_EMPTY(&host->lanes) && budget_is_unspent(&host->budget, at_ms)) {
                *place = host->next;
                move(host, HOST_NOWHERE);
                host_free(host);
                continue;
            }
            r = r == 0 ? set_limits(host, settings) : r;
            look_again(host);
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
    TAILQ_INIT(&host->waiters);
    LIST_INIT(&host->lanes);
    int r = set_limits(host, gate->settings);
    if (r < 0) {
        host_free(host);
        return r;
    }
    host->next = *bucket;
    *bucket = host;
    *ret = host;
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
    LIST_FOREACH (lane, &host->lanes, link) {
        if (strcmp(lane->credential, credential) == 0) {
            lane->refs++;
            *ret = lane;
            return 0;
        }
    }
    lane = calloc(1, sizeof(*lane));
    if (!lane || !(lane->credential = strdup(credential))) {
        free(lane);
        return -ENOMEM;
    }
    lane->host = host;
    lane->refs = 1;
    LIST_INSERT_HEAD(&host->lanes, lane, link);
    *ret = lane;
    return 0;
}

// The lane stays, with its rest, until the next host_gate_apply.
struct gate_lane *gate_lane_unref(struct gate_lane *lane)
{
    if (lane) {
        lane->refs--;
    }
    return NULL;
}

// A waiter that waits or is inside keeps its lane.
static void put_outside(struct gate_waiter *waiter)
{
    waiter->state = GATE_OUTSIDE;
    (void)gate_lane_unref(waiter->lane);
}

static void let_in(struct host *host, struct gate_waiter *waiter)
{
    waiter->state = GATE_INSIDE;
    host->in_flight++;
    host->gate->stats.in_flight++;
    budget_spend(&host->budget, now_ms(host->gate));
}

enum gate_state gate_enter(struct gate_lane *lane, struct gate_waiter *waiter)
{
    struct host *host = lane->host;
    struct host_gate *gate = host->gate;
    waiter->lane = lane;
    waiter->state = GATE_OUTSIDE;
    if (gate_rest_left_ms(lane) > 0) {
        return GATE_OUTSIDE;
    }
    lane->refs++;
    bool full = gate->stats.in_flight >= GATE_IN_FLIGHT || host->in_flight >= host->concurrency ||
                !TAILQ_EMPTY(&host->waiters);
    if (!full && budget_wait_ms(&host->budget, now_ms(gate)) == 0) {
        let_in(host, waiter);
        return GATE_INSIDE;
    }
    waiter->state = GATE_WAITING;
    TAILQ_INSERT_TAIL(&host->waiters, waiter, link);
    gate->stats.waiting++;
    if (host->place == HOST_NOWHERE) {
        look_again(host);
    }
    return GATE_WAITING;
}

void gate_leave(struct gate_waiter *waiter)
{
    if (waiter->state == GATE_OUTSIDE) {
        return;
    }
    struct host *host = waiter->lane->host;
    struct host_gate *gate = host->gate;
    if (waiter->state == GATE_WAITING) {
        TAILQ_REMOVE(&host->waiters, waiter, link);
        gate->stats.waiting--;
    } else {
        host->in_flight--;
        gate->stats.in_flight--;
        if (host->place == HOST_NOWHERE) {
            look_again(host);
        }
        if (!TAILQ_EMPTY(&gate->hungry)) {
            wake_after(gate, 0);
        }
    }
    put_outside(waiter);
}

int64_t gate_rest(struct gate_lane *lane, const struct http_response *response)
{
    const struct host_gate *gate = lane->host->gate;
    int64_t at_ms = now_ms(gate);
    int64_t wall_ms = clock_wall_ms(gate->parts.clock);
    bool resting = lane->rest_until_ms > at_ms;
    // Several answers of one moment are one strike.
    unsigned strikes = resting && lane->strikes > 0 ? lane->strikes - 1 : lane->strikes;
    int64_t until_ms = at_ms + backoff_rest_ms(response, wall_ms, strikes);
    if (!resting && lane->strikes < UINT32_MAX) {
        lane->strikes++;
    }
    if (until_ms > lane->rest_until_ms) {
        lane->rest_until_ms = until_ms;
    }
    look_again(lane->host); // those who wait in the lane are to be sent away
    return lane->rest_until_ms - at_ms;
}

void gate_answered(struct gate_lane *lane)
{
    if (gate_rest_left_ms(lane) == 0) {
        lane->strikes = 0;
    }
}

int64_t gate_rest_left_ms(const struct gate_lane *lane)
{
    int64_t left_ms = lane->rest_until_ms - now_ms(lane->host->gate);
    return left_ms > 0 ? left_ms : 0;
}

// Sleepers whose time came are hungry again.
static void wake_sleepers(struct host_gate *gate)
{
    int64_t at_ms = now_ms(gate);
    struct host *host = TAILQ_FIRST(&gate->sleeping);
    while (host) {
        struct host *next = TAILQ_NEXT(host, link);
        if (host->sleep_until_ms <= at_ms) {
            move(host, HOST_HUNGRY);
        }
        host = next;
    }
}

// Serves one waiter of the host, or finds out why not. The waiter's callback may change everything
// but the host's existence.
static void serve(struct host *host)
{
    struct host_gate *gate = host->gate;
    struct gate_waiter *waiter = TAILQ_FIRST(&host->waiters);
    move(host, HOST_NOWHERE);
    if (!waiter) {
        return;
    }
    bool rests = gate_rest_left_ms(waiter->lane) > 0;
    if (!rests && host->in_flight >= host->concurrency) {
        return;
    }
    int64_t wait_ms = rests ? 0 : budget_wait_ms(&host->budget, now_ms(gate));
    if (wait_ms > 0) {
        host->sleep_until_ms = now_ms(gate) + wait_ms;
        move(host, HOST_SLEEPING);
        return;
    }
    TAILQ_REMOVE(&host->waiters, waiter, link);
    gate->stats.waiting--;
    if (rests) {
        put_outside(waiter);
    } else {
        let_in(host, waiter);
    }
    if (!TAILQ_EMPTY(&host->waiters)) {
        move(host, HOST_HUNGRY);
    }
    waiter->admit(waiter);
}

void host_gate_pump(struct host_gate *gate)
{
    wake_sleepers(gate);
    while (!TAILQ_EMPTY(&gate->hungry) && gate->stats.in_flight < GATE_IN_FLIGHT) {
        serve(TAILQ_FIRST(&gate->hungry));
    }
    const struct host *host;
    int64_t soonest_ms = INT64_MAX;
    TAILQ_FOREACH (host, &gate->sleeping, link) {
        soonest_ms = host->sleep_until_ms < soonest_ms ? host->sleep_until_ms : soonest_ms;
    }
    if (soonest_ms != INT64_MAX) {
        int64_t wait_ms = soonest_ms - now_ms(gate);
        wake_after(gate, wait_ms > 0 ? wait_ms : 0);
    }
}

void host_gate_get_stats(const struct host_gate *gate, struct host_gate_stats *ret)
{
    *ret = gate->stats;
    for (size_t i = 0; i < HOST_BUCKETS; i++) {
        for (const struct host *host = gate->buckets[i]; host; host = host->next) {
            const struct gate_lane *lane;
            LIST_FOREACH (lane, &host->lanes, link) {
                ret->resting += gate_rest_left_ms(lane) > 0 ? 1 : 0;
            }
        }
    }
}
