#include "bridge/store/coalesce-table.h"

#include <string.h>

#include "bridge/spi/coalescence.h"
#include "bridge/spi/store.h"
#include "bridge/store/delivery-table.h"
#include "bridge/store/query.h"

// *ret_fits: it waits for its first attempt, carries its own event alone, and that is an update of
// the same item. (Lanes are no proof: a reload may have changed what they are.)
static int fits(struct database *db, int64_t id, int64_t first_id, bool *ret_fits)
{
    struct query q;
    query_begin(&q, db, STATEMENT_COALESCE_FITS);
    query_bind_i64(&q, id);
    query_bind_text(&q, EVENT_ITEM_UPDATED);
    query_bind_i64(&q, first_id);
    int r = query_step(&q);
    *ret_fits = r > 0;
    return query_end(&q, r);
}

static int load_event(struct database *db, int64_t delivery_id, struct event *ret)
{
    struct query q;
    query_begin(&q, db, STATEMENT_COALESCE_EVENT);
    query_bind_i64(&q, delivery_id);
    int r = query_step(&q);
    if (r > 0) {
        query_text_copy(&q, ret->id, sizeof(ret->id));
        query_text_dup(&q, &ret->type);
        query_text_dup(&q, &ret->source);
        ret->sequence = query_i64(&q);
        query_text_dup(&q, &ret->key);
        ret->at_ms = query_i64(&q);
        query_bytes_dup(&q, &ret->body);
    }
    return query_end(&q, r);
}

int coalesce_table_look(struct database *db, const int64_t *ids, size_t n, struct coalescible *ret)
{
    CLEANUP(coalescible_deinit) struct coalescible found = { 0 };
    bool does_fit = true;
    int r = 0;
    while (r == 0 && found.n < n) {
        r = fits(db, ids[found.n], ids[0], &does_fit);
        if (!does_fit) {
            break;
        }
        found.n++;
    }
    if (r == 0 && found.n > 1) {
        r = load_event(db, ids[0], &found.oldest);
    }
    if (r == 0 && found.n > 1) {
        r = load_event(db, ids[found.n - 1], &found.newest);
    }
    if (r == 0) {
        *ret = found;
        found = (struct coalescible){ 0 };
    }
    return r;
}

// Of the delivery when it waits for its first attempt.
static int update(struct database *db, enum statement statement, int64_t id, int64_t value)
{
    struct query q;
    query_begin(&q, db, statement);
    query_bind_i64(&q, id);
    query_bind_i64(&q, value);
    int r = query_run(&q);
    return r == 0 && !database_changed(db) ? STORE_E_CONFLICT : r;
}

int coalesce_table_write(struct database *db, const struct coalescence *coalescence)
{
    int64_t carrier = coalescence->ids[coalescence->n - 1];
    int r = update(db, STATEMENT_COALESCE_CARRY, carrier, (int64_t)coalescence->n);
    for (size_t i = 0; r == 0 && i + 1 < coalescence->n; i++) {
        r = update(db, STATEMENT_COALESCE_CANCEL, coalescence->ids[i], carrier);
    }
    return r == 0 ? delivery_table_encode(db, carrier, &coalescence->encoded) : r;
}
