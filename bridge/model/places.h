#pragma once
// Places in a text of the configuration, `{{ name }}`, filled with the members of an instance. (The
// templates of sinks, over events, are those of bridge/expr.)

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct buf;
struct json_object;
struct problem;

enum places_form {
    PLACES_PLAIN, // as it is
    PLACES_URL,   // percent-encoded; `/` stays in the path, where `.` and `..` are no segments. A
                  // place the URL begins with is filled as it is.
    PLACES_JSON,  // inside a string of JSON text; a place that is the whole string becomes the
                  // member's own JSON value
};

bool places_in(const char *text);
// Before the path, where it would choose the host?
bool places_in_origin(const char *url);

enum { PLACES_E_UNFIT = 1 };

// Appends `text` to *ret. `members` is an object of scalars (NULL: nothing is a place). 0, -ENOMEM,
// or PLACES_E_UNFIT with words: there is no such member, or it cannot stand there.
int places_fill(const char *text, enum places_form form, struct json_object *members,
                struct buf *ret, struct problem **reterr) MUST_CHECK;
