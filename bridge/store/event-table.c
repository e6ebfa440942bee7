#include "bridge/store/event-table.h"

#include "bridge/base/str.h"
#include "bridge/model/event.h"
#include "bridge/store/query.h"

int event_table_insert(struct database *db, int64_t source_id, const char *instance,
                       const struct event *event, int64_t *ret_id)
{
    struct query q;
    query_begin(&q, db, STATEMENT_EVENT_INSERT);
    query_bind_text(&q, event->id);
    query_bind_i64(&q, source_id);
    query_bind_text(&q, str_eq(event->source, instance) ? NULL : event->source);
    query_bind_i64(&q, event->sequence);
    query_bind_text(&q, event->type);
    query_bind_text(&q, event->key);
    query_bind_i64(&q, event->at_ms);
    query_bind_blob(&q, event->body.data, event->body.len);
    int r = query_run(&q);
    if (r == 0) {
        *ret_id = database_last_id(db);
    }
    return r;
}

int event_table_oldest(struct database *db, const struct event_place *after, int64_t before_ms,
                       size_t limit, struct event_place *ret, size_t *ret_n)
{
    struct query q;
    query_begin(&q, db, STATEMENT_EVENT_OLDEST);
    query_bind_i64(&q, before_ms);
    query_bind_i64(&q, after->at_ms);
    query_bind_i64(&q, after->id);
    query_bind_i64(&q, (int64_t)limit);
    size_t n = 0;
    int r;
    while ((r = query_step(&q)) > 0 && n < limit) {
        ret[n].id = query_i64(&q);
        ret[n].at_ms = query_i64(&q);
        n++;
    }
    *ret_n = n;
    return query_end(&q, r);
}

int event_table_delete(struct database *db, int64_t id)
{
    struct query q;
    query_begin(&q, db, STATEMENT_EVENT_DELETE);
    query_bind_i64(&q, id);
    return query_run(&q);
}
