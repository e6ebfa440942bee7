#pragma once
// Writes the outcomes of attempts to the store: all of one step of the loop in one list, again and
// again until they are durable. No outcome is lost while the process lives.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"
#include "bridge/model/delivery.h"

struct event_base;
struct settler;
struct store;

struct outcome { // embedded in what the caller knows of an attempt
    struct outcome *next;
    struct attempt attempt; // owned
};

struct settler_parts { // borrowed
    struct event_base *base;
    struct store *store;
    void (*on_settled)(struct outcome *take, void *userdata); // durable now
    void (*on_recovered)(void *userdata);                     // settler_is_stuck turned false
    void (*outcome_free)(struct outcome *outcome);            // those left at settler_free
    void *userdata;
};

int settler_new(struct settler **ret, const struct settler_parts *parts) MUST_CHECK;
// Outcomes that are not durable are dropped: their deliveries still wait in the store.
struct settler *settler_free(struct settler *settler);
DEFINE_CLEANUP(settler)

void settler_put(struct settler *settler, struct outcome *take);
size_t settler_pending(const struct settler *settler); // put and not settled
// The store refuses to write: no new attempts until it does again.
bool settler_is_stuck(const struct settler *settler);
void settler_kick(struct settler *settler); // what waits for its next try is tried at once
