#pragma once
// What decided when a source is polled next, in one word for machines and in a few for people.

#include <stdint.h>

enum poll_pace { // the store keeps these numbers: new ones go to the end
    POLL_BY_INTERVAL,
    POLL_BY_BACKOFF,
    POLL_BY_RETRY_AFTER,
    POLL_BY_POLL_INTERVAL, // X-Poll-Interval
    POLL_BY_CACHE,
    POLL_BY_START,   // it missed its turn while nobody polled
    POLL_BY_REQUEST, // a person asked
    POLL_BY_QUOTA,
    POLL_BY_BUDGET, // of `limits`
    POLL_BY_CONCURRENCY,
    POLL_BY_SCHEDULE,
    POLL_BY_ADAPTIVE,
    POLL_BY_WINDOW,
    POLL_BY_NOBODY, // a person paused it
    POLL_PACES,     // their number
};

const char *poll_pace_name(enum poll_pace pace);  // "interval", "retry_after", …
const char *poll_pace_words(enum poll_pace pace); // "the API asked for rest", …

// The next poll is at least wait_ms away, because of `pace`.
struct poll_rest {
    enum poll_pace pace;
    int64_t wait_ms;
};
