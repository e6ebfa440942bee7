#pragma once
// What a person's screen wants to know while the daemon works: `demo`, `once` and `test` watch the
// pipeline through this. Called on the loop thread; everything is borrowed; NULL members are fine.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes;
struct http_request;
struct http_response;
struct event_list;
struct delivery;
struct attempt;

enum poll_result {
    POLL_NOT_MODIFIED, // 304
    POLL_UNCHANGED,
    POLL_BASELINE, // the first accepted document
    POLL_CHANGED,
    POLL_HELD,
    POLL_FAILED,
    POLL_THROTTLED, // 429, 503 with Retry-After, or the host rests
};
const char *poll_result_name(enum poll_result result); // "not_modified", …

struct poll_report {
    const char *source;
    enum poll_result result;
    const char *code;   // failure or hold code, e.g. "http_status"; NULL
    const char *detail; // for people; NULL
    const char *advice; // what a person can do; NULL
    int status;
    int64_t duration_ms;
    int64_t next_at_ms;              // wall time of the next poll; 0: none
    const char *next_reason;         // "interval", "backoff", "retry_after", …
    const char *next_words;          // the same, for people
    const struct event_list *events; // may be NULL
};

struct observer {
    void (*on_request)(void *userdata, const char *source, const struct http_request *request);
    void (*on_response)(void *userdata, const char *source, const struct http_response *response);
    // A page of a list that comes in pages; `more` follow.
    void (*on_page)(void *userdata, const char *source, size_t number, size_t items, bool more);
    // The document as it is compared: selected and normalised. Not when it is known to be unchanged
    // without reading (304).
    void (*on_document)(void *userdata, const char *source, const struct bytes *document);
    void (*on_poll)(void *userdata, const struct poll_report *report); // after the commit
    void (*on_attempt)(void *userdata, const struct delivery *delivery,
                       const struct attempt *attempt);
    void *userdata;
};
