#pragma once
// Tells the operators' sinks what becomes of other sinks: events of a source of the daemon's own,
// stored and delivered as any other. Loop thread only.

#include <stdint.h>

#include "bridge/base/cleanup.h"

struct clock;
struct delivery_list;
struct event_base;
struct event_list;
struct expr_context;
struct settings;
struct sink_health;
struct source_state;
struct store;
struct teller;

// The store's name of that source: none that is configured can have it.
#define TELLER_STORE_NAME  "pollbridge:sinks"
#define TELLER_SOURCE_NAME "pollbridge"

// Deliveries of events, made as those of any source; see bridge/poll/digest/deliveries.h.
typedef int (*teller_make_fn)(const struct settings *settings, struct expr_context *context,
                              const struct event_list *events, struct delivery_list *ret);

struct teller_parts { // borrowed
    struct event_base *base;
    const struct clock *clock;
    struct store *store;
    teller_make_fn make; // NULL: nobody is told
    void (*on_deliveries)(struct delivery_list *take, void *userdata);
    void *userdata;
};

int teller_new(struct teller **ret, const struct teller_parts *parts) MUST_CHECK;
struct teller *teller_free(struct teller *teller); // accepts NULL
DEFINE_CLEANUP(teller)

// Where the stored events end; copied. Before anything is told. 0 or -ENOMEM.
int teller_continue(struct teller *teller, const struct source_state *state) MUST_CHECK;
// A reference is taken.
void teller_apply(struct teller *teller, struct settings *settings);

// sink.disabled, once for each moment of being disabled, however often it is said.
void teller_sink_disabled(struct teller *teller, const char *sink, const char *code,
                          const struct sink_health *health);
