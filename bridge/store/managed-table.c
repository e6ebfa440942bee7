#include "bridge/store/managed-table.h"

#include <errno.h>
#include <stdlib.h>

#include "bridge/spi/managed-sink.h"
#include "bridge/store/query.h"
#include "bridge/store/sink-table.h"

static int read_sink(struct query *q, struct managed_sink *ret)
{
    query_text_dup(q, &ret->name);
    query_text_dup(q, &ret->settings);
    ret->created_at_ms = query_i64(q);
    ret->updated_at_ms = query_i64(q);
    ret->rotated_until_ms = query_i64(q);
    return ret->name && ret->settings ? 0 : -ENOMEM;
}

int managed_table_load(struct database *db, struct managed_sinks *ret)
{
    CLEANUP(managed_sinks_deinit) struct managed_sinks list = { 0 };
    struct query q;
    query_begin(&q, db, STATEMENT_MANAGED_SINK_ALL);
    int r;
    while ((r = query_step(&q)) > 0) {
        struct managed_sink *more = reallocarray(list.v, list.n + 1, sizeof(*more));
        if (!more) {
            r = -ENOMEM;
            break;
        }
        list.v = more;
        list.v[list.n] = (struct managed_sink){ 0 };
        r = read_sink(&q, &list.v[list.n++]);
        if (r < 0) {
            break;
        }
    }
    r = query_end(&q, r);
    if (r == 0) {
        *ret = list;
        list = (struct managed_sinks){ 0 };
    }
    return r;
}

int managed_table_put(struct database *db, const struct managed_sink *sink)
{
    struct query q;
    query_begin(&q, db, STATEMENT_MANAGED_SINK_PUT);
    query_bind_text(&q, sink->name);
    query_bind_text(&q, sink->settings);
    query_bind_i64(&q, sink->created_at_ms);
    query_bind_i64(&q, sink->updated_at_ms);
    query_bind_i64(&q, sink->rotated_until_ms);
    return query_run(&q);
}

int managed_table_delete_step(struct database *db, const char *name)
{
    int r = sink_table_hold_step(db, name);
    if (r == 0) {
        r = sink_table_release_step(db, name, true);
    }
    if (r != 0) {
        return r;
    }
    struct query q;
    query_begin(&q, db, STATEMENT_MANAGED_SINK_DELETE);
    query_bind_text(&q, name);
    return query_run(&q);
}
