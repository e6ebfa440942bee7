#include "bridge/store/sink-table.h"

#include <stdint.h>

#include "bridge/model/delivery.h"
#include "bridge/spi/store.h"
#include "bridge/store/delivery-table.h"
#include "bridge/store/query.h"

#define STEP_ROWS 500

static int write_health(struct database *db, int64_t id, const struct sink_health *health)
{
    struct query q;
    query_begin(&q, db, STATEMENT_SINK_NOTE);
    query_bind_i64(&q, id);
    query_bind_i64(&q, health->failing_since_ms);
    query_bind_i64(&q, health->failures);
    query_bind_i64(&q, health->gone_at_ms);
    query_bind_i64(&q, health->disabled_at_ms);
    return query_run(&q);
}

int sink_table_note(struct database *db, const char *name, const struct sink_health *health)
{
    int64_t id;
    int r = delivery_table_add_sink(db, name, &id, NULL);
    return r < 0 ? r : write_health(db, id, health);
}

static int hold(struct database *db, int64_t id, enum statement which)
{
    struct query q;
    query_begin(&q, db, which);
    query_bind_i64(&q, id);
    query_bind_i64(&q, STEP_ROWS);
    int r = query_run(&q);
    return r == 0 && database_changes(db) == STEP_ROWS ? SINK_TABLE_MORE : r;
}

int sink_table_hold_step(struct database *db, const char *name)
{
    int64_t id;
    int r = delivery_table_find_sink(db, name, &id);
    if (r < 0 || id == 0) {
        return r;
    }
    r = hold(db, id, STATEMENT_SINK_HOLD_READY);
    return r != 0 ? r : hold(db, id, STATEMENT_SINK_HOLD_TIMED);
}

int sink_table_release_step(struct database *db, const char *name, bool cancel)
{
    static const struct sink_health well;
    int64_t id;
    int r = delivery_table_find_sink(db, name, &id);
    if (r < 0 || id == 0) {
        return r;
    }
    struct query q;
    query_begin(&q, db, STATEMENT_SINK_RELEASE);
    query_bind_i64(&q, id);
    query_bind_i64(&q, STEP_ROWS);
    query_bind_i64(&q, cancel ? DELIVERY_CANCELED : DELIVERY_PENDING);
    r = query_run(&q);
    if (r < 0 || database_changes(db) == STEP_ROWS) {
        return r < 0 ? r : SINK_TABLE_MORE;
    }
    return write_health(db, id, &well);
}
