#include "bridge/store/prune.h"

#include <stddef.h>

#include "bridge/store/delivery-table.h"
#include "bridge/store/query.h"

#define STEP_EVENTS 200

static const struct event_place beginning = { INT64_MIN, 0 };

void prune_init(struct prune *prune, int64_t before_ms, uint64_t size_bytes)
{
    *prune = (struct prune){
        .before_ms = before_ms,
        .size_bytes = size_bytes,
        .at = beginning,
    };
}

// Of pages with content: the file itself does not shrink, free pages are used again.
static int used_bytes(struct database *db, uint64_t *ret)
{
    int64_t pages = 0;
    int64_t free_pages = 0;
    int64_t page_size = 0;
    int r = query_number(db, STATEMENT_PAGE_COUNT, &pages);
    if (r == 0) {
        r = query_number(db, STATEMENT_FREE_PAGE_COUNT, &free_pages);
    }
    if (r == 0) {
        r = query_number(db, STATEMENT_PAGE_SIZE, &page_size);
    }
    *ret = (uint64_t)((pages - free_pages) * page_size);
    return r;
}

static int is_small_enough(struct database *db, const struct prune *prune, bool *ret)
{
    uint64_t used = 0;
    int r = prune->size_bytes == 0 ? 0 : used_bytes(db, &used);
    *ret = used <= prune->size_bytes;
    return r;
}

static int delete_settled(struct database *db, int64_t event_id)
{
    bool unsettled;
    int r = delivery_table_is_unsettled(db, event_id, &unsettled);
    if (r < 0 || unsettled) {
        return r;
    }
    return event_table_delete(db, event_id);
}

int prune_step(struct database *db, struct prune *prune)
{
    if (prune->by_size) {
        bool small_enough;
        int r = is_small_enough(db, prune, &small_enough);
        if (r < 0 || small_enough) {
            return r;
        }
    }
    struct event_place places[STEP_EVENTS];
    size_t n;
    int64_t before_ms = prune->by_size ? INT64_MAX : prune->before_ms;
    int r = event_table_oldest(db, &prune->at, before_ms, STEP_EVENTS, places, &n);
    for (size_t i = 0; r == 0 && i < n; i++) {
        prune->at = places[i];
        r = delete_settled(db, places[i].id);
    }
    if (r < 0 || n == STEP_EVENTS) {
        return r < 0 ? r : PRUNE_MORE;
    }
    if (prune->by_size) {
        return 0;
    }
    prune->by_size = true;
    prune->at = beginning;
    return PRUNE_MORE;
}
