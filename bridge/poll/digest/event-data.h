#pragma once
// The `data` object of an event, built member by member. The first failure sticks, so that calls
// can follow each other and one look at the end is enough.

#include <stdint.h>

#include "bridge/base/cleanup.h"

struct json_object;

struct event_data {
    struct json_object *object;
    int error; // 0 or -ENOMEM
};

void event_data_init(struct event_data *data);
void event_data_deinit(struct event_data *data);

void event_data_text(struct event_data *data, const char *name, const char *text); // NULL: null
void event_data_number(struct event_data *data, const char *name, int64_t number);
void event_data_time(struct event_data *data, const char *name, int64_t wall_at_ms);
void event_data_share(struct event_data *data, const char *name, struct json_object *value);
// Consumes value.
void event_data_take(struct event_data *data, const char *name, struct json_object *value);
// The value that this JSON text, made by json_write, says.
void event_data_parse(struct event_data *data, const char *name, const char *text);
