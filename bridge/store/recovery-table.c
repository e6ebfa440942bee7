#include "bridge/store/recovery-table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/model/delivery.h"
#include "bridge/spi/store.h"
#include "bridge/store/delivery-table.h"
#include "bridge/store/query.h"

#define KEPT_MS (INT64_C(30) * 24 * 3600 * 1000) // finished ones, to be looked up

static int join(const struct string_list *list, struct buf *ret)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < list->n; i++) {
        r = buf_append_str(ret, list->v[i]);
        if (r == 0) {
            r = buf_append_char(ret, '\n');
        }
    }
    return r;
}

static int split(char *text, struct string_list *ret)
{
    int r = 0;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); r == 0 && line;
         line = strtok_r(NULL, "\n", &rest)) {
        r = string_list_add(ret, line);
    }
    return r;
}

static int forget_old(struct database *db, int64_t now_ms)
{
    struct query q;
    query_begin(&q, db, STATEMENT_RECOVERY_FORGET);
    query_bind_i64(&q, now_ms - KEPT_MS);
    return query_run(&q);
}

int recovery_table_insert(struct database *db, const struct recovery *recovery)
{
    AUTO_BUF struct buf sources = { 0 };
    AUTO_BUF struct buf types = { 0 };
    int r = forget_old(db, recovery->created_at_ms);
    r = r < 0 ? r : join(&recovery->sources, &sources);
    r = r < 0 ? r : join(&recovery->types, &types);
    if (r < 0) {
        return r;
    }
    struct query q;
    query_begin(&q, db, STATEMENT_RECOVERY_INSERT);
    query_bind_text(&q, recovery->id);
    query_bind_text(&q, recovery->sink);
    query_bind_text(&q, recovery->event_id);
    query_bind_text(&q, buf_str(&sources));
    query_bind_text(&q, buf_str(&types));
    query_bind_i64(&q, recovery->statuses);
    query_bind_i64(&q, recovery->since_ms);
    query_bind_i64(&q, recovery->until_ms);
    query_bind_i64(&q, recovery->created_at_ms);
    query_bind_i64(&q, recovery->after.at_ms);
    query_bind_i64(&q, recovery->after.id);
    return query_run(&q);
}

static int read_recovery(struct query *q, struct recovery *ret)
{
    AUTO_FREE char *sources = NULL;
    AUTO_FREE char *types = NULL;
    query_text_copy(q, ret->id, sizeof(ret->id));
    query_text_dup(q, &ret->sink);
    query_text_copy(q, ret->event_id, sizeof(ret->event_id));
    query_text_dup(q, &sources);
    query_text_dup(q, &types);
    ret->statuses = (unsigned)query_i64(q);
    ret->since_ms = query_i64(q);
    ret->until_ms = query_i64(q);
    ret->created_at_ms = query_i64(q);
    ret->finished_at_ms = query_i64(q);
    ret->after.at_ms = query_i64(q);
    ret->after.id = query_i64(q);
    ret->added = query_i64(q);
    if (!ret->sink || !sources || !types) {
        return -ENOMEM;
    }
    int r = split(sources, &ret->sources);
    return r < 0 ? r : split(types, &ret->types);
}

int recovery_table_get(struct database *db, const char *id, struct recovery *ret)
{
    CLEANUP(recovery_deinit) struct recovery recovery = { 0 };
    struct query q;
    query_begin(&q, db, STATEMENT_RECOVERY_GET);
    query_bind_text(&q, id);
    int r = query_step(&q);
    r = query_end(&q, r > 0 ? read_recovery(&q, &recovery) : r == 0 ? -ENOENT : r);
    if (r == 0) {
        *ret = recovery;
        recovery = (struct recovery){ 0 };
    }
    return r;
}

int recovery_table_load(struct database *db, struct recovery_list *ret)
{
    CLEANUP(recovery_list_deinit) struct recovery_list list = { 0 };
    struct query q;
    query_begin(&q, db, STATEMENT_RECOVERY_ALL_OPEN);
    int r;
    while ((r = query_step(&q)) > 0) {
        struct recovery *more = reallocarray(list.v, list.n + 1, sizeof(*more));
        if (!more) {
            r = -ENOMEM;
            break;
        }
        list.v = more;
        list.v[list.n] = (struct recovery){ 0 };
        r = read_recovery(&q, &list.v[list.n++]);
        if (r < 0) {
            break;
        }
    }
    r = query_end(&q, r);
    if (r == 0) {
        *ret = list;
        list = (struct recovery_list){ 0 };
    }
    return r;
}

static int advance(struct database *db, const struct recovery *recovery,
                   const struct recovery_page *page, int64_t added)
{
    struct query q;
    query_begin(&q, db, STATEMENT_RECOVERY_ADVANCE);
    query_bind_text(&q, recovery->id);
    query_bind_i64(&q, recovery->after.at_ms);
    query_bind_i64(&q, recovery->after.id);
    query_bind_i64(&q, page->last.at_ms);
    query_bind_i64(&q, page->last.id);
    query_bind_i64(&q, added);
    query_bind_i64(&q, page->is_last ? page->at_ms : 0);
    int r = query_run(&q);
    return r == 0 && !database_changed(db) ? STORE_E_CONFLICT : r;
}

static int copy_delivery(struct database *db, int64_t id, enum delivery_state state, int64_t *ret)
{
    struct query q;
    query_begin(&q, db, STATEMENT_DELIVERY_COPY);
    query_bind_i64(&q, id);
    query_bind_i64(&q, state);
    int r = query_run(&q);
    if (r < 0 || !database_changed(db)) {
        return r;
    }
    *ret = database_last_id(db);
    query_begin(&q, db, STATEMENT_ENCODED_COPY);
    query_bind_i64(&q, id);
    query_bind_i64(&q, *ret);
    return query_run(&q);
}

static int event_exists(struct database *db, int64_t id, bool *ret)
{
    struct query q;
    query_begin(&q, db, STATEMENT_EVENT_EXISTS);
    query_bind_i64(&q, id);
    int r = query_step(&q);
    *ret = r > 0;
    return query_end(&q, r);
}

// *ret is 0 when what it needs was pruned meanwhile.
static int add_item(struct database *db, struct recovery_item *item, bool is_disabled,
                    enum delivery_state *ret_state, int64_t *ret)
{
    if (item->copy_of != 0) {
        *ret_state = is_disabled ? DELIVERY_HELD : DELIVERY_PENDING;
        return copy_delivery(db, item->copy_of, *ret_state, ret);
    }
    bool exists;
    int r = event_exists(db, item->event, &exists);
    if (r < 0 || !exists) {
        return r;
    }
    r = delivery_table_insert(db, item->event, &item->as);
    *ret_state = item->as.state;
    *ret = item->as.id;
    return r;
}

int recovery_table_step(struct database *db, const struct recovery *recovery,
                        struct recovery_page *page, struct recovery_outcome *ret)
{
    int64_t sink_id;
    bool is_disabled = false;
    int64_t failed = 0;
    *ret = (struct recovery_outcome){ 0 };
    int r = delivery_table_add_sink(db, recovery->sink, &sink_id, &is_disabled);
    for (size_t i = 0; r == 0 && i < page->n; i++) {
        enum delivery_state state = DELIVERY_PENDING;
        int64_t id = 0;
        r = add_item(db, &page->v[i], is_disabled, &state, &id);
        ret->added += id != 0 && state == DELIVERY_PENDING;
        ret->held += id != 0 && state == DELIVERY_HELD;
        failed += id != 0 && state == DELIVERY_FAILED;
    }
    return r < 0 ? r : advance(db, recovery, page, ret->added + ret->held + failed);
}
