#pragma once
// Pages of what is stored, for people and programs that look. On a worker, by its reader.
//
// A page goes along ids, the order in which things were stored, newest first unless said
// otherwise; it continues behind the place where the page before ended. Its work is bounded: after
// some ten thousand rows it ends, also when few of them or none fitted, and says that it is not the
// last.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/model/delivery.h"

struct listing_place {
    int64_t id;      // 0: begin
    unsigned number; // of an attempt; 0: continue behind the whole delivery
};

struct listing_end {
    struct listing_place place; // behind everything that was looked at
    bool done;                  // nothing is left
};

struct event_query {
    const char *event_id; // NULL: any
    const char *source;   // a source, or one instance of it; NULL: any
    const char *type;     // `*` and `?` are wild; NULL: any
    // Only with larger ones; where `source` is one instance they are found without a search.
    int64_t after_sequence;
    int64_t since_ms; // seen within since (inclusive) to until; 0: open
    int64_t until_ms;
    bool oldest_first;
    struct listing_place after;
    size_t limit;
};

struct event_row { // borrowed for the call
    int64_t id;    // the store's
    const char *event_id;
    const char *type;
    const char *source;
    int64_t sequence;
    int64_t at_ms;
    const char *body; // the standard body, JSON text
    size_t body_len;
};

struct delivery_query {
    int64_t id;           // 0: any
    const char *sink;     // NULL: any
    const char *event_id; // NULL: of any event
    int state;            // enum delivery_state; -1: any
    struct listing_place after;
    size_t limit;
};

struct delivery_row { // borrowed for the call
    int64_t id;
    const char *sink;
    const char *event_id;
    const char *event_type;
    const char *source;
    int64_t sequence;
    int64_t event_at_ms;
    enum delivery_state state;
    unsigned attempts;
    int64_t next_at_ms; // 0: at once, or never again
    const char *error;  // of the template: it was born failed; NULL: none
    // Of the last attempt; 0 and NULL: there was none, or it was well.
    int64_t last_at_ms;
    int last_status;
    const char *last_error_code;
    int64_t carries;    // updates of its item that it tells as one; 0: its own event alone
    int64_t carried_by; // the delivery that tells this one's event too; 0: none
};

struct attempt_row { // borrowed for the call
    int64_t delivery_id;
    const char *sink;
    const char *event_id;
    unsigned number;
    int64_t at_ms;
    int64_t duration_ms;
    int status;             // 0: there was no answer
    const char *error_code; // NULL: it was well
    const char *response;   // what was kept of the answer
    size_t response_len;
};

// False: enough; the page ends behind this row.
typedef bool (*event_row_fn)(const struct event_row *row, void *userdata);
typedef bool (*delivery_row_fn)(const struct delivery_row *row, void *userdata);
typedef bool (*attempt_row_fn)(const struct attempt_row *row, void *userdata);
