#include "bridge/store/delivery-table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/model/delivery.h"
#include "bridge/spi/store.h"
#include "bridge/store/header-codec.h"
#include "bridge/store/query.h"

static int find_sink(struct database *db, const char *name, int64_t *ret, bool *ret_disabled)
{
    struct query q;
    query_begin(&q, db, STATEMENT_SINK_BY_NAME);
    query_bind_text(&q, name);
    int r = query_step(&q);
    *ret = r > 0 ? query_i64(&q) : 0;
    *ret_disabled = r > 0 && query_i64(&q) != 0;
    return query_end(&q, r);
}

int delivery_table_find_sink(struct database *db, const char *name, int64_t *ret)
{
    bool disabled;
    return find_sink(db, name, ret, &disabled);
}

int delivery_table_add_sink(struct database *db, const char *name, int64_t *ret, bool *ret_disabled)
{
    bool unused;
    int r = find_sink(db, name, ret, ret_disabled ? ret_disabled : &unused);
    if (r < 0 || *ret != 0) {
        return r;
    }
    struct query q;
    query_begin(&q, db, STATEMENT_SINK_INSERT);
    query_bind_text(&q, name);
    r = query_run(&q);
    if (r == 0) {
        *ret = database_last_id(db);
    }
    return r;
}

static int insert_encoded(struct database *db, int64_t delivery_id, const struct encoded *encoded)
{
    AUTO_BYTES struct bytes headers = { 0 };
    int r = header_codec_encode(&encoded->headers, &headers);
    if (r < 0) {
        return r;
    }
    struct query q;
    query_begin(&q, db, STATEMENT_DELIVERY_ENCODED_INSERT);
    query_bind_i64(&q, delivery_id);
    query_bind_text(&q, encoded->error);
    query_bind_blob(&q, headers.data, headers.len);
    if (encoded->own_body) {
        query_bind_blob(&q, encoded->body.data, encoded->body.len);
    } else {
        query_bind_null(&q);
    }
    return query_run(&q);
}

int delivery_table_insert(struct database *db, int64_t event_id, struct delivery *delivery)
{
    int64_t sink_id;
    bool disabled;
    int r = delivery_table_add_sink(db, delivery->sink, &sink_id, &disabled);
    if (r < 0) {
        return r;
    }
    if (disabled && delivery->state == DELIVERY_PENDING) {
        delivery->state = DELIVERY_HELD;
    }
    struct query q;
    query_begin(&q, db, STATEMENT_DELIVERY_INSERT);
    query_bind_i64(&q, event_id);
    query_bind_i64(&q, sink_id);
    query_bind_i64(&q, delivery->state);
    query_bind_text(&q, delivery->lane);
    query_bind_i64(&q, delivery->attempts);
    query_bind_i64(&q, delivery->next_at_ms);
    r = query_run(&q);
    if (r < 0) {
        return r;
    }
    delivery->id = database_last_id(db);
    const struct encoded *encoded = &delivery->encoded;
    if (encoded->own_body || encoded->headers.n > 0 || encoded->error) {
        r = insert_encoded(db, delivery->id, encoded);
    }
    return r;
}

int delivery_table_encode(struct database *db, int64_t id, const struct encoded *encoded)
{
    struct query q;
    query_begin(&q, db, STATEMENT_DELIVERY_ENCODED_DELETE);
    query_bind_i64(&q, id);
    int r = query_run(&q);
    return r == 0 ? insert_encoded(db, id, encoded) : r;
}

static int put_attempt(struct database *db, const struct attempt *attempt)
{
    struct query q;
    query_begin(&q, db, STATEMENT_ATTEMPT_PUT);
    query_bind_i64(&q, attempt->delivery_id);
    query_bind_i64(&q, attempt->number);
    query_bind_i64(&q, attempt->at_ms);
    query_bind_i64(&q, attempt->duration_ms);
    query_bind_i64(&q, attempt->status);
    query_bind_text(&q, attempt->error_code);
    if (attempt->response.len > 0) {
        query_bind_blob(&q, attempt->response.data, attempt->response.len);
    } else {
        query_bind_null(&q);
    }
    return query_run(&q);
}

int delivery_table_settle(struct database *db, const struct attempt *attempt)
{
    struct query q;
    query_begin(&q, db, STATEMENT_DELIVERY_SETTLE);
    query_bind_i64(&q, attempt->delivery_id);
    query_bind_i64(&q, attempt->state);
    query_bind_i64(&q, attempt->number);
    query_bind_i64(&q, attempt->state == DELIVERY_RETRYING ? attempt->next_at_ms : 0);
    int r = query_run(&q);
    if (r < 0 || !database_changed(db)) {
        return r;
    }
    return put_attempt(db, attempt);
}

int delivery_table_is_unsettled(struct database *db, int64_t event_id, bool *ret)
{
    struct query q;
    query_begin(&q, db, STATEMENT_DELIVERY_UNSETTLED_OF_EVENT);
    query_bind_i64(&q, event_id);
    int r = query_step(&q);
    *ret = r > 0;
    return query_end(&q, r);
}

int delivery_table_depths(struct database *db, struct sink_depth **ret, size_t *ret_n)
{
    struct sink_depth *depths = NULL;
    size_t n = 0;
    struct query q;
    query_begin(&q, db, STATEMENT_SINK_DEPTHS);
    int r;
    while ((r = query_step(&q)) > 0) {
        struct sink_depth *more = reallocarray(depths, n + 1, sizeof(*depths));
        if (!more) {
            r = -ENOMEM;
            break;
        }
        depths = more;
        struct sink_depth *depth = &depths[n++];
        query_text_dup(&q, &depth->sink);
        depth->waiting = query_i64(&q);
        depth->held = query_i64(&q);
        depth->oldest_at_ms = query_i64(&q);
        depth->health.failing_since_ms = query_i64(&q);
        depth->health.failures = (unsigned)query_i64(&q);
        depth->health.gone_at_ms = query_i64(&q);
        depth->health.disabled_at_ms = query_i64(&q);
    }
    r = query_end(&q, r);
    if (r < 0) {
        sink_depths_free(depths, n);
        return r;
    }
    *ret = depths;
    *ret_n = n;
    return 0;
}
