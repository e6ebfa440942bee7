#include "bridge/poll/digest/source-events.h"

#include "bridge/base/units.h"
#include "bridge/model/failure.h"
#include "bridge/model/snapshot.h"
#include "bridge/poll/digest/event-data.h"
#include "bridge/poll/digest/event-maker.h"

static int add(struct event_maker *maker, const char *type, const struct event_data *data)
{
    return data->error ? data->error : event_maker_add(maker, type, NULL, data->object);
}

static void add_trouble(struct event_data *data, const struct source_trouble *trouble)
{
    event_data_text(data, "code", failure_find(trouble->code)->code);
    event_data_text(data, "detail", trouble->detail);
}

int source_event_failing(struct event_maker *maker, const struct source_trouble *trouble)
{
    CLEANUP(event_data_deinit) struct event_data data;
    event_data_init(&data);
    add_trouble(&data, trouble);
    event_data_number(&data, "failures", trouble->failures);
    event_data_time(&data, "since", trouble->since_ms);
    return add(maker, EVENT_SOURCE_FAILING, &data);
}

int source_event_recovered(struct event_maker *maker, const struct source_state *before)
{
    CLEANUP(event_data_deinit) struct event_data data;
    event_data_init(&data);
    event_data_number(&data, "failures", before->failures);
    event_data_time(&data, "since", before->failing_since_ms);
    return add(maker, EVENT_SOURCE_RECOVERED, &data);
}

int source_event_held(struct event_maker *maker, const struct source_trouble *trouble)
{
    CLEANUP(event_data_deinit) struct event_data data;
    event_data_init(&data);
    add_trouble(&data, trouble);
    return add(maker, EVENT_SOURCE_HELD, &data);
}

int source_event_stale(struct event_maker *maker, const struct source_state *before,
                       int64_t expected_ms)
{
    CLEANUP(event_data_deinit) struct event_data data;
    char expected[32];
    duration_format(expected_ms, expected, sizeof(expected));
    event_data_init(&data);
    event_data_time(&data, "since", before->changed_at_ms);
    event_data_text(&data, "expected_within", expected);
    return add(maker, EVENT_SOURCE_STALE, &data);
}
