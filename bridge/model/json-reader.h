#pragma once
// The state of the JSON reader and how it reports a fault. For the json files only.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/buf.h"
#include "bridge/model/json-members.h"
#include "bridge/model/json-recent.h"
#include "bridge/model/json-string.h"

struct json_object;
struct problem;

// Where the reader is: the levels hang together as a list on its stack.
struct place {
    const struct place *up;
    const struct json_raw *name; // NULL: an array's element
    size_t index;
};

struct reader {
    const char *text;
    const char *at;
    const char *end; // of the text, or of its valid UTF-8
    bool cut;        // `end` is an invalid byte
    unsigned depth_max;
    struct buf scratch; // the decoded string or number of the moment
    struct recent recent;
    struct members members;   // of the objects that are not yet complete
    struct json_object *like; // what the value that is read next may be like; NULL: unknown
    struct problem **reterr;
};

struct fault {
    int error;
    const char *code;
    const char *what;
    const char *where; // in the text
};

// All say it in words, with line, column and path, where the caller wants words, and return the
// error. report_syntax: broken text at `where`; `what` was expected there.
int report_fault(struct reader *reader, const struct place *place, const struct fault *fault);
int report_syntax(struct reader *reader, const struct place *place, const char *where,
                  const char *what);
int report_limit(struct reader *reader, const struct place *place, const char *where,
                 const char *what);
