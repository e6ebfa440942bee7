#include "bridge/deliver/sink-coalesce.h"

#include <stdlib.h>

#include "bridge/deliver/lane-table.h"
#include "bridge/deliver/sink-sender.h"
#include "bridge/spi/settings.h"

static int64_t *ids_of_lane(const struct entry *head, size_t *ret_n)
{
    size_t n = 0;
    for (const struct entry *e = head; e && n < COALESCENCE_MAX; e = e->lane_next) {
        n++;
    }
    int64_t *ids = malloc(n * sizeof(*ids));
    *ret_n = 0;
    for (const struct entry *e = head; ids && *ret_n < n; e = e->lane_next) {
        ids[(*ret_n)++] = e->id;
    }
    return ids;
}

// Newest first, so that no lane gets a new head on the way.
static void take_out(struct sink_sender *sender, const int64_t *ids, size_t n)
{
    struct entry *carrier = lanes_find(&sender->window.lanes, ids[n - 1]);
    if (carrier) {
        carrier->is_alone = true;
        lanes_unload(&sender->window.lanes, carrier);
    }
    for (size_t i = n - 1; i-- > 0;) {
        struct entry *entry = lanes_find(&sender->window.lanes, ids[i]);
        if (entry) {
            window_settled(&sender->window, entry);
        }
    }
    sender->counters.coalesced += n - 1;
}

static void on_coalesced(struct coalescing *coalescing, const int64_t *ids, size_t n,
                         void *userdata)
{
    struct sink_sender *sender = userdata;
    LIST_REMOVE(coalescing, link);
    sender->n_coalescings--;
    struct entry *head = lanes_find(&sender->window.lanes, ids[0]); // busy, so it is still there
    if (n > 0) {
        take_out(sender, ids, n);
    } else if (sender->is_disabled) {
        sender->held++; // as what is under way when that happens
        window_settled(&sender->window, head);
    } else {
        head->is_alone = true;
        lanes_put_back(&sender->window.lanes, head);
    }
    sender_wake(sender);
}

bool sender_coalesce(struct sink_sender *sender, struct entry *entry)
{
    if (sender->sink->coalesce != SINK_COALESCE_LATEST || entry->attempts > 0 || entry->is_alone ||
        !entry->lane_next) {
        return false;
    }
    struct coalescing *coalescing = NULL;
    struct coalescing_for what = {
        .settings = sender->settings,
        .sink = sender->sink,
        .done = on_coalesced,
        .userdata = sender,
    };
    what.ids = ids_of_lane(entry, &what.n);
    if (!what.ids || coalescing_start(&coalescing, &sender->shared->coalescer, &what) < 0) {
        free(what.ids);
        return false; // each goes by itself: that is never wrong
    }
    LIST_INSERT_HEAD(&sender->coalescings, coalescing, link);
    sender->n_coalescings++;
    return true;
}

void sender_forget_coalescings(struct sink_sender *sender)
{
    struct coalescing *coalescing;
    while ((coalescing = LIST_FIRST(&sender->coalescings))) {
        LIST_REMOVE(coalescing, link);
        coalescing_forget(coalescing);
    }
    sender->n_coalescings = 0;
}
