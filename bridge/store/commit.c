#include "bridge/store/commit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/spi/store.h"
#include "bridge/store/delivery-table.h"
#include "bridge/store/event-table.h"
#include "bridge/store/snapshot-table.h"
#include "bridge/store/source-table.h"

// Contiguous sequences are a promise to the world; a commit that would break it is not stored.
static bool continues(const struct poll_commit *commit, const struct source_place *place)
{
    int64_t sequence = place->sequence;
    for (size_t i = 0; i < commit->events.n; i++) {
        if (commit->events.v[i].sequence != ++sequence) {
            return false;
        }
    }
    return commit->state.sequence == sequence &&
           commit->state.version == commit->expected_version + 1;
}

static int write_source(struct database *db, struct poll_commit *commit)
{
    struct source_place place;
    int r = source_table_find(db, commit->state.id, commit->source, &place);
    if (r < 0) {
        return r;
    }
    bool begins = place.version == 0 && commit->state.id == 0;
    if (place.version != commit->expected_version && !begins) {
        return STORE_E_CONFLICT;
    }
    if (!continues(commit, &place)) {
        return -EINVAL;
    }
    if (commit->snapshot.document.data) {
        commit->state.has_snapshot = true;
    }
    r = source_table_put(db, &place, commit->source, &commit->state);
    commit->state.id = place.id;
    return r;
}

static int write_events(struct database *db, const struct poll_commit *commit, int64_t *ret_ids)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < commit->events.n; i++) {
        r = event_table_insert(db, commit->state.id, commit->source, &commit->events.v[i],
                               &ret_ids[i]);
    }
    return r == -EEXIST ? STORE_E_CONFLICT : r;
}

// Deliveries come in the order of their events: the search goes on where it last found one.
static bool find_event(const struct event_list *events, const char *id, size_t *at)
{
    for (size_t n = 0; n < events->n; n++) {
        size_t i = (*at + n) % events->n;
        if (strcmp(events->v[i].id, id) == 0) {
            *at = i;
            return true;
        }
    }
    return false;
}

static int write_delivery(struct database *db, int64_t event_id, const struct event *event,
                          struct delivery *delivery)
{
    int r = delivery_table_insert(db, event_id, delivery);
    struct encoded *encoded = &delivery->encoded;
    if (r == 0 && !encoded->own_body && !encoded->body.data) {
        r = bytes_dup(&encoded->body, event->body.data, event->body.len);
    }
    return r;
}

static int write_deliveries(struct database *db, struct poll_commit *commit, const int64_t *ids)
{
    size_t at = 0;
    int r = 0;
    for (size_t i = 0; r == 0 && i < commit->deliveries.n; i++) {
        struct delivery *delivery = &commit->deliveries.v[i];
        if (!find_event(&commit->events, delivery->event_id, &at)) {
            return -EINVAL;
        }
        r = write_delivery(db, ids[at], &commit->events.v[at], delivery);
    }
    return r;
}

int commit_write(struct database *db, struct pack *pack, struct poll_commit *commit)
{
    AUTO_FREE int64_t *ids = calloc(commit->events.n + 1, sizeof(*ids));
    if (!ids) {
        return -ENOMEM;
    }
    int r = write_source(db, commit);
    if (r == 0 && commit->snapshot.document.data) {
        r = snapshot_table_put(db, pack, commit->state.id, &commit->snapshot);
    }
    if (r == 0) {
        r = write_events(db, commit, ids);
    }
    if (r == 0) {
        r = write_deliveries(db, commit, ids);
    }
    return r;
}

void commit_forget_ids(struct poll_commit *commit, long long source_id)
{
    commit->state.id = source_id;
    for (size_t i = 0; i < commit->deliveries.n; i++) {
        commit->deliveries.v[i].id = 0;
    }
}
