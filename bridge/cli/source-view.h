#pragma once
// What the daemon says about a source, as a person reads it.

#include "bridge/cli/cli.h"

struct daemon;
struct json_object;

void source_view_print_line(struct json_object *source); // for a list
void source_view_print(struct json_object *source);      // in full
void source_view_print_json(struct json_object *value);

// Asks the daemon for one source (with a verb such as "poll": to do something with it) and prints
// what it says.
enum exit_code source_view_ask(const struct cli *cli, const struct daemon *daemon,
                               const char *source, const char *verb);
