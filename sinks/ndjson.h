#pragma once
// The sinks `file` and `stdout`: one line of JSON for every event.

#include "bridge/model/event.h"

struct expr;

struct sink_file_settings {
    char *path;
    struct expr *body;       // NULL: the standard body
    struct string_list data; // forms of a change; empty: as the event has them
};

struct sink_stdout_settings {
    struct expr *body;
    struct string_list data;
};

struct sink_driver;
extern const struct sink_driver sink_file;
extern const struct sink_driver sink_stdout;
