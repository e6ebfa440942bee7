// The oldest waiting deliveries are a merge of two sorted lists of ids: those that may go at once,
// and those whose time has come. For the latter there are two ways, neither of which is cheap for
// every distribution of a million retries: few due ones are collected by time and sorted, many are
// met soon enough when walking by id. Which it is, a bounded count tells.
#include "bridge/store/delivery-due.h"

#include <errno.h>
#include <stdlib.h>

#include "bridge/base/str.h"
#include "bridge/model/delivery.h"
#include "bridge/spi/store.h"
#include "bridge/store/delivery-table.h"
#include "bridge/store/header-codec.h"
#include "bridge/store/query.h"

#define FEW_MAX 5000

struct id_list {
    int64_t *v;
    size_t n;
};

static void id_list_deinit(struct id_list *list)
{
    free(list->v);
}
#define AUTO_IDS CLEANUP(id_list_deinit)

struct due_range {
    int64_t sink_id;
    int64_t now_ms;
    int64_t after_id;
    size_t limit;
};

static int collect(struct query *q, size_t limit, struct id_list *ret)
{
    ret->v = calloc(limit, sizeof(*ret->v));
    int r = ret->v ? 0 : -ENOMEM;
    while (r == 0 && ret->n < limit && (r = query_step(q)) > 0) {
        ret->v[ret->n++] = query_i64(q);
        r = 0;
    }
    return query_end(q, r);
}

static int ready_ids(struct database *db, const struct due_range *range, struct id_list *ret)
{
    struct query q;
    query_begin(&q, db, STATEMENT_DELIVERY_READY);
    query_bind_i64(&q, range->sink_id);
    query_bind_i64(&q, range->after_id);
    query_bind_i64(&q, (int64_t)range->limit);
    return collect(&q, range->limit, ret);
}

static int count_timed(struct database *db, const struct due_range *range, int64_t *ret)
{
    struct query q;
    query_begin(&q, db, STATEMENT_DELIVERY_TIMED_COUNT);
    query_bind_i64(&q, range->sink_id);
    query_bind_i64(&q, range->now_ms);
    query_bind_i64(&q, FEW_MAX + 1);
    int r = query_step(&q);
    *ret = r > 0 ? query_i64(&q) : 0;
    return query_end(&q, r);
}

static int timed_ids(struct database *db, const struct due_range *range, struct id_list *ret)
{
    int64_t n;
    int r = count_timed(db, range, &n);
    if (r < 0 || n == 0) {
        return r;
    }
    struct query q;
    query_begin(&q, db, n > FEW_MAX ? STATEMENT_DELIVERY_TIMED_MANY : STATEMENT_DELIVERY_TIMED_FEW);
    query_bind_i64(&q, range->sink_id);
    query_bind_i64(&q, range->after_id);
    query_bind_i64(&q, (int64_t)range->limit);
    query_bind_i64(&q, range->now_ms);
    return collect(&q, range->limit, ret);
}

static int due_ids(struct database *db, const struct due_range *range, struct id_list *ret)
{
    AUTO_IDS struct id_list ready = { 0 };
    AUTO_IDS struct id_list timed = { 0 };
    int r = ready_ids(db, range, &ready);
    if (r == 0) {
        r = timed_ids(db, range, &timed);
    }
    if (r < 0) {
        return r;
    }
    size_t n = ready.n + timed.n < range->limit ? ready.n + timed.n : range->limit;
    ret->v = calloc(n + 1, sizeof(*ret->v));
    if (!ret->v) {
        return -ENOMEM;
    }
    for (size_t i = 0, j = 0; ret->n < n;) {
        bool from_ready = j == timed.n || (i < ready.n && ready.v[i] < timed.v[j]);
        ret->v[ret->n++] = from_ready ? ready.v[i++] : timed.v[j++];
    }
    return 0;
}

static int next_due(struct database *db, const struct due_range *range, int64_t *ret)
{
    struct query q;
    query_begin(&q, db, STATEMENT_DELIVERY_NEXT_DUE);
    query_bind_i64(&q, range->sink_id);
    query_bind_i64(&q, range->now_ms);
    int r = query_step(&q);
    *ret = r > 0 ? query_i64(&q) : 0;
    return query_end(&q, r);
}

static int read_delivery(struct query *q, struct delivery *ret)
{
    ret->state = (enum delivery_state)query_i64(q);
    query_text_dup(q, &ret->lane);
    ret->attempts = (unsigned)query_i64(q);
    ret->next_at_ms = query_i64(q);
    query_text_copy(q, ret->event_id, sizeof(ret->event_id));
    query_text_dup(q, &ret->event_type);
    query_text_dup(q, &ret->source);
    ret->sequence = query_i64(q);
    ret->event_at_ms = query_i64(q);
    query_text_dup(q, &ret->encoded.error);
    size_t len;
    const void *headers = query_blob(q, &len);
    int r = len > 0 ? header_codec_decode(headers, len, &ret->encoded.headers) : 0;
    ret->encoded.own_body = query_i64(q) != 0;
    query_bytes_dup(q, &ret->encoded.body);
    return r;
}

static int load(struct database *db, int64_t id, const char *sink, struct delivery *ret)
{
    struct query q;
    query_begin(&q, db, STATEMENT_DELIVERY_GET);
    query_bind_i64(&q, id);
    int r = query_step(&q);
    if (r > 0) {
        r = read_delivery(&q, ret);
    } else if (r == 0) {
        r = -EUCLEAN; // an index names a row that is not there
    }
    r = query_end(&q, r);
    if (r < 0) {
        return r;
    }
    ret->id = id;
    ret->sink = str_printf("%s", sink);
    return ret->sink ? 0 : -ENOMEM;
}

// Up to DUE_BYTES_MAX of bodies.
static int load_all(struct database *db, const struct id_list *ids, const char *sink,
                    struct delivery_list *ret)
{
    ret->v = calloc(ids->n + 1, sizeof(*ret->v));
    if (!ret->v) {
        return -ENOMEM;
    }
    int r = 0;
    size_t bytes = 0;
    while (r == 0 && ret->n < ids->n && bytes < DUE_BYTES_MAX) {
        struct delivery *delivery = &ret->v[ret->n];
        r = load(db, ids->v[ret->n], sink, delivery);
        ret->n++;
        bytes += delivery->encoded.body.len;
    }
    return r;
}

int delivery_due_load(struct database *db, const struct due_query *query, struct delivery_list *ret,
                      int64_t *ret_next_due_at_ms)
{
    struct due_range range = {
        .now_ms = query->now_ms,
        .after_id = query->after_id,
        .limit = query->limit < DUE_LIMIT_MAX ? query->limit : DUE_LIMIT_MAX,
    };
    struct delivery_list list = { 0 };
    AUTO_IDS struct id_list ids = { 0 };
    int64_t next_due_at_ms = 0;
    int r = delivery_table_find_sink(db, query->sink, &range.sink_id);
    if (r == 0 && range.sink_id != 0) {
        r = range.limit > 0 ? due_ids(db, &range, &ids) : 0;
        if (r == 0) {
            r = next_due(db, &range, &next_due_at_ms);
        }
        if (r == 0) {
            r = load_all(db, &ids, query->sink, &list);
        }
    }
    if (r < 0) {
        delivery_list_deinit(&list);
        return r;
    }
    *ret = list;
    *ret_next_due_at_ms = list.n < ids.n ? query->now_ms : next_due_at_ms;
    return 0;
}
