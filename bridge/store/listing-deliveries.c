#include <errno.h>
#include <string.h>

#include "bridge/model/delivery.h"
#include "bridge/store/database.h"
#include "bridge/store/delivery-table.h"
#include "bridge/store/listing-ids.h"
#include "bridge/store/listing.h"
#include "bridge/store/query.h"

// ---- which deliveries ----

enum family { FAMILY_ANY, FAMILY_WAITING, FAMILY_HELD, FAMILY_FAILED, FAMILIES };

static enum family family_of(int state)
{
    switch (state) {
    case DELIVERY_PENDING:
    case DELIVERY_RETRYING: return FAMILY_WAITING;
    case DELIVERY_HELD: return FAMILY_HELD;
    case DELIVERY_FAILED: return FAMILY_FAILED;
    default: return FAMILY_ANY;
    }
}

static enum statement statement_of(enum family family, bool of_sink)
{
    static const enum statement statements[FAMILIES][2] = {
        [FAMILY_ANY] = { STATEMENT_DELIVERY_IDS, STATEMENT_DELIVERY_IDS_OF_SINK },
        [FAMILY_WAITING] = { STATEMENT_DELIVERY_WAITING_IDS,
                             STATEMENT_DELIVERY_WAITING_IDS_OF_SINK },
        [FAMILY_HELD] = { STATEMENT_DELIVERY_HELD_IDS, STATEMENT_DELIVERY_HELD_IDS_OF_SINK },
        [FAMILY_FAILED] = { STATEMENT_DELIVERY_FAILED_IDS, STATEMENT_DELIVERY_FAILED_IDS_OF_SINK },
    };
    return statements[family][of_sink];
}

// Chooses the walk. False: nothing can fit.
static int choose(struct database *db, const struct delivery_query *query, struct listing_walk *ret,
                  bool *ret_any)
{
    int64_t id = 0;
    int r = 0;
    *ret = (struct listing_walk){ .number = -1, .after = query->after, .limit = query->limit };
    *ret_any = true;
    if (query->id) {
        ret->statement = STATEMENT_DELIVERY_ID;
        ret->number = query->id;
        return 0;
    }
    if (query->event_id) {
        ret->statement = STATEMENT_DELIVERY_IDS_OF_EVENT;
        r = listing_find_event(db, query->event_id, &id);
        ret->number = id;
    } else {
        ret->statement = statement_of(family_of(query->state), query->sink != NULL);
        r = query->sink ? delivery_table_find_sink(db, query->sink, &id) : 0;
        ret->number = query->sink ? id : -1;
    }
    *ret_any = ret->number != 0;
    return r;
}

static int walk_deliveries(struct database *db, const struct delivery_query *query,
                           listing_look_fn look, void *look_userdata, struct listing_end *ret)
{
    struct listing_walk walk;
    bool any;
    int r = choose(db, query, &walk, &any);
    *ret = (struct listing_end){ .place = query->after, .done = true };
    return r || !any ? r : listing_walk(db, &walk, look, look_userdata, ret);
}

// ---- deliveries ----

struct delivery_look {
    const struct delivery_query *query;
    delivery_row_fn visit;
    void *userdata;
};

static void read_delivery(struct query *q, struct delivery_row *row)
{
    row->state = (enum delivery_state)query_i64(q);
    row->sink = query_text(q);
    row->attempts = (unsigned)query_i64(q);
    row->next_at_ms = query_i64(q);
    row->event_id = query_text(q);
    row->event_type = query_text(q);
    row->source = query_text(q);
    row->sequence = query_i64(q);
    row->event_at_ms = query_i64(q);
    row->error = query_text(q);
    row->last_at_ms = query_i64(q);
    row->last_status = (int)query_i64(q);
    row->last_error_code = query_text(q);
    row->carries = query_i64(q);
    row->carried_by = query_i64(q);
}

static bool delivery_fits(const struct delivery_query *query, const struct delivery_row *row)
{
    return (query->state < 0 || query->state == (int)row->state) &&
           (!query->sink || strcmp(query->sink, row->sink) == 0) &&
           (!query->event_id || strcmp(query->event_id, row->event_id) == 0);
}

static int look_at_delivery(struct database *db, int64_t id, void *userdata)
{
    const struct delivery_look *self = userdata;
    struct query q;
    query_begin(&q, db, STATEMENT_DELIVERY_ROW);
    query_bind_i64(&q, id);
    int r = query_step(&q);
    int fitted = 0;
    if (r > 0) {
        struct delivery_row row = { .id = id };
        read_delivery(&q, &row);
        if (delivery_fits(self->query, &row)) {
            fitted = self->visit(&row, self->userdata) ? LISTING_FITS : LISTING_ENOUGH;
        }
    }
    r = query_end(&q, r);
    return r < 0 ? r : fitted;
}

int listing_deliveries(struct database *db, const struct delivery_query *query,
                       delivery_row_fn visit, void *userdata, struct listing_end *ret)
{
    struct delivery_look self = { .query = query, .visit = visit, .userdata = userdata };
    return walk_deliveries(db, query, look_at_delivery, &self, ret);
}

// ---- attempts ----

struct attempt_look {
    const struct delivery_query *query;
    attempt_row_fn visit;
    void *userdata;
    size_t n;
    unsigned below; // only numbers below, of the delivery where the page before ended
    struct listing_place last;
    bool cut; // the page ended within a delivery
};

static void read_attempt(struct query *q, struct attempt_row *row)
{
    row->sink = query_text(q);
    row->event_id = query_text(q);
    row->number = (unsigned)query_i64(q);
    row->at_ms = query_i64(q);
    row->duration_ms = query_i64(q);
    row->status = (int)query_i64(q);
    row->error_code = query_text(q);
    row->response = query_blob(q, &row->response_len);
}

static bool attempt_fits(const struct delivery_query *query, const struct attempt_row *row)
{
    return (!query->sink || strcmp(query->sink, row->sink) == 0) &&
           (!query->event_id || strcmp(query->event_id, row->event_id) == 0);
}

static int look_at_attempts(struct database *db, int64_t id, void *userdata)
{
    struct attempt_look *self = userdata;
    struct query q;
    query_begin(&q, db, STATEMENT_ATTEMPT_ROWS);
    query_bind_i64(&q, id);
    query_bind_i64(&q, self->below ? self->below : INT32_MAX);
    self->below = 0;
    int r = 0;
    while (!self->cut && (r = query_step(&q)) > 0) {
        struct attempt_row row = { .delivery_id = id };
        read_attempt(&q, &row);
        if (!attempt_fits(self->query, &row)) {
            continue;
        }
        self->cut = !self->visit(&row, self->userdata) || ++self->n == self->query->limit;
        self->last = (struct listing_place){ .id = id, .number = row.number };
    }
    r = query_end(&q, r);
    return r < 0 ? r : self->cut ? LISTING_ENOUGH : 0;
}

int listing_attempts(struct database *db, const struct delivery_query *query, attempt_row_fn visit,
                     void *userdata, struct listing_end *ret)
{
    struct attempt_look self = {
        .query = query,
        .visit = visit,
        .userdata = userdata,
        .below = query->after.number,
    };
    struct delivery_query from = *query;
    from.state = -1;
    if (from.after.number > 0) {
        from.after = (struct listing_place){ .id = from.after.id + 1 }; // the rest of it first
    }
    int r = walk_deliveries(db, &from, look_at_attempts, &self, ret);
    if (self.cut && self.last.number > 1) {
        ret->place = self.last;
        ret->done = false;
    }
    return r;
}
