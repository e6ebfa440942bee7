#include "bridge/model/pace.h"

#include "bridge/base/cleanup.h"

static const struct {
    const char *name;
    const char *words;
} paces[] = {
    [POLL_BY_INTERVAL] = { "interval", "its interval" },
    [POLL_BY_BACKOFF] = { "backoff", "it fails: the distance doubles, up to an hour" },
    [POLL_BY_RETRY_AFTER] = { "retry_after", "the API asked for rest" },
    [POLL_BY_POLL_INTERVAL] = { "poll_interval",
                                "the API asked for this distance (X-Poll-Interval)" },
    [POLL_BY_CACHE] = { "cache", "the answer is fresh until then (Cache-Control, Expires)" },
    [POLL_BY_START] = { "start", "its turn was missed while nobody polled" },
    [POLL_BY_REQUEST] = { "request", "somebody asked for it" },
    [POLL_BY_QUOTA] = { "quota", "the API's quota is used up or low (RateLimit)" },
    [POLL_BY_BUDGET] = { "budget", "the budget of `limits` is spent" },
    [POLL_BY_SCHEDULE] = { "schedule", "its schedule" },
    [POLL_BY_ADAPTIVE] = { "adaptive", "a tenth of the time since the last change" },
    [POLL_BY_WINDOW] = { "window", "its windows are closed until then" },
    [POLL_BY_CONCURRENCY] = { "concurrency", "as many requests as may be are under way" },
    [POLL_BY_NOBODY] = { "paused", "never: a person paused it" },
};

const char *poll_pace_name(enum poll_pace pace)
{
    return paces[pace].name;
}

const char *poll_pace_words(enum poll_pace pace)
{
    return paces[pace].words;
}
