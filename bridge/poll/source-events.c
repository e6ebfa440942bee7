#include "bridge/poll/source-events.h"

#include "bridge/model/snapshot.h"
#include "bridge/poll/event-data.h"
#include "bridge/poll/event-maker.h"

static int add(struct event_maker *maker, const char *type, const struct event_data *data)
{
    return data->error ? data->error : event_maker_add(maker, type, NULL, data->object);
}

int source_event_failing(struct event_maker *maker, const struct source_trouble *trouble)
{
    CLEANUP(event_data_deinit) struct event_data data;
    event_data_init(&data);
    event_data_text(&data, "code", trouble->code);
    event_data_text(&data, "detail", trouble->detail);
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
    event_data_text(&data, "code", trouble->code);
    event_data_text(&data, "detail", trouble->detail);
    return add(maker, EVENT_SOURCE_HELD, &data);
}
