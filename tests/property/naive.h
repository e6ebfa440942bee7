#pragma once
// What a differ that knows no keys and no noise would tell: every place that is not as it was,
// elements of arrays by their position.

#include <stddef.h>

struct json_object;

size_t naive_changes(struct json_object *before, struct json_object *after);
