#pragma once
// Lists of what a daemon has: asked of the daemon, and where none answers, of its store.

#include <stddef.h>

#include "bridge/cli/cli.h"
#include "bridge/cli/daemon.h"

struct json_object;

struct listing_field { // of the query; a NULL value is left out
    const char *name;
    const char *value;
};

struct listing {
    const char *path; // "/v1/events"
    const struct listing_field *fields;
    size_t field_count;
    int64_t limit;                          // rows at most; 0: all
    const char *heading;                    // NULL: none
    void (*print)(struct json_object *row); // a line of a table
};

// Rows for a table of arguments.
#define LISTING_LIMIT(limit)                                                                       \
    {                                                                                              \
        'n', "limit", "N", "How many at most (default 50; 0: all)", ARGUMENT_NUMBER, (limit), NULL \
    }

// Prints the rows, as a table or as a line of JSON each (daemon->as_json).
enum exit_code listing_print(const struct cli *cli, const struct daemon *daemon,
                             const struct listing *listing);
// One object, in full.
enum exit_code listing_print_one(const struct cli *cli, const struct daemon *daemon,
                                 const char *path);

// The same, but it is handed over (owned).
enum exit_code listing_ask_one(const struct cli *cli, const struct daemon *daemon, const char *path,
                               struct json_object **ret) MUST_CHECK;

// A member of a row as text; "" when there is none or it is null. Borrowed.
const char *listing_text(struct json_object *row, const char *name);
