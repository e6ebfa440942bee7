#pragma once
// A value put into the JSON body of a request.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct bytes;
struct json_object;

// `path` is one of plain members (.variables.after); those that are missing are made. `value` is
// borrowed. 0, -ENOMEM, or -EINVAL when the body is no JSON or has something else than an object on
// the way.
int page_body_set(const struct bytes *body, const char *path, struct json_object *value,
                  struct bytes *ret) MUST_CHECK;
// Is it a path of plain members?
bool page_body_is_path(const char *path);
