#include "bridge/poll/digest/event-data.h"

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/clock.h"
#include "bridge/model/json.h"

void event_data_init(struct event_data *data)
{
    data->object = json_object_new_object();
    data->error = data->object ? 0 : -ENOMEM;
}

void event_data_deinit(struct event_data *data)
{
    (void)json_object_put(data->object);
    data->object = NULL;
}

void event_data_take(struct event_data *data, const char *name, struct json_object *value)
{
    if (data->error || json_object_object_add(data->object, name, value) != 0) {
        (void)json_object_put(value);
        data->error = -ENOMEM;
    }
}

void event_data_share(struct event_data *data, const char *name, struct json_object *value)
{
    event_data_take(data, name, json_object_get(value));
}

// A value that is only NULL when there is no memory.
static void take_made(struct event_data *data, const char *name, struct json_object *value)
{
    if (!value) {
        data->error = -ENOMEM;
        return;
    }
    event_data_take(data, name, value);
}

void event_data_text(struct event_data *data, const char *name, const char *text)
{
    if (!text) {
        event_data_take(data, name, NULL);
        return;
    }
    take_made(data, name, json_object_new_string(text));
}

void event_data_number(struct event_data *data, const char *name, int64_t number)
{
    take_made(data, name, json_object_new_int64(number));
}

void event_data_time(struct event_data *data, const char *name, int64_t wall_at_ms)
{
    char text[CLOCK_RFC3339_SIZE];
    clock_format_rfc3339(wall_at_ms, text);
    event_data_text(data, name, text);
}

void event_data_parse(struct event_data *data, const char *name, const char *text)
{
    struct json_object *value = NULL;
    if (json_read(&value, text, strlen(text), NULL, NULL) != 0) {
        data->error = -ENOMEM; // it was written by us: nothing else can fail
        return;
    }
    event_data_take(data, name, value);
}
