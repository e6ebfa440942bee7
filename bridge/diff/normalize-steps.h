#pragma once
// What normalize does with one value. Each gives a new reference, to `value` itself where nothing
// is to be done; 0 or -ENOMEM.

#include "bridge/base/cleanup.h"

struct json_object;

#define NORMALIZE_DECIMALS_MAX 100

int normalize_round(struct json_object *value, int decimals, struct json_object **ret) MUST_CHECK;
int normalize_trim(struct json_object *value, struct json_object **ret) MUST_CHECK;
int normalize_lowercase(struct json_object *value, struct json_object **ret) MUST_CHECK;
int normalize_sort(struct json_object *value, struct json_object **ret) MUST_CHECK;
int normalize_set(struct json_object *value, struct json_object **ret) MUST_CHECK;
int normalize_date(struct json_object *value, struct json_object **ret) MUST_CHECK;
