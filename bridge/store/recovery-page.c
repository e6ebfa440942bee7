// What a recovery looks at next. Events are walked by their time, whose index gives the order; the
// last delivery of each to the sink says whether it is meant.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/str.h"
#include "bridge/store/delivery-table.h"
#include "bridge/store/query.h"
#include "bridge/store/recovery-table.h"

#define PAGE_BYTES_MAX ((size_t)8 << 20) // of bodies; one more may go over

struct walk {
    struct database *db;
    const struct recovery *recovery;
    int64_t sink_id; // 0: it never had a delivery
    struct recovery_page *page;
    size_t bytes;
};

static int read_event(struct query *q, struct recovery_item *ret, struct event_place *ret_place)
{
    ret->event = ret_place->id = query_i64(q);
    ret->told.at_ms = ret_place->at_ms = query_i64(q);
    query_text_copy(q, ret->told.id, sizeof(ret->told.id));
    query_text_dup(q, &ret->told.type);
    query_text_dup(q, &ret->told.source);
    ret->told.sequence = query_i64(q);
    query_text_dup(q, &ret->told.key);
    return ret->told.type && ret->told.source ? 0 : -ENOMEM;
}

static int last_delivery(const struct walk *walk, struct recovery_item *item, unsigned *ret_status)
{
    struct query q;
    query_begin(&q, walk->db, STATEMENT_RECOVERY_LAST_DELIVERY);
    query_bind_i64(&q, item->event);
    query_bind_i64(&q, walk->sink_id);
    int r = query_step(&q);
    *ret_status = RECOVERY_MISSING;
    if (r > 0) {
        int64_t id = query_i64(&q);
        *ret_status = 1U << query_i64(&q);
        // One whose template failed has no bytes: it is encoded anew.
        item->copy_of = query_i64(&q) ? 0 : id;
    }
    return query_end(&q, r);
}

static int read_body(struct walk *walk, struct recovery_item *item)
{
    struct query q;
    query_begin(&q, walk->db, STATEMENT_EVENT_BODY);
    query_bind_i64(&q, item->event);
    int r = query_step(&q);
    if (r > 0) {
        query_bytes_dup(&q, &item->told.body);
    }
    walk->bytes += item->told.body.len;
    return query_end(&q, r);
}

static bool is_asked_for(const struct recovery *recovery, const struct event *event)
{
    return event_matches(&recovery->sources, &recovery->types, event->source, event->type);
}

// Keeps the item in the page when it is meant.
static int judge(struct walk *walk, struct recovery_item *item)
{
    unsigned status = 0;
    if (!is_asked_for(walk->recovery, &item->told)) {
        return 0;
    }
    int r = last_delivery(walk, item, &status);
    if (r < 0 || (status & walk->recovery->statuses) == 0) {
        return r;
    }
    if (item->copy_of == 0) {
        r = read_body(walk, item);
    }
    if (r == 0) {
        walk->page->v[walk->page->n++] = *item;
        *item = (struct recovery_item){ 0 };
    }
    return r;
}

static void begin(const struct walk *walk, struct query *q)
{
    const struct recovery *recovery = walk->recovery;
    if (recovery->event_id[0]) {
        query_begin(q, walk->db, STATEMENT_RECOVERY_EVENT);
        query_bind_text(q, recovery->event_id);
        return;
    }
    query_begin(q, walk->db, STATEMENT_RECOVERY_EVENTS);
    query_bind_i64(q, recovery->until_ms);
    query_bind_i64(q, recovery->after.at_ms);
    query_bind_i64(q, recovery->after.id);
    query_bind_i64(q, RECOVERY_PAGE);
}

static int walk_events(struct walk *walk)
{
    struct query q;
    size_t seen = 0;
    int r = 0;
    int step = 0;
    begin(walk, &q);
    while (r == 0 && walk->bytes < PAGE_BYTES_MAX && (step = query_step(&q)) > 0) {
        struct recovery_item item = { 0 };
        r = read_event(&q, &item, &walk->page->last);
        r = r < 0 ? r : judge(walk, &item);
        event_deinit(&item.told);
        seen++;
    }
    walk->page->is_last = walk->recovery->event_id[0] ||
                          (step == 0 && seen < RECOVERY_PAGE && walk->bytes < PAGE_BYTES_MAX);
    return query_end(&q, r < 0 ? r : step);
}

int recovery_page_load(struct database *db, const struct recovery *recovery,
                       struct recovery_page *ret)
{
    CLEANUP(recovery_page_deinit) struct recovery_page page = { .last = recovery->after };
    struct walk walk = { .db = db, .recovery = recovery, .page = &page };
    page.v = calloc(RECOVERY_PAGE, sizeof(*page.v));
    int r = page.v ? delivery_table_find_sink(db, recovery->sink, &walk.sink_id) : -ENOMEM;
    r = r < 0 ? r : walk_events(&walk);
    if (r == 0) {
        *ret = page;
        page = (struct recovery_page){ 0 };
    }
    return r;
}
