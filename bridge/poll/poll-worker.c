#include "bridge/poll/poll-worker.h"

#include <errno.h>

#include "bridge/expr/expr.h"
#include "bridge/spi/store.h"

void poll_worker_free(void *ctx)
{
    struct worker *worker = ctx;
    if (!worker) {
        return;
    }
    if (worker->reader) {
        (void)worker->store->ops->reader_free(worker->reader);
    }
    (void)expr_context_free(worker->expressions);
    free(worker);
}

int poll_worker_new(void **ret, void *userdata)
{
    struct store *store = userdata;
    struct worker *worker = calloc(1, sizeof(*worker));
    if (!worker) {
        return -ENOMEM;
    }
    worker->store = store;
    int r = expr_context_new(&worker->expressions);
    if (r == 0) {
        r = store->ops->reader_new(store, &worker->reader);
    }
    if (r < 0) {
        poll_worker_free(worker);
        return r;
    }
    *ret = worker;
    return 0;
}
