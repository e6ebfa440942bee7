#include "bridge/store/suppression-table.h"

#include <stdlib.h>

#include "bridge/store/query.h"
#include "bridge/store/source-table.h"

static int put_one(struct database *db, int64_t source_id, const struct suppression *one)
{
    struct query q;
    query_begin(&q, db, STATEMENT_SUPPRESSION_PUT);
    query_bind_i64(&q, source_id);
    query_bind_text(&q, suppression_rule_name(one->rule));
    query_bind_text(&q, one->key ? one->key : "");
    query_bind_i64(&q, one->at_ms);
    query_bind_text(&q, one->reason);
    query_bind_text(&q, one->changes);
    return query_run(&q);
}

static int trim(struct database *db, int64_t source_id)
{
    struct query q;
    query_begin(&q, db, STATEMENT_SUPPRESSION_TRIM);
    query_bind_i64(&q, source_id);
    query_bind_i64(&q, SUPPRESSIONS_STORED);
    return query_run(&q);
}

int suppression_table_put(struct database *db, const char *source,
                          const struct suppression_list *list)
{
    struct source_place place = { 0 };
    int r = list->n > 0 ? source_table_find(db, 0, source, &place) : 0;
    if (r < 0 || place.id == 0) {
        return r;
    }
    for (size_t i = 0; r == 0 && i < list->n; i++) {
        r = put_one(db, place.id, &list->v[i]);
    }
    return r ? r : trim(db, place.id);
}

struct texts {
    char *rule;
    char *key;
    char *reason;
    char *changes;
};

static void texts_deinit(struct texts *texts)
{
    free(texts->rule);
    free(texts->key);
    free(texts->reason);
    free(texts->changes);
}

static void show(struct query *q, suppression_row_fn visit, void *userdata)
{
    CLEANUP(texts_deinit) struct texts texts = { 0 };
    struct suppression_row row = { 0 };
    query_text_dup(q, &texts.rule);
    query_text_dup(q, &texts.key);
    row.times = query_i64(q);
    row.first_at_ms = query_i64(q);
    row.last_at_ms = query_i64(q);
    query_text_dup(q, &texts.reason);
    query_text_dup(q, &texts.changes);
    row.rule = texts.rule;
    row.key = texts.key && *texts.key ? texts.key : NULL;
    row.reason = texts.reason;
    row.changes = texts.changes;
    if (row.rule && row.reason) { // else there is no memory, which the end of the query tells
        visit(&row, userdata);
    }
}

int suppression_table_list(struct database *db, const char *source, suppression_row_fn visit,
                           void *userdata)
{
    struct query q;
    int r;
    query_begin(&q, db, STATEMENT_SUPPRESSION_LIST);
    query_bind_text(&q, source);
    while ((r = query_step(&q)) > 0) {
        show(&q, visit, userdata);
    }
    return query_end(&q, r);
}
