#pragma once
// Numbers between json-c and doubles.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct json_object;

// The nearest finite double; a number beyond the range becomes the largest double that still has
// neighbours on both sides.
double number_nearest(struct json_object *value);
// The double as a JSON number: an integer where it is one, else the shortest text that gives the
// same double. NaN is null and infinity the largest number, as in jq. 0 or -ENOMEM.
int number_from_double(struct json_object **ret, double number) MUST_CHECK;
// number_from_double(number_nearest(value)) is equal to value. False also when out of memory.
bool number_is_exact(struct json_object *value);
