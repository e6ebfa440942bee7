#pragma once
// Reading what is neither an object nor an array, at `reader->at`, which then is behind it. `like`:
// what it may be like, or NULL. All report what is wrong. For the json files only.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct json_object;
struct json_raw;
struct place;
struct reader;

int scalar_read_null(struct reader *reader, const struct place *place,
                     struct json_object **ret) MUST_CHECK;
int scalar_read_bool(struct reader *reader, const struct place *place, bool is,
                     struct json_object *like, struct json_object **ret) MUST_CHECK;
int scalar_read_string(struct reader *reader, const struct place *place, struct json_object *like,
                       struct json_object **ret) MUST_CHECK;
int scalar_read_number(struct reader *reader, const struct place *place, struct json_object *like,
                       struct json_object **ret) MUST_CHECK;
// A string as it is written: a member's name.
int scalar_scan_raw(struct reader *reader, const struct place *place,
                    struct json_raw *ret) MUST_CHECK;
