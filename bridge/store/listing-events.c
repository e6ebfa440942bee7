// Sequences grow with ids within an instance: where one begins is found by halving the ids, so that
// no index has to be kept for it.
#include <errno.h>
#include <string.h>

#include "bridge/base/str.h"
#include "bridge/store/database.h"
#include "bridge/store/listing-ids.h"
#include "bridge/store/listing.h"
#include "bridge/store/query.h"

struct event_look {
    const struct event_query *query;
    event_row_fn visit;
    void *userdata;
};

static bool fits(const struct event_query *query, const struct event_row *row)
{
    return row->sequence > query->after_sequence && row->at_ms >= query->since_ms &&
           (query->until_ms == 0 || row->at_ms < query->until_ms) &&
           (!query->type || str_glob(query->type, row->type));
}

static int look(struct database *db, int64_t id, void *userdata)
{
    const struct event_look *self = userdata;
    struct query q;
    query_begin(&q, db, STATEMENT_EVENT_ROW);
    query_bind_i64(&q, id);
    int r = query_step(&q);
    if (r <= 0) {
        return query_end(&q, r); // pruned meanwhile
    }
    struct event_row row = { .id = id };
    row.event_id = query_text(&q);
    row.type = query_text(&q);
    row.source = query_text(&q);
    row.sequence = query_i64(&q);
    row.at_ms = query_i64(&q);
    int fitted = 0;
    if (fits(self->query, &row)) {
        row.body = query_blob(&q, &row.body_len);
        fitted = self->visit(&row, self->userdata) ? LISTING_FITS : LISTING_ENOUGH;
    }
    r = query_end(&q, 0);
    return r < 0 ? r : fitted;
}

static int find_id(struct database *db, const char *event_id, int64_t *ret)
{
    struct query q;
    query_begin(&q, db, STATEMENT_EVENT_BY_PUBLIC_ID);
    query_bind_text(&q, event_id);
    int r = query_step(&q);
    *ret = r > 0 ? query_i64(&q) : 0;
    return query_end(&q, r);
}

int listing_find_event(struct database *db, const char *event_id, int64_t *ret)
{
    return find_id(db, event_id, ret);
}

static int one_event(struct database *db, struct event_look *self, struct listing_end *ret)
{
    int64_t id;
    int r = find_id(db, self->query->event_id, &id);
    *ret = (struct listing_end){ .place = { .id = id }, .done = true };
    if (r == 0 && id > self->query->after.id) {
        r = look(db, id, self);
    }
    return r < 0 ? r : 0;
}

// The first id that may have been seen since then; larger ones were stored later.
static int first_since(struct database *db, int64_t since_ms, int64_t *ret)
{
    struct query q;
    query_begin(&q, db, STATEMENT_EVENT_FIRST_SINCE);
    query_bind_i64(&q, since_ms);
    int r = query_step(&q);
    *ret = r <= 0 ? 0 : query_is_null(&q) ? INT64_MAX : query_i64(&q);
    return query_end(&q, r);
}

// The event of an instance at an id or the next one behind; *ret_id 0: there is none.
static int next_of_source(struct database *db, const char *source, int64_t id, int64_t *ret_id,
                          int64_t *ret_sequence)
{
    struct query q;
    query_begin(&q, db, STATEMENT_EVENT_NEXT_OF_SOURCE);
    query_bind_text(&q, source);
    query_bind_i64(&q, id);
    int r = query_step(&q);
    *ret_id = r > 0 ? query_i64(&q) : 0;
    *ret_sequence = r > 0 ? query_i64(&q) : 0;
    return query_end(&q, r);
}

// The first id of the instance with a larger sequence. (A source of several instances has no
// events of its own name: 0, which leaves it to `fits`.)
static int first_after_sequence(struct database *db, const struct event_query *query, int64_t *ret)
{
    int64_t from = 0;
    int64_t to;
    int r = query_number(db, STATEMENT_EVENT_LAST_ID, &to);
    while (r == 0 && from < to) {
        int64_t middle = from + (to - from) / 2;
        int64_t id;
        int64_t sequence;
        r = next_of_source(db, query->source, middle, &id, &sequence);
        if (id == 0 || sequence > query->after_sequence) {
            to = middle;
        } else {
            from = id + 1;
        }
    }
    *ret = from;
    return r;
}

static int find_least(struct database *db, const struct event_query *query, int64_t *ret)
{
    int64_t by_sequence = 0;
    int r = query->since_ms ? first_since(db, query->since_ms, ret) : 0;
    if (r == 0 && query->after_sequence && query->source) {
        r = first_after_sequence(db, query, &by_sequence);
    }
    if (by_sequence > *ret) {
        *ret = by_sequence;
    }
    return r;
}

static enum statement statement_of(const struct event_query *query)
{
    if (query->source) {
        return query->oldest_first ? STATEMENT_EVENT_IDS_OF_SOURCE_UP
                                   : STATEMENT_EVENT_IDS_OF_SOURCE_DOWN;
    }
    return query->oldest_first ? STATEMENT_EVENT_IDS_UP : STATEMENT_EVENT_IDS_DOWN;
}

int listing_events(struct database *db, const struct event_query *query, event_row_fn visit,
                   void *userdata, struct listing_end *ret)
{
    struct event_look self = { .query = query, .visit = visit, .userdata = userdata };
    if (query->event_id) {
        return one_event(db, &self, ret);
    }
    struct listing_walk walk = {
        .statement = statement_of(query),
        .text = query->source,
        .number = -1,
        .oldest_first = query->oldest_first,
        .after = query->after,
        .limit = query->limit,
    };
    int r = find_least(db, query, &walk.least);
    return r ? r : listing_walk(db, &walk, look, &self, ret);
}
