#pragma once
// Stored events once more for a sink: what a person or a program asks for after trouble. A recovery
// walks over the events of a time, oldest first, in small pages; the store keeps how far it came in
// the same transaction as the deliveries of that page, so that a kill neither loses nor repeats
// one.
//
// A new delivery carries the webhook-id of its event and, where the sink had that event before, the
// very bytes of then. What still waits for the sink goes by itself and is passed over.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/model/delivery.h"
#include "bridge/model/event.h"

#define RECOVERY_ID_SIZE 32  // "rcv_" + 26 characters + NUL
#define RECOVERY_PAGE    200 // events looked at in one step

// Which events are meant, by how the last delivery of them to the sink ended; bits.
enum recovery_status {
    RECOVERY_DELIVERED = 1 << DELIVERY_DELIVERED,
    RECOVERY_FAILED = 1 << DELIVERY_FAILED,
    RECOVERY_CANCELED = 1 << DELIVERY_CANCELED,
    RECOVERY_MISSING = 1 << (DELIVERY_CANCELED + 1), // the sink never had it
    RECOVERY_EVERY = RECOVERY_DELIVERED | RECOVERY_FAILED | RECOVERY_CANCELED | RECOVERY_MISSING,
};

// A place in the order of events by time.
struct event_place {
    int64_t at_ms;
    int64_t id;
};

struct recovery {
    char id[RECOVERY_ID_SIZE];
    char *sink;
    char event_id[EVENT_ID_SIZE]; // this event alone; "": those of the time
    struct string_list sources;   // globs; empty: all
    struct string_list types;
    unsigned statuses; // enum recovery_status
    int64_t since_ms;  // when the change was seen, this included
    int64_t until_ms;  // and this not
    int64_t created_at_ms;
    int64_t finished_at_ms;   // 0: under way
    struct event_place after; // how far it came
    int64_t added;            // deliveries made
};
void recovery_deinit(struct recovery *recovery);
int recovery_copy(struct recovery *ret, const struct recovery *from) MUST_CHECK; // 0 or -ENOMEM

struct recovery_list {
    struct recovery *v;
    size_t n;
};
void recovery_list_deinit(struct recovery_list *list);

// An event that is meant.
struct recovery_item {
    int64_t event;      // the store's number of it
    int64_t copy_of;    // the delivery whose bytes are sent again; 0: none, it is encoded anew
    struct event told;  // with its body when copy_of is 0
    struct delivery as; // what to store when copy_of is 0: lane, state, encoded
};

struct recovery_page {
    struct recovery_item *v;
    size_t n;
    struct event_place last; // how far the page went
    int64_t at_ms;           // wall time, set by who stores it
    bool is_last;
};
void recovery_page_deinit(struct recovery_page *page);
void recovery_page_drop(struct recovery_page *page, size_t index); // that item is not meant

// What a page became.
struct recovery_outcome {
    int64_t added; // deliveries that wait now
    int64_t held;  // that are held, because the sink is disabled
};
