#pragma once
// The events about a source itself. Pure.
//
// data of source.failing:   {"code","detail","failures","since"}
// data of source.recovered: {"failures","since"}
// data of source.held:      {"code","detail"}
// data of source.stale:     {"since","expected_within"}
// `since` is the time of the first failed poll, or of the last change; RFC 3339. `code` is one of
// bridge/model/failure.h.

#include <stdint.h>

#include "bridge/base/cleanup.h"

struct event_maker;
struct source_state;

struct source_trouble {
    const char *code;   // "http_status", "max_removed", …
    const char *detail; // for people; NULL: none
    unsigned failures;  // in a row, this poll counted
    int64_t since_ms;
};

// All return 0 or -ENOMEM.
int source_event_failing(struct event_maker *maker,
                         const struct source_trouble *trouble) MUST_CHECK;
int source_event_recovered(struct event_maker *maker, const struct source_state *before) MUST_CHECK;
int source_event_held(struct event_maker *maker, const struct source_trouble *trouble) MUST_CHECK;
int source_event_stale(struct event_maker *maker, const struct source_state *before,
                       int64_t expected_ms) MUST_CHECK;
