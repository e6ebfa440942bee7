#pragma once
// A delivery: one event for one sink. An attempt: one try of it.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"
#include "bridge/model/event.h"
#include "bridge/model/http.h"

enum delivery_state {
    DELIVERY_PENDING,
    DELIVERY_RETRYING,
    DELIVERY_HELD,
    DELIVERY_DELIVERED,
    DELIVERY_FAILED,
    DELIVERY_CANCELED,
};
const char *delivery_state_name(enum delivery_state state); // "pending", …

// What a sink driver made of an event: the bytes every attempt sends, and the fields beside them.
struct encoded {
    struct bytes body; // empty data with own_body false: the event's standard body is sent
    bool own_body;
    struct headers headers; // evaluated templates; stored with the delivery
    char *error;            // template failure in words: the delivery is born failed; NULL = fine
};
void encoded_deinit(struct encoded *encoded);

struct delivery {
    int64_t id; // the store's; 0 before the commit
    char *sink; // name
    char event_id[EVENT_ID_SIZE];
    char *event_type;
    char *source;
    char *lane; // what must stay in order together: instance and item's key; NULL: the source
    int64_t sequence;
    int64_t event_at_ms; // when the change was seen
    enum delivery_state state;
    unsigned attempts;      // made so far
    int64_t next_at_ms;     // wall time of the next attempt; 0: at once
    struct encoded encoded; // body is always filled in once loaded or committed
};
void delivery_deinit(struct delivery *delivery);

struct delivery_list {
    struct delivery *v;
    size_t n;
};
void delivery_list_deinit(struct delivery_list *list);

// The end of one attempt, as the store keeps it.
struct attempt {
    int64_t delivery_id;
    unsigned number; // from 1
    int64_t at_ms;   // wall time of the start
    int64_t duration_ms;
    int status;                // HTTP status; 0 when there was none
    char *error_code;          // "http_status", "timeout_total", …; NULL on success
    struct bytes response;     // at most 4 KiB of the answer
    enum delivery_state state; // the delivery's state after it
    int64_t next_at_ms;        // when state is DELIVERY_RETRYING
};
void attempt_deinit(struct attempt *attempt);
