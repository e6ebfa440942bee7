#include "bridge/poll/digest/recovery-look.h"

#include <errno.h>

#include "bridge/model/json.h"
#include "bridge/poll/digest/deliveries.h"
#include "bridge/spi/recovery.h"
#include "bridge/spi/store.h"
#include "bridge/spi/worker.h"

// An event as it was when it was told: what has no column of its own stands in its body.
static int encode_anew(struct expr_context *context, const struct sink_settings *sink,
                       struct recovery_item *item)
{
    AUTO_JSON struct json_object *body = NULL;
    int r = deliveries_filter(sink, context, &item->told, &body);
    r = r ? r : event_recall(&item->told);
    return r ? r : deliveries_make_one(sink, context, &item->told, &item->as);
}

// What the sink had before it wanted, whatever its filter says now.
static int prepare(struct expr_context *context, const struct sink_settings *sink,
                   struct recovery_item *item)
{
    if (!deliveries_wants(sink, &item->told)) {
        return DELIVERIES_E_UNWANTED;
    }
    return item->copy_of == 0 ? encode_anew(context, sink, item) : 0;
}

int recovery_look(void *worker_ctx, const struct sink_settings *sink,
                  const struct recovery *recovery, struct recovery_page *ret)
{
    struct worker *worker = worker_ctx;
    CLEANUP(recovery_page_deinit) struct recovery_page page = { 0 };
    if (!worker) {
        return -ENOMEM;
    }
    int r = worker->store->ops->reader_recovery_page(worker->reader, recovery, &page);
    for (size_t i = 0; r == 0 && i < page.n;) {
        r = prepare(worker->expressions, sink, &page.v[i]);
        if (r == DELIVERIES_E_UNWANTED) {
            recovery_page_drop(&page, i);
            r = 0;
        } else {
            i++;
        }
    }
    if (r == 0) {
        *ret = page;
        page = (struct recovery_page){ 0 };
    }
    return r;
}

int recovery_make(void *worker_ctx, const struct sink_settings *sink, const struct event *event,
                  struct delivery *ret)
{
    const struct worker *worker = worker_ctx;
    return worker ? deliveries_make_one(sink, worker->expressions, event, ret) : -ENOMEM;
}
