#pragma once
// How many bytes json_write would write.

#include <stddef.h>

struct json_object;

// Stops counting once `enough` is passed: the result is then some number above it.
size_t size_of_json(struct json_object *value, size_t enough);
size_t size_of_json_string(const char *text, size_t len); // with its quotes
