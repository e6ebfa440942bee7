#include "bridge/poll/digest/coalesce-look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/diff/patch.h"
#include "bridge/model/json.h"
#include "bridge/poll/digest/event-data.h"
#include "bridge/spi/coalescence.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/sink.h"
#include "bridge/spi/store.h"
#include "bridge/spi/worker.h"

enum { LOOK_E_ALONE = 1 };

// The newest's data, with the difference from what the oldest found. LOOK_E_ALONE: not all of both
// sides is told.
static int merge_data(const struct change_rules *rules, struct json_object *oldest,
                      struct json_object *newest, size_t n)
{
    struct event_data data = { .object = json_object_object_get(newest, "data") };
    struct json_object *from = json_object_object_get(oldest, "data");
    struct json_object *before = NULL;
    struct json_object *after = NULL;
    struct json_object *changes = NULL;
    struct json_object *patch = NULL;
    if (!json_object_object_get_ex(from, "before", &before) ||
        !json_object_object_get_ex(data.object, "after", &after)) {
        return LOOK_E_ALONE;
    }
    int r = diff_changes(before, after, rules ? rules->ignore : NULL, &changes);
    r = r ? r : diff_patch(before, after, &patch);
    if (r) {
        (void)json_object_put(changes);
        return r;
    }
    event_data_take(&data, "changes", changes);
    event_data_take(&data, "patch", patch);
    event_data_share(&data, "before", before);
    event_data_number(&data, "coalesced_count", (int64_t)n);
    return data.error;
}

static int merge(const struct settings *settings, struct coalescible *found)
{
    AUTO_JSON struct json_object *oldest = NULL;
    AUTO_JSON struct json_object *newest = NULL;
    const struct source_settings *source = settings_find_source(settings, found->newest.source);
    int r = event_read_body(&found->oldest, &oldest, NULL);
    r = r ? r : event_read_body(&found->newest, &newest, NULL);
    r = r ? r : merge_data(source ? &source->rules : NULL, oldest, newest, found->n);
    r = r ? r : event_recall(&found->newest);
    return r ? r : event_encode(&found->newest, json_object_object_get(newest, "data"));
}

// Always bytes of its own: the stored event keeps its body.
static int encode(const struct worker *worker, const struct sink_settings *sink,
                  struct event *event, struct encoded *ret)
{
    int r = sink->driver->encode
                ? sink->driver->encode(sink->driver_settings, worker->expressions, event, ret)
                : 0;
    if (r == 0 && !ret->own_body && !ret->error) {
        ret->body = event->body;
        event->body = (struct bytes){ 0 };
        ret->own_body = true;
    }
    return r == 0 && ret->error ? LOOK_E_ALONE : r; // each fails or not by itself
}

int coalesce_look(void *worker_ctx, const struct coalesce_question *question,
                  struct coalescence *ret)
{
    const struct worker *worker = worker_ctx;
    CLEANUP(coalescible_deinit) struct coalescible found = { 0 };
    CLEANUP(coalescence_deinit) struct coalescence made = { 0 };
    if (!worker) {
        return -ENOMEM;
    }
    int r =
        worker->store->ops->reader_coalescible(worker->reader, question->ids, question->n, &found);
    if (r < 0 || found.n < 2) {
        return r;
    }
    made.ids = malloc(found.n * sizeof(*made.ids));
    if (!made.ids) {
        return -ENOMEM;
    }
    memcpy(made.ids, question->ids, found.n * sizeof(*made.ids));
    made.n = found.n;
    r = merge(question->settings, &found);
    r = r ? r : encode(worker, question->sink, &found.newest, &made.encoded);
    if (r == 0) {
        *ret = made;
        made = (struct coalescence){ 0 };
    }
    return r < 0 ? r : 0;
}
